import type { Config } from "../config/config.ts";
import { formatDuration } from "../duration.ts";
import { quoteValue } from "../quote_value.ts";
import type { Setting } from "../setting.ts";
import { describeSource } from "./describe_source.ts";

/** A setting as it is shown; a secret has no value. */
interface ShownSetting {
  readonly value: string | null;
  readonly source: string | null;
  /** Where the file's template read a value that is not for showing. */
  readonly from?: string;
}

/** Renders every setting with its source, as lines to read or as one line of JSON. */
export function formatConfig(
  config: Config,
  format: "text" | "json",
): string {
  const { timeoutMs } = config;
  const timeout = { ...timeoutMs, value: formatDuration(timeoutMs.value) };
  const settings = Object.entries({
    region: config.region,
    cluster: config.cluster,
    service: config.service,
    profile: config.profile,
    timeout,
    filter_command: config.filterCommand,
    "exec.route": config.via,
    "exec.generation": textOf(config.generation),
    "exec.ecs_exec": config.ecsExec,
    "exec.docker.host": config.dockerHost,
    "exec.docker.tls": textOf(config.dockerTls),
    "exec.docker.tls.ca": config.dockerCa,
    "exec.docker.tls.cert": config.dockerCert,
    "exec.docker.tls.key": config.dockerKey,
    "exec.docker.tls.server_name": config.dockerServerName,
    "exec.session": config.session,
    "exec.shell": config.shell,
  }).map(([name, setting]) => [name, showSetting(setting)] as const);
  if (format === "text") return renderText(settings, config.files);
  const object = {
    files: config.files,
    settings: Object.fromEntries(settings),
  };
  return `${JSON.stringify(object)}\n`;
}

function textOf(
  setting: Setting<number | boolean> | undefined,
): Setting<string> | undefined {
  return setting && { ...setting, value: String(setting.value) };
}

function showSetting(setting: Setting<string> | undefined): ShownSetting {
  if (setting === undefined) return { value: null, source: null };
  const { value, source } = setting;
  const described = describeSource(source);
  return source.kind === "file" && source.secret !== undefined
    ? { value: null, source: described, from: source.secret }
    : { value, source: described };
}

function renderText(
  settings: readonly (readonly [string, ShownSetting])[],
  files: readonly string[],
): string {
  const shown = settings.filter(([name, { source }]) =>
    source !== null || !name.startsWith("exec.docker.tls")
  );
  const rows = shown.map(([name, { value, source, from }]) =>
    [
      name,
      from === undefined ? tame(value ?? "(not set)") : `(from ${from})`,
      source ?? "",
    ] as const
  );
  const [names, values] = ([0, 1] as const).map((column) =>
    Math.max(...rows.map((row) => row[column].length)) + 2
  );
  return [
    ...rows.map(([name, value, source]) =>
      `${name.padEnd(names!)}${value.padEnd(values!)}${source}`.trimEnd()
    ),
    `${"files".padEnd(names!)}${files[0] ?? "(none)"}`,
    ...files.slice(1).map((file) => " ".repeat(names!) + file),
    "",
  ].join("\n");
}

/** A variable's value may hold what would move the cursor. */
function tame(value: string): string {
  return /[\p{Cc}\p{Bidi_Control}]/u.test(value) ? quoteValue(value) : value;
}
