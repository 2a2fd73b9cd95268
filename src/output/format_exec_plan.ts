import { present } from "../present.ts";
import type { Route } from "../route/route.ts";
import { describeFields } from "./describe_fields.ts";
import { jsonLine } from "./json_line.ts";
import { nameClient, nameRoute } from "./name_way.ts";
import {
  describeLimit,
  describeSourced,
  describeStreams,
  formatRows,
  listWords,
  type Sourced,
} from "./plan_rows.ts";

/** What exec would do. */
export interface ExecPlan {
  readonly cluster: Sourced;
  readonly service?: Sourced;
  readonly task: string;
  readonly container: Sourced;
  readonly runtimeId?: string;
  readonly region: Sourced;
  readonly account?: string;
  /** Of the AWS configuration; absent where none was named. */
  readonly profile?: Sourced;
  readonly route: Route;
  readonly client: "plugin" | "builtin" | "docker";
  readonly clientBecause: string;
  /** Where the Docker daemon is looked for; only on that route. */
  readonly dockerHost?: Sourced;
  /** As the user typed it. */
  readonly command: string;
  readonly user?: string;
  readonly workdir?: string;
  /** The variables' names: their values may be secret. */
  readonly env: readonly string[];
  /** Why the command's exit status will stay unknown; absent where it will be known. */
  readonly statusUnknown?: string;
  readonly interactive: boolean;
  readonly stdin: boolean;
  readonly privileged?: boolean;
  readonly binary: boolean;
  readonly stderr: "merge" | "split";
  readonly keepAlive: boolean;
  readonly timeout: Sourced;
}

/** Renders a plan for people, or as one line of JSON. */
export function formatExecPlan(
  plan: ExecPlan,
  format: "text" | "json",
): string {
  return format === "json"
    ? `${jsonLine(describePlan(plan))}\n`
    : renderText(plan);
}

function renderText(plan: ExecPlan): string {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["Account", plan.account],
    ["Profile", plan.profile && describeSourced(plan.profile)],
    ["Region", describeSourced(plan.region)],
    ["Cluster", describeSourced(plan.cluster)],
    ["Service", plan.service && describeSourced(plan.service)],
    ["Task", plan.task],
    ["Container", describeSourced(plan.container)],
    ["Route", `${nameRoute(plan.route)} (${plan.route.because})`],
    ["Session", `${nameClient(plan.client)} (${plan.clientBecause})`],
    ["Docker host", plan.dockerHost && describeSourced(plan.dockerHost)],
    ["Command", plan.command],
    ["User", plan.user],
    ["Directory", plan.workdir],
    ["Privileged", plan.privileged ? "yes" : undefined],
    ["Variables", listWords(plan.env)],
    ["Streams", describeStreams(plan)],
    [
      "Exit status",
      plan.statusUnknown === undefined
        ? "the command's own"
        : `unknown (${plan.statusUnknown})`,
    ],
    ["Timeout", describeLimit(plan)],
  ];
  return formatRows(rows);
}

/** A plan as `-o json` prints it. */
export function describePlan(plan: ExecPlan): object {
  return {
    dry_run: true,
    cluster: plan.cluster.value,
    service: plan.service?.value ?? null,
    task: plan.task,
    container: plan.container.value,
    ...describeFields(plan, "runtimeId"),
    region: plan.region.value,
    ...describeFields(plan, "account"),
    profile: plan.profile?.value ?? null,
    sources: present({
      cluster: plan.cluster.source,
      service: plan.service?.source,
      container: plan.container.source,
      region: plan.region.source,
      profile: plan.profile?.source,
      timeout: plan.timeout.source,
    }),
    route: describeFields(plan.route, "kind", "because"),
    carrier: plan.client,
    carrier_because: plan.clientBecause,
    ...(plan.dockerHost && {
      docker_host: plan.dockerHost.value,
      privileged: plan.privileged ?? false,
    }),
    ...describeFields(plan, "command", "user", "workdir", "env"),
    status_known: plan.statusUnknown === undefined,
    ...describeFields(
      plan,
      "interactive",
      "stdin",
      "binary",
      "stderr",
      "keepAlive",
    ),
    timeout: plan.timeout.value,
  };
}
