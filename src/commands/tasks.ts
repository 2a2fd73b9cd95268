import { present } from "../present.ts";
import { accountOfArn } from "../account_of_arn.ts";
import type { AwsAccess, Task } from "../access/access.ts";
import type { TasksInvocation } from "../args/invocation.ts";
import type { Deps } from "../deps.ts";
import type { Log } from "../log.ts";
import { nameOfArn } from "../name_of_arn.ts";
import { orderNames } from "../order_names.ts";
import { formatTasks } from "../output/format_tasks.ts";
import type { ListedTask } from "../output/task_list.ts";
import {
  readRouteSettings,
  type RouteSettings,
} from "../route/read_route_settings.ts";
import { tellRoute } from "../route/tell_route.ts";
import { orderTasks, refuseMissingTask, serviceOf } from "../target/target.ts";
import { asksRack, openAws, readConfig } from "../start/open_access.ts";
import type { Report } from "../report/report.ts";
import { viewStdout } from "../report/view_stdout.ts";
import { namePlace } from "../target/find_task.ts";
import { matchesFilter } from "../target/matches_filter.ts";
import type { TaskList } from "../output/task_list.ts";
import { watchChanges } from "../report/watch_changes.ts";
import { withinTimeout } from "../limits/within_timeout.ts";

/** `porthole tasks`: the tasks of a service or a cluster, and how exec would reach their containers. */
export async function listTasks(
  invocation: TasksInvocation,
  deps: Deps,
  log: Log,
): Promise<Report> {
  const config = await readConfig(invocation, deps, log);
  if (asksRack(config)) {
    const { listProcesses } = await import("./rack/list_processes.ts");
    return await listProcesses(invocation, config, deps, log);
  }
  const access = openAws(config, invocation.shared, deps, log);
  const cluster = config.cluster.value;
  const isOfOne = invocation.taskId === undefined && !invocation.allServices;
  const service = isOfOne ? config.service?.value : undefined;
  const settings = readRouteSettings(config);
  const look = async () => {
    const found = await withinTimeout(
      findTasks(access, invocation, { cluster, service }),
      config,
      deps,
    );
    const tasks = groupTasks(found.map((task) => listTask(task, settings)));
    return {
      cluster: nameOfArn(tasks[0]?.clusterArn || cluster),
      ...(service === undefined ? {} : { service: nameOfArn(service) }),
      region: access.region,
      account: accountOfArn(tasks[0]?.arn ?? cluster),
      profile: config.profile?.value,
      tasks,
    };
  };
  const { output, shared, watch } = invocation;
  const render = (list: TaskList) =>
    formatTasks(list, output, viewStdout(shared.color, deps));
  const first = await look();
  if (watch) {
    return await watchChanges(first, look, {
      output: output === "json" ? "json" : "text",
      identify: (list) => formatTasks(list, "json", { now: new Date(0) }),
      // A table without rows is nothing at all.
      render: (list) =>
        render(list) || `${describeNone({ cluster, service }, invocation)}\n`,
    }, { deps, log });
  }
  if (first.tasks.length === 0) {
    log.info(describeNone({ cluster, service }, invocation));
  }
  return { stdout: render(first), status: 0 };
}

async function findTasks(
  access: AwsAccess,
  invocation: TasksInvocation,
  place: {
    readonly cluster: string;
    readonly service: string | undefined;
  },
): Promise<readonly Task[]> {
  const { filters } = invocation;
  let tasks = await findAllTasks(access, invocation, place);
  for (const filter of filters) {
    if (filter.kind === "ip") tasks = await access.selectByIp(tasks, filter.ip);
  }
  const others = filters.filter((filter) => filter.kind !== "ip");
  const tags = others.some(({ kind }) => kind === "tag")
    ? await access.describeTaggedTasks(
      place.cluster,
      tasks.map(({ id }) => id),
    )
    : [];
  const tagsOf = new Map(tags.map(({ id, tags }) => [id, tags]));
  return tasks.filter((task) =>
    others.every((filter) => matchesFilter(task, filter, tagsOf.get(task.id)))
  );
}

async function findAllTasks(
  access: AwsAccess,
  { taskId, all }: TasksInvocation,
  { cluster, service }: {
    readonly cluster: string;
    readonly service: string | undefined;
  },
): Promise<readonly Task[]> {
  if (taskId !== undefined) {
    const task = await access.describeTask(cluster, taskId);
    if (task === undefined) throw refuseMissingTask(taskId, cluster);
    return [task];
  }
  const lists = await Promise.all([
    access.listTasks(cluster, service, "RUNNING"),
    all ? access.listTasks(cluster, service, "STOPPED") : [],
  ]);
  // One that begins to stop in between is in both; the later list knows more of it.
  return [...new Map(lists.flat().map((task) => [task.id, task])).values()];
}

function listTask(task: Task, settings: RouteSettings): ListedTask {
  const service = serviceOf(task);
  return {
    ...task,
    ...present({ service }),
    // AWS lists containers in no order, and does not report the task definition's order.
    containers: task.containers
      .toSorted((a, b) => a.name < b.name ? -1 : 1)
      .map((container) => ({
        ...container,
        route: tellRoute(task, container, settings),
      })),
  };
}

/** Service by service, those of none last; within one in the order of every list. */
function groupTasks(tasks: readonly ListedTask[]): readonly ListedTask[] {
  const ordered = orderTasks(tasks) as readonly ListedTask[];
  return [
    ...orderNames(
      ordered.filter(({ service }) => service !== undefined),
      ({ service }) => service ?? "",
    ),
    ...ordered.filter(({ service }) => service === undefined),
  ];
}

function describeNone(
  { cluster, service }: {
    readonly cluster: string;
    readonly service: string | undefined;
  },
  { all, filters }: Pick<TasksInvocation, "all" | "filters">,
): string {
  const place = namePlace({ cluster, service });
  if (filters.length > 0) return `No task of ${place} matches --filter`;
  return all
    ? `No task of ${place} is running, and none has stopped within the last hour`
    : `No task of ${place} is running; --all shows those that stopped within the last hour`;
}
