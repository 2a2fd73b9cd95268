import { joinWords } from "../join_words.ts";
import type { Cause, Certainty } from "./cause.ts";
import { findReach } from "./find_reach.ts";
import type { NetworkFacts } from "./network_facts.ts";

/** The ways to what a task needs beside Session Manager. */
export interface EndpointJudgement {
  /** What may keep sessions from working. */
  readonly causes: readonly Cause[];
  /** How the services are reached, or that they need not be. */
  readonly evidence: string;
}

/** What the ECS agent of an instance talks to (AWS's "Amazon ECS interface VPC endpoints"). */
const OF_INSTANCE = ["ecs-agent", "ecs-telemetry", "ecs"];
/** What a task is often given, and ECS Exec does without: its agent talks to ssmmessages alone. */
const OF_TASK = ["ssm", "ecs"];

/**
 * Judges the ways to the services beside Session Manager's own. The ECS agent of an instance takes the order to end a
 * task or to start another one from there; a task that runs has had a way, so nothing here is certain.
 */
export function judgeEndpoints(
  facts: NetworkFacts,
  region: string,
): EndpointJudgement {
  const isInstance = facts.owner === "instance";
  const services = isInstance ? OF_INSTANCE : OF_TASK;
  const ways = services.map((service) => ({
    service,
    reach: findReach(facts, service, region),
  }));
  const open = ways.flatMap(({ service, reach }) =>
    reach.kind === "open" ? [{ service, how: reach.how }] : []
  );
  const barred = ways.flatMap(({ service, reach }) =>
    reach.kind === "barred" ? [{ service, ...reach }] : []
  );
  const told = Map.groupBy(open, ({ how }) => how);
  const evidence = [
    ...[...told].map(([how, some]) =>
      `${list(some)} ${some.length === 1 ? "is" : "are"} reached ${how}`
    ),
    ...(barred.length === 0 || isInstance ? [] : [
      `${list(barred)} ${
        barred.length === 1 ? "is" : "are"
      } not reached as far as is visible, and ECS Exec does not need ${
        barred.length === 1 ? "it" : "them"
      }`,
    ]),
  ].join("; ");
  if (!isInstance) return { causes: [], evidence };
  // What bars one way bars the others as well, as a rule: said once.
  const causes = Map.groupBy(
    barred,
    ({ service, evidence }) => evidence.replaceAll(` ${service} `, " "),
  );
  return {
    causes: [...causes.values()].map((some) => ({
      certainty: soften(some[0]!.certainty),
      evidence: `the instance's ECS agent may not reach ${list(some)}: ${
        some[0]!.evidence
      }`,
      remedy: [...new Set(some.flatMap(({ remedy }) => remedy.split("\n")))]
        .join("\n"),
    })),
    evidence,
  };
}

function soften(certainty: Certainty): Certainty {
  return certainty === "certain" ? "likely" : certainty;
}

function list(ways: readonly { readonly service: string }[]): string {
  return joinWords(ways.map(({ service }) => service));
}
