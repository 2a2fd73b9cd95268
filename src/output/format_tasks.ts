import { nameOfArn } from "../name_of_arn.ts";
import { escapeControls } from "../quote_value.ts";
import { describeFields } from "./describe_fields.ts";
import type { TasksOutput } from "../choices.ts";
import type { TableView } from "./render_table.ts";
import { tabulateTasks, tabulateWide } from "./tabulate_tasks.ts";
import type { ListedContainer, ListedTask, TaskList } from "./task_list.ts";
import { jsonLine } from "./json_line.ts";

/** Renders tasks for people, as one line of JSON, or as tab-separated lines. */
export function formatTasks(
  list: TaskList,
  format: TasksOutput,
  view: TableView,
): string {
  switch (format) {
    case "table":
      return tabulateTasks(list, view);
    case "wide":
      return tabulateWide(list, view);
    case "json":
      return renderJson(list);
    case "tsv":
      return renderTsv(list);
  }
}

function renderJson(list: TaskList): string {
  const object = {
    ...describeFields(
      list,
      "cluster",
      "service",
      "region",
      "account",
      "profile",
    ),
    // Each is described as its turn comes: ten thousand at once take 20 MB.
    tasks: list.tasks.map((task) => ({ toJSON: () => describeTask(task) })),
  };
  return `${jsonLine(object)}\n`;
}

function describeTask(task: ListedTask): object {
  return {
    ...describeFields(
      task,
      "id",
      "arn",
      "service",
      "status",
      "desiredStatus",
      "health",
      "createdAt",
      "startedAt",
      "stoppedAt",
      "stopCode",
      "stoppedReason",
      "launchType",
      "capacityProvider",
      "platformVersion",
      "availabilityZone",
    ),
    container_instance: nameOf(task.containerInstanceArn),
    task_definition: nameOf(task.taskDefinitionArn),
    ...describeFields(task, "executeCommandEnabled", "privateIp"),
    containers: task.containers.map(describeContainer),
  };
}

function describeContainer(container: ListedContainer): object {
  return {
    ...describeFields(
      container,
      "name",
      "status",
      "health",
      "runtimeId",
      "exitCode",
      "reason",
    ),
    agent: describeFields(container.agent, "status", "reason", "startedAt"),
    route: describeFields(container.route, "kind", "because"),
  };
}

/** The columns of TSV: scripts count them, so that new ones come last. */
const TSV_COLUMNS: readonly (readonly [
  title: string,
  cell: (task: ListedTask, container?: ListedContainer) => unknown,
])[] = [
  ["task", ({ id }) => id],
  ["service", ({ service }) => service],
  ["status", ({ status }) => status],
  ["health", ({ health }) => health],
  ["started_at", ({ startedAt }) => startedAt?.toISOString()],
  ["launch_type", ({ launchType }) => launchType],
  ["availability_zone", ({ availabilityZone }) => availabilityZone],
  [
    "container_instance",
    ({ containerInstanceArn }) => nameOf(containerInstanceArn),
  ],
  ["task_definition", ({ taskDefinitionArn }) => nameOf(taskDefinitionArn)],
  ["container", (_, container) => container?.name],
  ["container_status", (_, container) => container?.status],
  ["agent", (_, container) => container?.agent?.status],
  ["route", (_, container) => container?.route.kind],
  ["because", (_, container) => container?.route.because],
  ["stopped_at", ({ stoppedAt }) => stoppedAt?.toISOString()],
  ["stop_code", ({ stopCode }) => stopCode],
  ["stopped_reason", ({ stoppedReason }) => stoppedReason],
  ["exit_code", (_, container) => container?.exitCode],
  ["reason", (_, container) => container?.reason],
  ["private_ip", ({ privateIp }) => privateIp],
];

/** A line for each container, and one for a task that has none yet. */
function renderTsv({ tasks }: TaskList): string {
  const titles = TSV_COLUMNS.map(([title]) => title);
  const lines = tasks.flatMap((task) => {
    const containers = task.containers.length === 0
      ? [undefined]
      : task.containers;
    return containers.map((container) =>
      tsvLine(TSV_COLUMNS.map(([, cell]) => cell(task, container)))
    );
  });
  return tsvLine(titles) + lines.join("");
}

function tsvLine(cells: readonly unknown[]): string {
  return `${
    cells.map((cell) => escapeControls(String(cell ?? ""))).join("\t")
  }\n`;
}

/** The last part of an ARN. */
function nameOf(arn: string | undefined): string | null {
  return arn ? nameOfArn(arn) : null;
}
