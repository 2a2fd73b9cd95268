import type { ConnectionFacts } from "../connection_facts.ts";
import { judgeEndpoints } from "../judge_endpoints.ts";
import {
  type Check,
  type CheckName,
  settleCauses,
  settleUnseen,
} from "./check.ts";

const NAME: CheckName = {
  id: "endpoints",
  title: "Other services",
  link:
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html",
};

/** The ways to services beside Session Manager's own; nothing where no network was looked at. */
export function checkEndpoints(
  { surroundings, region }: ConnectionFacts,
): readonly Check[] {
  if (surroundings === undefined) return [];
  for (
    const seen of [
      surroundings.subnet,
      surroundings.routes,
      surroundings.endpoints,
    ]
  ) if (seen?.kind === "unseen") return [settleUnseen(NAME, seen)];
  const { causes, evidence } = judgeEndpoints(surroundings, region);
  return [settleCauses(NAME, causes, evidence)];
}
