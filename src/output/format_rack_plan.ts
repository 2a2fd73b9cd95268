import { present } from "../present.ts";
import { describeFields } from "./describe_fields.ts";
import { jsonLine } from "./json_line.ts";
import { nameRoute } from "./name_way.ts";
import {
  describeLimit,
  describeSourced,
  describeStreams,
  formatRows,
  listWords,
  type Sourced,
} from "./plan_rows.ts";

/** What exec would do over a rack, which decides the route itself. */
export interface RackPlan {
  readonly rack: Sourced;
  /** Without a token. */
  readonly url: string;
  readonly region?: string;
  readonly cluster: Sourced;
  readonly service?: Sourced;
  /** Absent where one is to be started. */
  readonly task?: string;
  /** Told by porthole's own racks alone, as the route is. */
  readonly container?: string;
  readonly runtimeId?: string;
  readonly route?: {
    readonly kind: "ecs_exec" | "docker";
    readonly because: string;
  };
  readonly stderr: "merge" | "split";
  /** How long the one that is started lasts at most. */
  readonly maxDuration?: string;
  /** As the user typed it. */
  readonly command: string;
  readonly user?: string;
  readonly workdir?: string;
  /** The variables' names: their values may be secret. */
  readonly env: readonly string[];
  readonly interactive: boolean;
  readonly stdin: boolean;
  readonly binary: boolean;
  readonly timeout: Sourced;
}

const BY_RACK = "decided by the rack";

/** Renders such a plan for people, or as one line of JSON. */
export function formatRackPlan(
  plan: RackPlan,
  format: "text" | "json",
): string {
  return format === "json" ? renderJson(plan) : renderText(plan);
}

function renderText(plan: RackPlan): string {
  return formatRows([
    ["Rack", describeSourced(plan.rack)],
    ["URL", plan.url],
    ["Region", plan.region],
    ["App", describeSourced(plan.cluster)],
    ["Service", plan.service && describeSourced(plan.service)],
    [
      "Process",
      plan.task ?? `a new one, for ${plan.maxDuration} at most`,
    ],
    ["Container", plan.container],
    [
      "Route",
      plan.route === undefined
        ? BY_RACK
        : `${nameRoute(plan.route)} (${plan.route.because})`,
    ],
    ["Command", plan.command],
    ["User", plan.user],
    ["Directory", plan.workdir],
    ["Variables", listWords(plan.env)],
    ["Streams", describeStreams(plan)],
    ["Exit status", "the command's own"],
    ["Timeout", describeLimit(plan)],
  ]);
}

function renderJson(plan: RackPlan): string {
  const object = {
    dry_run: true,
    rack: { name: plan.rack.value, url: plan.url },
    cluster: plan.cluster.value,
    service: plan.service?.value ?? null,
    ...describeFields(plan, "task"),
    ...(plan.maxDuration && { max_duration: plan.maxDuration }),
    ...describeFields(plan, "container", "runtimeId", "region"),
    sources: present({
      rack: plan.rack.source,
      cluster: plan.cluster.source,
      service: plan.service?.source,
      timeout: plan.timeout.source,
    }),
    route: plan.route ?? { kind: null, because: BY_RACK },
    carrier: null,
    ...describeFields(plan, "command", "user", "workdir", "env"),
    status_known: true,
    ...describeFields(plan, "interactive", "stdin", "binary", "stderr"),
    timeout: plan.timeout.value,
  };
  return `${jsonLine(object)}\n`;
}
