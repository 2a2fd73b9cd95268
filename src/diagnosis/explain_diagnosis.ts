import type { PortholeError } from "../errors.ts";
import type { Diagnosis } from "./rank_causes.ts";

const TROUBLESHOOTING =
  "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec-troubleshooting.html";

/** Puts the causes into a refusal, each on a line of its own, the likeliest first. */
export function explainDiagnosis(
  refusal: PortholeError,
  { causes, advice, unchecked }: Diagnosis,
): PortholeError {
  const hint = [
    ...causes.map(({ certainty, evidence, remedy }) =>
      `${certainty} cause: ${evidence}; ${remedy}`
    ),
    ...advice,
    ...unchecked.map((what) => `could not check ${what}`),
  ].join("\n");
  return refusal.withDetails({
    hint: hint === "" ? refusal.hint : hint,
    link: refusal.link ?? TROUBLESHOOTING,
  });
}
