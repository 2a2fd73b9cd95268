import { formatRows, type Sourced } from "./format_plan.ts";
import { jsonLine } from "./json_line.ts";

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
  const sourced = ({ value, source }: Sourced) => `${value} (${source})`;
  return formatRows([
    ["Rack", sourced(plan.rack)],
    ["URL", plan.url],
    ["Region", plan.region],
    ["App", sourced(plan.cluster)],
    ["Service", plan.service && sourced(plan.service)],
    [
      "Process",
      plan.task ?? `a new one, for ${plan.maxDuration} at most`,
    ],
    ["Route", BY_RACK],
    ["Command", plan.command],
    ["User", plan.user],
    ["Directory", plan.workdir],
    ["Variables", plan.env.length === 0 ? undefined : plan.env.join(", ")],
    [
      "Streams",
      plan.interactive ? "interactive" : [
        "not interactive",
        `stdin is ${plan.stdin ? "sent" : "not read"}`,
        plan.binary ? "output is byte-exact" : "output is text",
      ].join(", "),
    ],
    ["Exit status", "the command's own"],
    [
      "Timeout",
      `${sourced(plan.timeout)}, until the ${
        plan.interactive ? "session is open" : "command ends"
      }`,
    ],
  ]);
}

function renderJson(plan: RackPlan): string {
  const object = {
    dry_run: true,
    rack: { name: plan.rack.value, url: plan.url },
    cluster: plan.cluster.value,
    service: plan.service?.value ?? null,
    task: plan.task ?? null,
    ...(plan.maxDuration === undefined
      ? {}
      : { max_duration: plan.maxDuration }),
    container: null,
    runtime_id: null,
    region: plan.region ?? null,
    sources: {
      rack: plan.rack.source,
      cluster: plan.cluster.source,
      ...(plan.service === undefined ? {} : { service: plan.service.source }),
      timeout: plan.timeout.source,
    },
    route: { kind: null, because: BY_RACK },
    carrier: null,
    command: plan.command,
    user: plan.user ?? null,
    workdir: plan.workdir ?? null,
    env: plan.env,
    status_known: true,
    interactive: plan.interactive,
    stdin: plan.stdin,
    binary: plan.binary,
    stderr: "merge",
    timeout: plan.timeout.value,
  };
  return `${jsonLine(object)}\n`;
}
