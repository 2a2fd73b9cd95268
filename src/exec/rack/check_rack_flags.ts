import type { SessionInvocation } from "../../args/invocation.ts";
import { AGENT_TIMEOUT_MS } from "../../args/parse_session.ts";
import { usageError } from "../../args/usage_error.ts";
import type { Setting } from "../../setting.ts";

/**
 * Refuses what cannot be had over a rack of any kind, before it is asked anything.
 *
 * @throws {PortholeError} usage
 */
export function checkRackFlags(invocation: SessionInvocation): void {
  const { shared, via, ecsExec } = invocation;
  const typed: readonly (readonly [flag: string, isTyped: boolean])[] = [
    ["region", isTyped(shared.region)],
    ["profile", isTyped(shared.profile)],
    ["via", isTyped(via)],
    ["ecs-exec", isTyped(ecsExec)],
    ["agent-timeout", invocation.agentTimeoutMs !== AGENT_TIMEOUT_MS],
    ["privileged", invocation.privileged],
  ];
  const flag = typed.find(([, isTyped]) => isTyped)?.[0];
  if (flag !== undefined) throw refuseWithRack(`"--${flag}"`);
}

/**
 * Refuses what a Convox rack cannot do, and porthole's own can.
 *
 * @throws {PortholeError} usage
 */
export function checkConvoxFlags(
  { container, noShell, stderr }: Pick<
    SessionInvocation,
    "container" | "noShell" | "stderr"
  >,
): void {
  const flag = container !== undefined
    ? "container"
    : noShell
    ? "no-shell"
    : stderr === "split"
    ? "stderr split"
    : undefined;
  if (flag !== undefined) throw refuseWithRack(`"--${flag}"`);
}

/** A variable that is set for other commands is not read; what was typed for this one is meant. */
function isTyped(setting: Setting<unknown> | undefined): boolean {
  return setting?.source.kind === "flag" || setting?.source.kind === "target";
}

/** The error of something that a rack decides, or cannot do. */
export function refuseWithRack(
  what: string,
  because = "the rack decides how a session is opened",
) {
  return usageError(
    `Cannot use ${what} over a rack: ${because}`,
    "--rack none goes to AWS directly",
  );
}
