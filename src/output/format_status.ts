import { accountOfArn } from "../account_of_arn.ts";
import type { Deployment, Service } from "../access/access.ts";
import { describeAge } from "../duration.ts";
import { nameOfArn } from "../name_of_arn.ts";
import { describeFields } from "./describe_fields.ts";
import { renderTable, type TableView } from "./render_table.ts";
import { hangText } from "./wrap_text.ts";
import { jsonLine } from "./json_line.ts";

/** What `porthole status` has found. */
export interface ServiceStatus {
  readonly service: Service;
  /** Its name. */
  readonly cluster: string;
  readonly region: string;
  /** The profile of the AWS configuration; absent where none was named. */
  readonly profile?: string | undefined;
  /** Absent if listing its tasks is not allowed. */
  readonly exec?: ExecCount;
}

/** How many of a service's running tasks have ECS Exec. */
export interface ExecCount {
  readonly running: number;
  readonly enabled: number;
}

/** Renders the lines of `porthole status`, each no wider than the terminal. */
export function renderStatus(
  status: ServiceStatus,
  events: number,
  view: TableView,
): string {
  const { service } = status;
  const { width = Infinity, dim = (text: string) => text } = view;
  const deployments = service.deployments.length === 0
    ? []
    : ["", renderDeployments(service.deployments, view).trimEnd()];
  const lines = service.events.slice(0, events).flatMap(({ at, message }) =>
    hangText(`${describeAge(at, view.now).padEnd(4)}  `, message, width)
  );
  return [
    ...describeService(status).flatMap(([name, value]) =>
      hangText(`${name}:`.padEnd(13), value, width)
    ),
    ...deployments,
    ...(lines.length === 0 ? [] : ["", dim("EVENTS"), ...lines]),
    "",
  ].join("\n");
}

function describeService(
  status: ServiceStatus,
): readonly (readonly [name: string, value: string])[] {
  const { service, cluster, region } = status;
  const pending = service.pending === 0 ? "" : `, ${service.pending} pending`;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["Service", service.name],
    ["Cluster", `${cluster} (${region})`],
    ["Status", service.status],
    [
      "Tasks",
      `${service.running} running of ${service.desired} desired${pending}`,
    ],
    ["Definition", nameOfArn(service.taskDefinitionArn)],
    ["Runs on", describePlace(service)],
    [
      "Deployed by",
      service.deploymentController === "ECS"
        ? undefined
        : service.deploymentController,
    ],
    ["ECS Exec", describeExec(status)],
  ];
  return rows.flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const]
  );
}

function describePlace(
  { launchType, capacityProviderStrategy, platformVersion }: Service,
): string | undefined {
  const places = capacityProviderStrategy.length === 0
    ? launchType
    : capacityProviderStrategy.map(({ name, weight, base }) =>
      `${name} (weight ${weight}, base ${base})`
    ).join(", ");
  return places && platformVersion !== undefined
    ? `${places}, platform ${platformVersion}`
    : places;
}

/** Says how many running tasks have ECS Exec: those started before the service had it do not. */
function describeExec({ service, exec, cluster }: ServiceStatus): string {
  const remedy = `porthole enable-exec ${cluster}/${service.name}`;
  const { running, enabled } = exec ?? { running: 0, enabled: 0 };
  if (!service.executeCommandEnabled) {
    const left = enabled === 0
      ? ""
      : `, but ${countTasks(enabled, running)} still ${
        enabled === 1 ? "has" : "have"
      } it`;
    return `off${left}; ${remedy} turns it on`;
  }
  if (running === 0) return "on";
  const [one, old] = [running === 1, running - enabled];
  return old === 0
    ? `on, and ${countTasks(running, running)} ${one ? "has" : "have"} it`
    : `on, but ${countTasks(old, running)} ${
      old === 1 ? "was started before that; " : "were started before that; "
    }${remedy} replaces ${old === 1 ? "it" : "them"}`;
}

function countTasks(count: number, running: number): string {
  if (running === 1) return "the running task";
  return count === running
    ? `all ${running} running tasks`
    : `${count} of ${running} running tasks`;
}

function renderDeployments(
  deployments: readonly Deployment[],
  view: TableView,
): string {
  return renderTable({
    columns: [
      { title: "DEPLOYMENT", rank: 0 },
      { title: "ROLLOUT", rank: 1 },
      { title: "TASKS", rank: 2 },
      { title: "PENDING", rank: 3 },
      { title: "FAILED", rank: 4 },
      { title: "DEFINITION", rank: 5 },
      { title: "AGE", rank: 6 },
      { title: "REASON", rank: 7, least: 24 },
    ],
    rows: deployments.map((deployment) => ({
      cells: [
        deployment.status,
        deployment.rolloutState ?? "-",
        `${deployment.running}/${deployment.desired}`,
        String(deployment.pending),
        String(deployment.failed),
        nameOfArn(deployment.taskDefinitionArn),
        deployment.createdAt === undefined
          ? "-"
          : describeAge(deployment.createdAt, view.now),
        deployment.rolloutStateReason ?? "-",
      ],
      below: deployment.rolloutState === "COMPLETED"
        ? undefined
        : deployment.rolloutStateReason,
    })),
  }, view);
}

/** Renders a status as one line of JSON. */
export function formatStatusObject(
  { service, cluster, region, profile, exec }: ServiceStatus,
  events: number,
): string {
  const object = {
    cluster,
    service: service.name,
    arn: service.arn,
    region,
    account: accountOfArn(service.arn) ?? null,
    profile: profile ?? null,
    ...describeFields(service, "status", "desired", "running", "pending"),
    task_definition: nameOfArn(service.taskDefinitionArn),
    ...describeFields(service, "launchType"),
    capacity_provider_strategy: service.capacityProviderStrategy.map((each) =>
      describeFields(each, "name", "weight", "base")
    ),
    ...describeFields(service, "platformVersion", "deploymentController"),
    circuit_breaker: describeFields(
      service.circuitBreaker,
      "enabled",
      "rollback",
    ),
    ...describeFields(service, "executeCommandEnabled"),
    tasks_with_exec: exec?.enabled ?? null,
    tasks_without_exec: exec === undefined ? null : exec.running - exec.enabled,
    ...describeFields(service, "createdAt"),
    deployments: service.deployments.map((deployment) => ({
      ...describeFields(deployment, "id", "status"),
      task_definition: nameOfArn(deployment.taskDefinitionArn),
      ...describeFields(
        deployment,
        "desired",
        "running",
        "pending",
        "failed",
        "rolloutState",
        "rolloutStateReason",
        "createdAt",
        "updatedAt",
      ),
    })),
    events: service.events.slice(0, events).map((event) =>
      describeFields(event, "id", "at", "message")
    ),
  };
  return `${jsonLine(object)}\n`;
}
