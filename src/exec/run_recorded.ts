import type { RecordFacts } from "../report/report_session.ts";
import type { DecidedSession } from "./decide_way.ts";
import { describeLeft } from "./describe_left.ts";
import {
  type RanSession,
  runInContainer,
  type RunTools,
} from "./run_in_container.ts";

/**
 * Runs what was decided, takes down what came of it, and says what may be left behind.
 *
 * @throws {PortholeError} what kept the command from running, or its end from being seen.
 */
export async function runRecorded(
  decided: DecidedSession,
  tools: RunTools,
  record: RecordFacts,
): Promise<Extract<RanSession["end"], { readonly kind: "status" }>> {
  const { facts, end, left } = await runInContainer(decided, tools);
  record(facts);
  if (left !== undefined) decided.log.warn(describeLeft(left, decided));
  if (end.kind === "failed") throw end.error;
  return end;
}
