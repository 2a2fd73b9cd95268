import type { TaskInvocation } from "../args/invocation.ts";
import type { Deps } from "../deps.ts";
import type { Cancellation } from "../limits/cancel_on_signal.ts";
import type { Log } from "../log.ts";
import { formatExecPlan } from "../output/format_exec_plan.ts";
import type { WorkEnd } from "../report/report_result.ts";
import type { RecordFacts } from "../report/report_session.ts";
import { asksRack, type OpenedConfig } from "../start/open_access.ts";
import type { Stdio } from "../terminal/run_session.ts";
import { announceTarget, describeTarget } from "./announce_target.ts";
import { type DecidedSession, decideSession } from "./decide_way.ts";
import { describeExecPlan } from "./describe_exec_plan.ts";
import { describeRequest, prepareGround } from "./prepare_ground.ts";
import { refuseLossy } from "./refuse_lossy.ts";
import { runRecorded } from "./run_recorded.ts";

/** What a command is run with. */
export interface CommandTools {
  readonly cancellation: Cancellation;
  /** What the session is joined to. */
  readonly stdio: Stdio;
  readonly log: Log;
  readonly record: RecordFacts;
}

/**
 * Finds the container, opens a session in it, however that is reached, and runs the command; a dry run only
 * says what would be done.
 *
 * @throws {PortholeError} what kept the command from running, or its end from being seen.
 */
export async function execCommand(
  invocation: TaskInvocation,
  config: OpenedConfig,
  tools: CommandTools,
): Promise<WorkEnd> {
  const { cancellation, stdio, record } = tools;
  const { deps } = cancellation;
  record(describeRequest(invocation, config));
  if (asksRack(config)) {
    const { execOnRack } = await import("./rack/exec_on_rack.ts");
    return await execOnRack(invocation, config, tools);
  }
  const decided = await cancellation.orCancelled(
    decide(invocation, config, { ...tools, deps }),
  );
  if (invocation.dryRun) {
    const plan = describeExecPlan(invocation, decided, deps);
    return { kind: "plan", text: formatExecPlan(plan, invocation.output) };
  }
  return await runRecorded(decided, { deps, cancellation, stdio }, record);
}

/** Finds out where, how and through what to run; it only reads, and asks where it has to. */
async function decide(
  invocation: TaskInvocation,
  config: OpenedConfig,
  { deps, log, stdio, record }: CommandTools & { readonly deps: Deps },
): Promise<DecidedSession> {
  if (invocation.task?.kind === "id") record({ task: invocation.task.id });
  const ground = await prepareGround(invocation, config, { deps, log, stdio });
  record({ region: ground.access.region });
  const found = await announceTarget(invocation, ground, { deps, log });
  record(describeTarget(found.target));
  const decided = await decideSession(ground, found, record);
  if (invocation.lossless) refuseLossy(decided.way, ground);
  return decided;
}
