import type { Route } from "../route/route.ts";
import type { Sourced } from "./format_plan.ts";
import { jsonLine } from "./json_line.ts";
import { toLine } from "../quote_value.ts";

/** What a run would do. */
export interface RunPlan {
  readonly region: Sourced;
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
  /** The variables' names: their values are nobody's business. */
  readonly env: readonly string[];
  /** Their keys. */
  readonly tags: readonly string[];
  readonly count: number;
  /** As the user typed it; absent where the container runs what it always does. */
  readonly command?: string;
  /** Absent where the task is left to itself. */
  readonly session?: {
    readonly route: Route;
    readonly carrier: "plugin" | "builtin" | "docker";
    readonly carrierBecause: string;
    readonly maxDuration: string;
    /** The task definition would be copied, without the image's entry point. */
    readonly replaceEntryPoint: boolean;
  };
  readonly timeout: Sourced;
}

/** Renders a plan for people, or as one line of JSON. */
export function formatRunPlan(plan: RunPlan, format: "text" | "json"): string {
  return format === "json" ? renderJson(plan) : renderText(plan);
}

function renderText(plan: RunPlan): string {
  const sourced = ({ value, source }: Sourced) => `${value} (${source})`;
  const list = (words: readonly string[]) =>
    words.length === 0 ? undefined : words.join(", ");
  const { session } = plan;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["Region", sourced(plan.region)],
    ["Cluster", sourced(plan.cluster)],
    ["Service", plan.service],
    ["Task definition", sourced(plan.taskDefinition)],
    ["Container", sourced(plan.container)],
    ["Launch", plan.launch],
    ["Platform", plan.platformVersion],
    ["Subnets", list(plan.subnets)],
    ["Security groups", list(plan.securityGroups)],
    ["ECS Exec", plan.executeCommand ? "on" : "off"],
    ["CPU", plan.cpu],
    ["Memory", plan.memory],
    ["Variables", list(plan.env)],
    ["Tags", list(plan.tags)],
    ["Tasks", plan.count === 1 ? undefined : String(plan.count)],
    ["Command", plan.command ?? "what the container always runs"],
    ["Route", session && `${session.route.kind}: ${session.route.because}`],
    ["Session", session && `${session.carrier}: ${session.carrierBecause}`],
    [
      "Entry point",
      session?.replaceEntryPoint
        ? "replaced, in a temporary task definition"
        : undefined,
    ],
    [
      "Ends",
      session === undefined
        ? "by itself: nobody stops it"
        : `with the session, and by itself after ${session.maxDuration}`,
    ],
    ["Timeout", sourced(plan.timeout)],
  ];
  const lines = rows.flatMap(([name, value]) =>
    value === undefined ? [] : [toLine(`${`${name}:`.padEnd(17)}${value}`)]
  );
  return [...lines, "Nothing was started: this is a dry run", ""].join("\n");
}

function renderJson(plan: RunPlan): string {
  const { session } = plan;
  return `${
    jsonLine({
      dry_run: true,
      region: plan.region,
      cluster: plan.cluster,
      service: plan.service,
      task_definition: plan.taskDefinition,
      container: plan.container,
      launch: plan.launch,
      platform_version: plan.platformVersion ?? null,
      subnets: plan.subnets,
      security_groups: plan.securityGroups,
      execute_command: plan.executeCommand,
      cpu: plan.cpu ?? null,
      memory: plan.memory ?? null,
      env: plan.env,
      tags: plan.tags,
      count: plan.count,
      command: plan.command ?? null,
      detached: session === undefined,
      route: session === undefined
        ? null
        : { kind: session.route.kind, because: session.route.because },
      carrier: session === undefined
        ? null
        : { kind: session.carrier, because: session.carrierBecause },
      max_duration: session?.maxDuration ?? null,
      replace_entrypoint: session?.replaceEntryPoint ?? false,
      timeout: plan.timeout,
    })
  }\n`;
}
