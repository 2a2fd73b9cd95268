import type { PortholeError } from "../errors.ts";
import type { Diagnosis } from "./rank_causes.ts";

const TROUBLESHOOTING =
  "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec-troubleshooting.html";

/** Puts the causes into a refusal, each on a line of its own, the likeliest first. */
export function explainDiagnosis(
  refusal: PortholeError,
  { causes, advice, unchecked }: Diagnosis,
): PortholeError {
  const hints = [
    ...causes.map(({ certainty, evidence, remedy }) =>
      `${certainty} cause: ${evidence}; ${remedy}`
    ),
    ...advice,
    ...unchecked.map((what) => `could not check ${what}`),
  ];
  return refusal.withDetails({
    hints: hints.length === 0 ? refusal.hints : hints,
    link: refusal.link ?? TROUBLESHOOTING,
  });
}
