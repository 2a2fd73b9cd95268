import { nameOfArn } from "../name_of_arn.ts";
import { escapeControls } from "../quote_value.ts";
import type { TableView } from "./render_table.ts";
import { tabulateTasks } from "./tabulate_tasks.ts";
import type { ListedContainer, ListedTask, TaskList } from "./task_list.ts";
import { jsonLine } from "./json_line.ts";

/** Renders tasks for people, as one line of JSON, or as tab-separated lines. */
export function formatTasks(
  list: TaskList,
  format: "table" | "json" | "tsv",
  view: TableView,
): string {
  switch (format) {
    case "table":
      return tabulateTasks(list, view);
    case "json":
      return renderJson(list);
    case "tsv":
      return renderTsv(list);
  }
}

function renderJson(list: TaskList): string {
  const { cluster, service, region, account, profile, tasks } = list;
  const object = {
    cluster,
    service: service ?? null,
    region,
    account: account ?? null,
    profile: profile ?? null,
    tasks: tasks.map((task) => ({
      id: task.id,
      arn: task.arn,
      service: task.service ?? null,
      status: task.status,
      desired_status: task.desiredStatus,
      health: task.health ?? null,
      created_at: task.createdAt ?? null,
      started_at: task.startedAt ?? null,
      stopped_at: task.stoppedAt ?? null,
      stop_code: task.stopCode ?? null,
      stopped_reason: task.stoppedReason ?? null,
      launch_type: task.launchType ?? null,
      capacity_provider: task.capacityProvider ?? null,
      platform_version: task.platformVersion ?? null,
      availability_zone: task.availabilityZone ?? null,
      container_instance: nameOf(task.containerInstanceArn),
      task_definition: nameOf(task.taskDefinitionArn),
      execute_command_enabled: task.executeCommandEnabled,
      private_ip: task.privateIp ?? null,
      containers: task.containers.map((container) => ({
        name: container.name,
        status: container.status,
        health: container.health ?? null,
        runtime_id: container.runtimeId ?? null,
        exit_code: container.exitCode ?? null,
        reason: container.reason ?? null,
        agent: container.agent === undefined ? null : {
          status: container.agent.status,
          reason: container.agent.reason ?? null,
          started_at: container.agent.startedAt ?? null,
        },
        route: {
          kind: container.route.kind,
          because: container.route.because,
        },
      })),
    })),
  };
  return `${jsonLine(object)}\n`;
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
  const lines = tasks.flatMap((task) => {
    const containers = task.containers.length === 0
      ? [undefined]
      : task.containers;
    return containers.map((container) =>
      TSV_COLUMNS.map(([, cell]) =>
        escapeControls(String(cell(task, container) ?? ""))
      )
    );
  });
  return [TSV_COLUMNS.map(([title]) => title), ...lines]
    .map((cells) => `${cells.join("\t")}\n`).join("");
}

/** The last part of an ARN. */
function nameOf(arn: string | undefined): string | null {
  return arn ? nameOfArn(arn) : null;
}
