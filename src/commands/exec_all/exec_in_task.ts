import type { Task } from "../../access/access.ts";
import { accountOfArn } from "../../account_of_arn.ts";
import type {
  ExecAllInvocation,
  ExecInvocation,
} from "../../args/invocation.ts";
import { BROKEN_PIPE_STATUS } from "../../end_signal.ts";
import { explainUnknown, messageOf } from "../../errors.ts";
import { describeTarget } from "../../exec/announce_target.ts";
import { type DecidedSession, decideSession } from "../../exec/decide_way.ts";
import { describeExecPlan } from "../../exec/describe_exec_plan.ts";
import { describeRequest } from "../../exec/prepare_ground.ts";
import { runRecorded } from "../../exec/run_recorded.ts";
import { exitStatusOf } from "../../exit_status.ts";
import type { Cancellation } from "../../limits/cancel_on_signal.ts";
import type { Log } from "../../log.ts";
import { formatResult } from "../../output/format_result.ts";
import type { TaskResult } from "../../output/format_results.ts";
import { present } from "../../present.ts";
import type { RecordFacts, SessionFacts } from "../../report/report_session.ts";
import { explainUnwritten } from "../../report/write_output.ts";
import { findTarget } from "../../target/find_target.ts";
import { serviceOf } from "../../target/target.ts";
import type { GatheredTasks } from "./gather_tasks.ts";
import type { OpenSinks } from "./open_sinks.ts";
import { writeResultFile } from "./output_dir.ts";

/** What a task is entered with. */
export interface TaskTools {
  readonly invocation: ExecAllInvocation;
  readonly gathered: GatheredTasks;
  readonly cancellation: Cancellation;
  readonly openSinks: OpenSinks;
  /** With the prefix of the task. */
  readonly log: Log;
}

/** Runs the command in one of the tasks, as `exec` would. It never rejects. */
export async function execInTask(
  task: Task,
  number: number,
  { invocation, gathered, cancellation, openSinks, log }: TaskTools,
): Promise<TaskResult> {
  const { deps } = cancellation;
  const { outputDir, dryRun } = invocation;
  let result = describeUnbegun(task, gathered);
  const record: RecordFacts = (facts) =>
    void (result = { ...result, ...facts });
  const fail = (thrown: unknown) => {
    const error = explainUnknown(thrown);
    record({ error, status: exitStatusOf(error, "remote") });
  };

  const run = async () => {
    const decided = await cancellation.orCancelled(
      decide(task, { invocation, gathered, log, record }),
    );
    if (dryRun) {
      const plan = describeExecPlan(asOne(invocation, task), decided, deps);
      result = { ...result, plan };
      return;
    }
    const sinks = await openSinks(task.id, number);
    try {
      const tools = { deps, cancellation, stdio: sinks.stdio };
      const { status } = await runRecorded(decided, tools, record);
      record({ status });
    } catch (error) {
      fail(error);
    }
    await sinks.finish().catch((error) => {
      // A failure of the command matters more than the last line of its output.
      if (result.error !== undefined || (result.status ?? 0) !== 0) return;
      if (error instanceof Deno.errors.BrokenPipe) {
        return record({ status: BROKEN_PIPE_STATUS });
      }
      fail(explainUnwritten(error));
    });
    const output = sinks.taken(result.stderr === "split");
    if (output !== undefined) result = { ...result, output };
  };

  await run().catch(fail);
  if (outputDir !== undefined) {
    await writeResultFile(outputDir, task.id, formatResult(result), deps)
      .catch((error) => {
        if (result.error === undefined) fail(error);
        else log.warn(messageOf(error));
      });
  }
  return result;
}

/** What is known of a task before it is entered. */
export function describeUnbegun(
  task: Task,
  { ground }: Pick<GatheredTasks, "ground">,
): TaskResult & SessionFacts {
  const { invocation, config, access } = ground;
  return present({
    ...describeRequest(invocation, config),
    service: serviceOf(task),
    task: task.id,
    region: access.region,
    account: accountOfArn(task.arn),
    bytes: { in: 0, out: 0 },
  });
}

/** Looks at the task as it is by now, and decides how its container is reached. */
async function decide(
  task: Task,
  { invocation, gathered, log, record }: {
    readonly invocation: ExecAllInvocation;
    readonly gathered: GatheredTasks;
    readonly log: Log;
    readonly record: RecordFacts;
  },
): Promise<DecidedSession> {
  const { ground, chooser } = gathered;
  const target = await findTarget(
    ground.access,
    present({
      cluster: ground.config.cluster.value,
      task: { kind: "id" as const, id: task.id },
      container: invocation.container,
    }),
    chooser,
  );
  record(describeTarget(target));
  for (const note of target.notes) log.info(note);
  return await decideSession(ground, { target, log }, record);
}

function asOne(invocation: ExecAllInvocation, { id }: Task): ExecInvocation {
  return { ...invocation, kind: "exec", task: { kind: "id", id } };
}
