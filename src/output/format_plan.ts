import { toLine } from "../quote_value.ts";
import type { Route } from "../route/route.ts";
import { alignColumns } from "./align_columns.ts";
import { jsonLine } from "./json_line.ts";
import { nameClient, nameRoute } from "./name_way.ts";

/** A value, and in a few words where it came from. */
export interface Sourced {
  readonly value: string;
  readonly source: string;
}

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
export function formatPlan(plan: ExecPlan, format: "text" | "json"): string {
  return format === "json"
    ? `${jsonLine(describePlan(plan))}\n`
    : renderText(plan);
}

function renderText(plan: ExecPlan): string {
  const sourced = ({ value, source }: Sourced) => `${value} (${source})`;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["Account", plan.account],
    ["Profile", plan.profile && sourced(plan.profile)],
    ["Region", sourced(plan.region)],
    ["Cluster", sourced(plan.cluster)],
    ["Service", plan.service && sourced(plan.service)],
    ["Task", plan.task],
    ["Container", sourced(plan.container)],
    ["Route", `${nameRoute(plan.route)} (${plan.route.because})`],
    ["Session", `${nameClient(plan.client)} (${plan.clientBecause})`],
    ["Docker host", plan.dockerHost && sourced(plan.dockerHost)],
    ["Command", plan.command],
    ["User", plan.user],
    ["Directory", plan.workdir],
    ["Privileged", plan.privileged ? "yes" : undefined],
    ["Variables", plan.env.length === 0 ? undefined : plan.env.join(", ")],
    ["Streams", describeStreams(plan)],
    [
      "Exit status",
      plan.statusUnknown === undefined
        ? "the command's own"
        : `unknown (${plan.statusUnknown})`,
    ],
    [
      "Timeout",
      `${sourced(plan.timeout)}, until the ${
        plan.interactive ? "session is open" : "command ends"
      }`,
    ],
  ];
  return formatRows(rows);
}

/** Lays out what a dry run found; what has no value is left out. */
export function formatRows(
  rows: readonly (readonly [string, string | undefined])[],
): string {
  const present = rows.flatMap(([name, value]) =>
    value === undefined ? [] : [[`${name}:`, value] as const]
  );
  return [
    ...alignColumns(present, { gap: 1 }).map(toLine),
    "Dry run: nothing was started",
    "",
  ].join("\n");
}

function describeStreams(plan: ExecPlan): string {
  if (plan.interactive) {
    return `interactive${plan.keepAlive ? ", kept alive" : ""}`;
  }
  return [
    "not interactive",
    `stdin is ${plan.stdin ? "sent" : "not read"}`,
    plan.binary ? "output is byte-exact" : "output is text",
    ...(plan.stderr === "split" ? ["stderr is separate"] : []),
    ...(plan.keepAlive ? ["kept alive"] : []),
  ].join(", ");
}

/** A plan as `-o json` prints it. */
export function describePlan(plan: ExecPlan): object {
  const { route } = plan;
  return {
    dry_run: true,
    cluster: plan.cluster.value,
    service: plan.service?.value ?? null,
    task: plan.task,
    container: plan.container.value,
    runtime_id: plan.runtimeId ?? null,
    region: plan.region.value,
    account: plan.account ?? null,
    profile: plan.profile?.value ?? null,
    sources: {
      cluster: plan.cluster.source,
      ...(plan.service === undefined ? {} : { service: plan.service.source }),
      container: plan.container.source,
      region: plan.region.source,
      ...(plan.profile === undefined ? {} : { profile: plan.profile.source }),
      timeout: plan.timeout.source,
    },
    route: { kind: route.kind, because: route.because },
    carrier: plan.client,
    carrier_because: plan.clientBecause,
    ...(plan.dockerHost === undefined ? {} : {
      docker_host: plan.dockerHost.value,
      privileged: plan.privileged ?? false,
    }),
    command: plan.command,
    user: plan.user ?? null,
    workdir: plan.workdir ?? null,
    env: plan.env,
    status_known: plan.statusUnknown === undefined,
    interactive: plan.interactive,
    stdin: plan.stdin,
    binary: plan.binary,
    stderr: plan.stderr,
    keep_alive: plan.keepAlive,
    timeout: plan.timeout.value,
  };
}
