import type { Task } from "../access/access.ts";
import type { PortholeError } from "../errors.ts";
import { describeFields } from "./describe_fields.ts";
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
  const { error } = run;
  const object = {
    ...describeFields(
      run,
      "cluster",
      "service",
      "region",
      "account",
      "profile",
      "taskDefinition",
      "container",
      "command",
    ),
    tasks: run.tasks.map((task) => ({
      ...describeFields(task, "id", "status"),
      exit_code: task.containers.find(({ name }) => name === run.container)
        ?.exitCode ?? null,
      ...describeFields(task, "stopCode", "stoppedReason"),
    })),
    ...describeFields(run, "status", "startedAt", "endedAt"),
    ...(error && { error: errorModel(error) }),
  };
  return `${jsonLine(object)}\n`;
}
