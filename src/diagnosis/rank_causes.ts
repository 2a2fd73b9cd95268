import type { Cause, Certainty } from "./cause.ts";
import type { ConnectionFacts } from "./connection_facts.ts";
import {
  findDefinition,
  judgeAgent,
  judgeEcsAgent,
  judgeNetwork,
  judgePermissions,
  judgePids,
  judgePlatform,
  judgeRole,
  judgeRoot,
  judgeVariables,
} from "./judge_connection.ts";
import type { Seen } from "./seen.ts";

/** What the facts say. */
export interface Diagnosis {
  /** The surest first. */
  readonly causes: readonly Cause[];
  /** Worth knowing, but no cause. */
  readonly advice: readonly string[];
  /** What could not be looked at, and why. */
  readonly unchecked: readonly string[];
}

const CERTAINTIES: readonly Certainty[] = ["certain", "likely", "possible"];

/**
 * Ranks the causes that AWS's troubleshooting guide, amazon-ecs-exec-checker and the threads about
 * TargetNotConnectedException name. Within one certainty the order is that of the list below.
 */
export function rankCauses(facts: ConnectionFacts): Diagnosis {
  const permissions = judgePermissions(facts);
  const causes = [
    ...judgeAgent(facts),
    ...judgePlatform(facts),
    ...judgeEcsAgent(facts),
    ...judgeRole(facts),
    ...permissions.filter(({ certainty }) => certainty === "certain"),
    ...judgeRoot(facts),
    ...judgeVariables(facts),
    ...judgePids(facts),
    ...judgeNetwork(facts),
  ];
  const isProven = causes.some(({ certainty }) => certainty === "certain");
  // Where one is certain, what merely may be one leads away from it.
  const ranked = CERTAINTIES.flatMap((certainty) =>
    isProven && certainty === "possible"
      ? []
      : causes.filter((cause) => cause.certainty === certainty)
  );
  return {
    causes: [
      ...ranked,
      // What is not looked at can never be ruled out: said where nothing better is.
      ...(ranked.every(({ certainty }) => certainty === "possible")
        ? permissions
        : []),
    ],
    advice: adviseInit(facts),
    unchecked: listUnchecked(facts),
  };
}

function adviseInit(facts: ConnectionFacts): readonly string[] {
  const container = findDefinition(facts);
  return container === undefined || container.initProcessEnabled ? [] : [
    "initProcessEnabled is off: processes left behind by sessions are not reaped",
  ];
}

function listUnchecked(facts: ConnectionFacts): readonly string[] {
  const { definition, ecsAgentVersion, network, busyContainers } = facts;
  const looks: readonly (readonly [string, Seen<unknown> | undefined])[] = [
    [
      "the task definition (task role, AWS_* variables, readonlyRootFilesystem, pidMode, initProcessEnabled, networkMode)",
      definition,
    ],
    ["the ECS agent's version", ecsAgentVersion],
    ["the service's network", network],
    ["the other containers' sessions", busyContainers],
  ];
  return looks.flatMap(([what, seen]) =>
    seen?.kind === "unseen" ? [`${what}: ${seen.because}`] : []
  );
}
