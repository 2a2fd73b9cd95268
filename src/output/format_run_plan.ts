import type { Route } from "../route/route.ts";
import { present } from "../present.ts";
import { describeFields } from "./describe_fields.ts";
import { jsonLine } from "./json_line.ts";
import { nameClient, nameRoute } from "./name_way.ts";
import {
  describeSourced,
  formatRows,
  listWords,
  type Sourced,
} from "./plan_rows.ts";

/** What run would do. */
export interface RunPlan {
  readonly region: Sourced;
  readonly account?: string;
  /** Of the AWS configuration; absent where none was named. */
  readonly profile?: Sourced;
  readonly cluster: Sourced;
  readonly service: string;
  /** Family and revision. */
  readonly taskDefinition: Sourced;
  readonly container: Sourced;
  /** A launch type, or the names of capacity providers. */
  readonly launch: string;
  readonly platformVersion?: string;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly executeCommand: boolean;
  readonly cpu?: string;
  readonly memory?: string;
  /** The variables' names: their values may be secret. */
  readonly env: readonly string[];
  /** Their keys. */
  readonly tags: readonly string[];
  readonly count: number;
  /** As the user typed it; absent where the container runs its default command. */
  readonly command?: string;
  /** Absent for a detached task. */
  readonly session?: {
    readonly route: Route;
    readonly client: "plugin" | "builtin" | "docker";
    readonly clientBecause: string;
    readonly maxDuration: string;
    /** The task definition would be copied, without the image's entry point. */
    readonly replaceEntryPoint: boolean;
  };
  readonly timeout: Sourced;
}

/** Renders a plan for people, or as one line of JSON in the shape of `exec`. */
export function formatRunPlan(plan: RunPlan, format: "text" | "json"): string {
  return format === "json" ? renderJson(plan) : renderText(plan);
}

function renderText(plan: RunPlan): string {
  const { session } = plan;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["Account", plan.account],
    ["Profile", plan.profile && describeSourced(plan.profile)],
    ["Region", describeSourced(plan.region)],
    ["Cluster", describeSourced(plan.cluster)],
    ["Service", plan.service],
    ["Task definition", describeSourced(plan.taskDefinition)],
    ["Container", describeSourced(plan.container)],
    ["Launch", plan.launch],
    ["Platform", plan.platformVersion],
    ["Subnets", listWords(plan.subnets)],
    ["Security groups", listWords(plan.securityGroups)],
    ["ECS Exec", plan.executeCommand ? "on" : "off"],
    ["CPU", plan.cpu],
    ["Memory", plan.memory],
    ["Variables", listWords(plan.env)],
    ["Tags", listWords(plan.tags)],
    ["Tasks", plan.count === 1 ? undefined : String(plan.count)],
    ["Command", plan.command ?? "the container's default command"],
    [
      "Route",
      session && `${nameRoute(session.route)} (${session.route.because})`,
    ],
    [
      "Session",
      session && `${nameClient(session.client)} (${session.clientBecause})`,
    ],
    [
      "Entry point",
      session?.replaceEntryPoint
        ? "replaced, in a temporary task definition"
        : undefined,
    ],
    [
      "Ends",
      session === undefined
        ? "when its command ends; porthole does not stop it"
        : `with the session, at the latest after ${session.maxDuration}`,
    ],
    ["Timeout", describeSourced(plan.timeout)],
  ];
  return formatRows(rows);
}

function renderJson(plan: RunPlan): string {
  const { session } = plan;
  const object = {
    dry_run: true,
    cluster: plan.cluster.value,
    service: plan.service,
    task_definition: plan.taskDefinition.value,
    container: plan.container.value,
    region: plan.region.value,
    ...describeFields(plan, "account"),
    profile: plan.profile?.value ?? null,
    sources: present({
      cluster: plan.cluster.source,
      task_definition: plan.taskDefinition.source,
      container: plan.container.source,
      region: plan.region.source,
      profile: plan.profile?.source,
      timeout: plan.timeout.source,
    }),
    ...describeFields(
      plan,
      "launch",
      "platformVersion",
      "subnets",
      "securityGroups",
      "executeCommand",
      "cpu",
      "memory",
      "env",
      "tags",
      "count",
      "command",
    ),
    detached: session === undefined,
    route: describeFields(session?.route, "kind", "because"),
    carrier: session?.client ?? null,
    carrier_because: session?.clientBecause ?? null,
    max_duration: session?.maxDuration ?? null,
    replace_entrypoint: session?.replaceEntryPoint ?? false,
    timeout: plan.timeout.value,
  };
  return `${jsonLine(object)}\n`;
}
