import type { Task } from "../access/access.ts";
import type { PortholeError } from "../errors.ts";
import { errorModel } from "./format_error.ts";
import { jsonLine } from "./json_line.ts";

/** What came of a task that was left to itself; absent is what was not known when it ended. */
export interface DetachedRun {
  /** Its name. */
  readonly cluster?: string;
  readonly service?: string;
  readonly region?: string;
  /** The id of the AWS account. */
  readonly account?: string | undefined;
  /** The profile of the AWS configuration; absent where none was named. */
  readonly profile?: string | undefined;
  /** Family and revision. */
  readonly taskDefinition?: string;
  readonly container?: string;
  /** As the user typed it; absent where the container runs what it always does. */
  readonly command?: string;
  /** As they were seen last. */
  readonly tasks: readonly Task[];
  /** What porthole exits with. */
  readonly status?: number;
  readonly startedAt?: Date;
  readonly endedAt?: Date;
  readonly error?: PortholeError;
}

/** Renders it as one line of JSON. */
export function formatDetachedRun(run: DetachedRun): string {
  const { container } = run;
  return `${
    jsonLine({
      cluster: run.cluster ?? null,
      service: run.service ?? null,
      region: run.region ?? null,
      account: run.account ?? null,
      profile: run.profile ?? null,
      task_definition: run.taskDefinition ?? null,
      container: container ?? null,
      command: run.command ?? null,
      tasks: run.tasks.map((task) => ({
        id: task.id,
        status: task.status,
        exit_code: task.containers.find(({ name }) => name === container)
          ?.exitCode ?? null,
        stop_code: task.stopCode ?? null,
        stopped_reason: task.stoppedReason ?? null,
      })),
      status: run.status ?? null,
      started_at: run.startedAt?.toISOString() ?? null,
      ended_at: run.endedAt?.toISOString() ?? null,
      ...(run.error === undefined ? {} : { error: errorModel(run.error) }),
    })
  }\n`;
}
