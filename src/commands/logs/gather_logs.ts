import type { AwsAccess, Task, TaskDefinition } from "../../access/access.ts";
import type { LogsInvocation } from "../../args/invocation.ts";
import { PortholeError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import {
  findStreams,
  type LoggedTask,
  type LogStream,
  type UnreadableLogs,
} from "../../logs/find_streams.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import { findListed, refuseUnlisted } from "../../target/find_listed.ts";
import { namePlace } from "../../target/find_task.ts";
import { isOffered, refuseMissingTask } from "../../target/target.ts";

/** Whose logs are meant. */
export interface LogPlace {
  /** Name or ARN. */
  readonly cluster: string;
  /** Name or ARN; absent where only a task was named. */
  readonly service?: string | undefined;
}

/** A task with what its logs need. */
export interface GatheredTask {
  readonly task: LoggedTask & Partial<Pick<Task, "status" | "createdAt">>;
  readonly taskDefinitionArn: string;
}

/** Finds the log streams of tasks; it asks for each task definition once, and warns of each container once. */
export interface StreamFinder {
  /** @throws {PortholeError} container_not_found. */
  find(task: GatheredTask): Promise<readonly LogStream[]>;
  /** Why nothing can be read, where nothing can. */
  readonly unreadable: readonly UnreadableLogs[];
}

/** Prepares for finding the streams of tasks. */
export function createStreamFinder(
  access: Pick<AwsAccess, "region" | "describeTaskDefinition">,
  container: string | undefined,
): StreamFinder {
  const definitions = new Map<string, Promise<TaskDefinition>>();
  const unreadable = new Map<string, UnreadableLogs>();

  function describe(arn: string): Promise<TaskDefinition> {
    const known = definitions.get(arn);
    if (known !== undefined) return known;
    const asked = access.describeTaskDefinition(arn);
    definitions.set(arn, asked);
    // A call that was throttled may be answered the next time.
    asked.catch(() => definitions.delete(arn));
    return asked;
  }

  return {
    async find({ task, taskDefinitionArn }) {
      const definition = await describe(taskDefinitionArn);
      const names = definition.containers.map(({ name }) => name);
      if (container !== undefined && !names.includes(container)) {
        throw new PortholeError(
          "container_not_found",
          `Cannot find container "${container}" in task ${task.id}: it has ${
            names.map((name) => `"${name}"`).join(", ")
          }`,
        );
      }
      const { region } = access;
      const found = findStreams(task, definition, { region, container });
      for (const one of found.unreadable) unreadable.set(one.container, one);
      return found.streams;
    },
    get unreadable() {
      return [...unreadable.values()];
    },
  };
}

/** Finds the tasks whose logs are meant, the oldest first. */
export async function gatherTasks(
  access: AwsAccess,
  place: LogPlace,
  { task, previous }: Pick<LogsInvocation, "task" | "previous">,
  log: Log,
): Promise<readonly GatheredTask[]> {
  const { cluster, service } = place;
  const where = namePlace(place);
  if (task?.kind === "id") {
    return [await findTask(access, place, task.id, log)];
  }
  if (task !== undefined) {
    const all = await listAll(access, place);
    // An address is given again: whose it is now is meant, else whose it was.
    const lists = task.kind === "ip"
      ? [all.filter(isOffered), all.filter((one) => !isOffered(one))]
      : [all];
    for (const tasks of lists) {
      const found = await findListed(access, tasks, task, where);
      if (found !== undefined) return [takeTask(found)];
    }
    throw refuseUnlisted(
      task,
      where,
      "ECS forgets tasks an hour after they stop; also check the cluster and region",
    );
  }
  const tasks = previous
    ? await access.listTasks(cluster, service, "STOPPED")
    : await access.listTasks(cluster, service);
  if (tasks.length === 0) {
    throw previous
      ? new PortholeError(
        "task_not_found",
        `Cannot find a stopped task of ${where}: none has stopped within the last hour`,
        {
          hint:
            "ECS forgets tasks an hour after they stop; --task-id with a whole id still finds its logs",
        },
      )
      : new PortholeError(
        "no_running_task",
        `Cannot find a task of ${where}: none is running, and none has stopped within the last hour`,
        {
          hint:
            "porthole status shows why; --task-id with a whole id still finds the logs of an older task",
        },
      );
  }
  if (
    !previous && tasks.every(({ desiredStatus }) => desiredStatus === "STOPPED")
  ) {
    log.info(
      "No task is running: these are the logs of tasks that have stopped",
    );
  }
  return tasks.map(takeTask);
}

/** Tasks of both kinds: those that run, and those that have stopped within the last hour. */
export async function listAll(
  access: Pick<AwsAccess, "listTasks">,
  { cluster, service }: LogPlace,
): Promise<readonly Task[]> {
  const lists = await Promise.all([
    access.listTasks(cluster, service, "RUNNING"),
    access.listTasks(cluster, service, "STOPPED"),
  ]);
  return [...new Map(lists.flat().map((task) => [task.id, task])).values()];
}

/** What its logs need of a task. */
export function takeTask(task: Task): GatheredTask {
  return { task, taskDefinitionArn: task.taskDefinitionArn };
}

async function findTask(
  access: AwsAccess,
  { cluster, service }: LogPlace,
  id: string,
  log: Log,
): Promise<GatheredTask> {
  const task = await access.describeTask(cluster, id);
  if (task !== undefined) return takeTask(task);
  if (service === undefined) {
    throw refuseMissingTask(id, cluster).withHint(
      "with --service, its logs are looked for where the service's tasks write theirs",
    );
  }
  const { taskDefinitionArn } = await access.describeService(cluster, service);
  log.info(
    `ECS has forgotten task ${id}: its logs are looked for where the tasks of service "${
      nameOfArn(service)
    }" write theirs`,
  );
  return { task: { id, containers: [] }, taskDefinitionArn };
}
