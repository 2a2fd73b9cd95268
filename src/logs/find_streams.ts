import type { Task, TaskDefinition } from "../access/access.ts";

/** Where CloudWatch Logs keeps what one container of one task has written. */
export interface LogStream {
  readonly region: string;
  readonly group: string;
  readonly name: string;
  readonly taskId: string;
  readonly container: string;
}

/** A container whose output is not in CloudWatch Logs, or not where it can be found. */
export interface UnreadableLogs {
  readonly container: string;
  /** Completes "Cannot read the logs of container …". */
  readonly because: string;
  /** Where to look instead. */
  readonly hint: string;
}

/** What is known of a task: of one that ECS has forgotten, no runtime ids. */
export type LoggedTask =
  & Pick<Task, "id">
  & Partial<Pick<Task, "launchType">>
  & {
    readonly containers: readonly Pick<
      Task["containers"][number],
      "name" | "runtimeId"
    >[];
  };

/** Where the logs of a task's containers are, in the task definition's order. */
export interface FoundStreams {
  readonly streams: readonly LogStream[];
  readonly unreadable: readonly UnreadableLogs[];
}

/**
 * Finds the log streams of a task's containers, or of one of them.
 *
 * The awslogs driver writes to PREFIX/CONTAINER/TASK-ID, and without a prefix, which only EC2 allows, to
 * a stream with Docker's id of the container ("Send Amazon ECS logs to CloudWatch", awslogs-stream-prefix).
 */
export function findStreams(
  task: LoggedTask,
  definition: Pick<TaskDefinition, "containers">,
  { region, container: wanted }: {
    /** The cluster's: the driver's own where its options name none. */
    readonly region: string;
    readonly container?: string | undefined;
  },
): FoundStreams {
  const streams: LogStream[] = [];
  const unreadable: UnreadableLogs[] = [];
  for (const { name: container, logs } of definition.containers) {
    if (wanted !== undefined && wanted !== container) continue;
    const refuse = (because: string, hint: string) =>
      unreadable.push({ container, because, hint });
    if (logs?.driver !== "awslogs") {
      refuse(...explainDriver(logs?.driver, task.launchType));
      continue;
    }
    const { options } = logs;
    const group = options["awslogs-group"];
    const prefix = options["awslogs-stream-prefix"];
    const name = prefix === undefined
      ? task.containers.find((one) => one.name === container)?.runtimeId
      : `${prefix}/${container}/${task.id}`;
    if (!group) {
      refuse(
        "its log options name no log group",
        "set awslogs-group in the task definition",
      );
    } else if (name === undefined) {
      refuse(
        "its log options have no awslogs-stream-prefix, and ECS does not tell the container's id",
        "set awslogs-stream-prefix in the task definition",
      );
    } else {
      streams.push({
        region: options["awslogs-region"] ?? region,
        group,
        name,
        taskId: task.id,
        container,
      });
    }
  }
  return { streams, unreadable };
}

function explainDriver(
  driver: string | undefined,
  launchType: string | undefined,
): readonly [because: string, hint: string] {
  if (driver === undefined) {
    return launchType === "FARGATE"
      ? [
        "the task definition sets no log driver, so its output is not kept",
        "set logConfiguration in the task definition, with the awslogs driver",
      ]
      : [
        "the task definition sets no log driver, so its output stays on the instance",
        "on the instance: docker logs CONTAINER",
      ];
  }
  const because = `it logs with "${driver}", not with awslogs`;
  switch (driver) {
    case "awsfirelens":
      return [
        because,
        "look where its FireLens output options send it, in the task definition",
      ];
    case "none":
      return [because, "its output is not kept anywhere"];
    case "json-file":
    case "local":
    case "journald":
    case "syslog":
      return [because, "its output is on the instance itself"];
    default:
      return [because, `look in the service that "${driver}" sends it to`];
  }
}
