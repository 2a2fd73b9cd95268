import type { Config } from "./config.ts";
import { dirname, resolve } from "node:path";
import * as v from "valibot";
import type { SessionChoice } from "../args/invocation.ts";
import { closestName } from "../closest_name.ts";
import { parseDuration } from "../duration.ts";
import { quoteValue } from "../quote_value.ts";
import { ECS_EXEC_CHOICES, ROUTE_CHOICES } from "../routing_table.ts";
import type { Setting } from "../setting.ts";
import {
  configError,
  type ConfigFile,
  positionAt,
  tellPlace,
} from "./config_error.ts";
import { checkVersionRange } from "./check_version_range.ts";
import type { Entries, Entry, ParsedDocument } from "./parse_document.ts";
import { refuseDuplicate } from "./refuse_duplicate.ts";

/** What a configuration file sets. */
export type FileSettings = Partial<
  Omit<Config, "path" | "files" | "profile">
>;

const MOST_WARNINGS = 10;

const SESSIONS = [
  "auto",
  "plugin",
  "builtin",
] as const satisfies readonly SessionChoice[];

const TEXT = v.pipe(
  v.string("is not text: put it in quotes"),
  v.check((text) => text.trim() !== "", "is empty"),
  v.check(
    (text) => !/[\p{Cc}\ufffd]/u.test(text),
    "holds unreadable characters",
  ),
);
const DURATION_HINT =
  'it is written as "30s", "5m" or "1h30m", or 0 for no limit';
const DURATION = v.pipe(
  v.union([v.string(), v.literal(0)], `has no unit: ${DURATION_HINT}`),
  v.transform((value) => value === 0 ? 0 : parseDuration(value)),
  v.number(`is not a duration: ${DURATION_HINT}`),
  v.minValue(0, "is negative"),
);
const SESSION = v.picklist(SESSIONS, `is none of ${SESSIONS.join(", ")}`);

const ROUTE = v.picklist(
  ROUTE_CHOICES,
  `is none of ${ROUTE_CHOICES.join(", ")}`,
);
const ECS_EXEC = v.pipe(
  v.unknown(),
  v.transform((value) =>
    typeof value === "boolean"
      ? value ? "Yes" : "No"
      : ECS_EXEC_CHOICES.find((choice) =>
        choice.toLowerCase() === String(value).toLowerCase()
      )
  ),
  v.picklist(
    ECS_EXEC_CHOICES,
    `is neither ${ECS_EXEC_CHOICES.join(" nor ")}`,
  ),
);
const GENERATION = v.literal(
  1,
  "is not 1: only the first generation is set, others leave it out",
);
const NO_TLS = v.literal(
  false,
  "is neither false nor a mapping with ca, cert, key, server_name",
);

/** `required_version` is ecspresso's own: its syntax is checked, and no version compared with it. */
const VERSION_RANGE = v.pipe(
  v.unknown(),
  v.transform(String),
  v.check(
    (text) => checkVersionRange(text) === undefined,
    'is no range of versions: it is written as ">= 2.0.0, < 3"',
  ),
);

/** The settings of a file, and the names that FileSettings gives them. */
export const FILE_SETTINGS = {
  region: "region",
  cluster: "cluster",
  service: "service",
  timeout: "timeoutMs",
  "exec.route": "via",
  "exec.generation": "generation",
  "exec.ecs_exec": "ecsExec",
  "exec.docker.host": "dockerHost",
  "exec.docker.tls": "dockerTls",
  "exec.docker.tls.ca": "dockerCa",
  "exec.docker.tls.cert": "dockerCert",
  "exec.docker.tls.key": "dockerKey",
  "exec.docker.tls.server_name": "dockerServerName",
  "exec.session": "session",
  "exec.shell": "shell",
  filter_command: "filterCommand",
} as const satisfies Readonly<Record<string, keyof FileSettings>>;

const OWN_KEYS = [
  "region",
  "cluster",
  "service",
  "timeout",
  "filter_command",
  "exec",
];
/** ecspresso's, without a meaning for us. */
const OTHER_KEYS = [
  "required_version",
  "service_definition",
  "task_definition",
  "plugins",
  "appspec",
  "codedeploy",
  "ignore",
  "cli_options",
];
const EXEC_KEYS = [
  "route",
  "generation",
  "ecs_exec",
  "session",
  "shell",
  "docker",
];
const DOCKER_KEYS = ["host", "tls"];
const TLS_KEYS = ["ca", "cert", "key", "server_name"];

/**
 * Checks the settings of a file; keys that nobody knows become warnings, and so do keys that stand
 * twice where nobody reads them.
 */
export function validateFile(
  file: ConfigFile,
  entries: Entries,
  duplicates: ParsedDocument["duplicates"] = [],
): { readonly settings: FileSettings; readonly warnings: readonly string[] } {
  const exec = readExec(file, entries);
  const docker = readMapping(file, exec, "docker", DOCKER_KEYS, "exec.");
  const withoutTls = docker.get("tls")?.value.kind !== "mapping";
  const tls = withoutTls
    ? new Map()
    : readMapping(file, docker, "tls", TLS_KEYS, "exec.docker.");
  const path = v.pipe(
    TEXT,
    v.transform((path) => resolve(dirname(file.path), path)),
  );
  checkRequiredVersion(file, entries);
  return {
    settings: {
      ...read(file, entries, "region", "region", TEXT),
      ...read(file, entries, "cluster", "cluster", TEXT),
      ...read(file, entries, "service", "service", TEXT),
      ...read(file, entries, "filter_command", "filterCommand", TEXT),
      ...read(file, entries, "timeout", "timeoutMs", DURATION),
      ...read(file, exec, "route", "via", ROUTE, "exec."),
      ...read(file, exec, "generation", "generation", GENERATION, "exec."),
      ...read(file, exec, "ecs_exec", "ecsExec", ECS_EXEC, "exec."),
      ...read(file, docker, "host", "dockerHost", TEXT, "exec.docker."),
      ...(withoutTls
        ? read(file, docker, "tls", "dockerTls", NO_TLS, "exec.docker.")
        : {}),
      ...read(file, tls, "ca", "dockerCa", path, "exec.docker.tls."),
      ...read(file, tls, "cert", "dockerCert", path, "exec.docker.tls."),
      ...read(file, tls, "key", "dockerKey", path, "exec.docker.tls."),
      ...read(
        file,
        tls,
        "server_name",
        "dockerServerName",
        TEXT,
        "exec.docker.tls.",
      ),
      ...read(file, exec, "session", "session", SESSION, "exec."),
      ...read(file, exec, "shell", "shell", TEXT, "exec."),
    },
    warnings: cutWarnings(file, [
      ...warnings(file, entries, [...OWN_KEYS, ...OTHER_KEYS]),
      ...warnings(file, exec, EXEC_KEYS, "exec."),
      ...warnings(file, docker, DOCKER_KEYS, "exec.docker."),
      ...warnings(file, tls, TLS_KEYS, "exec.docker.tls."),
      ...duplicates.map(({ key, offset }) =>
        `The key ${quoteValue(key)} stands at ${
          tellPlace(file, offset)
        } for the second time`
      ),
    ]),
  };
}

/** The settings under a key; none where it is absent or empty. */
function readMapping(
  file: ConfigFile,
  entries: Entries,
  key: string,
  keys: readonly string[],
  prefix = "",
): Entries {
  const entry = entries.get(key);
  if (entry === undefined) return new Map();
  refuseDuplicate(file, entry, prefix + key);
  if (isEmpty(entry)) return new Map();
  if (entry.value.kind === "mapping") return entry.value.entries();
  throw configError(
    file,
    entry.value.offset,
    `${prefix}${key} is not a mapping of settings`,
    `Its keys are ${keys.slice(0, -1).join(", ")} and ${keys.at(-1)}`,
  );
}

function readExec(file: ConfigFile, root: Entries): Entries {
  const entries = readMapping(file, root, "exec", EXEC_KEYS);
  for (const [key, { keyOffset }] of entries) {
    if (key === "rack") {
      throw configError(
        file,
        keyOffset,
        "exec.rack names a rack, and porthole has no racks",
        "Remove it: porthole speaks to Amazon ECS itself",
      );
    }
  }
  return entries;
}

function checkRequiredVersion(file: ConfigFile, entries: Entries): void {
  const entry = entries.get("required_version");
  if (entry === undefined) return;
  refuseDuplicate(file, entry, "required_version");
  if (isEmpty(entry)) return;
  readSetting(file, entry, "required_version", VERSION_RANGE);
}

/** Reads one setting, under the name that FileSettings gives it; an empty one is unset, as in ecspresso. */
function read<K extends string, T>(
  file: ConfigFile,
  entries: Entries,
  key: string,
  name: K,
  schema: v.GenericSchema<unknown, T>,
  prefix = "",
): { readonly [P in K]?: Setting<T> } {
  const entry = entries.get(key);
  if (entry === undefined) return {};
  refuseDuplicate(file, entry, prefix + key);
  if (isEmpty(entry)) return {};
  const setting = readSetting(file, entry, prefix + key, schema);
  return { [name]: setting } as { [P in K]?: Setting<T> };
}

function readSetting<T>(
  file: ConfigFile,
  entry: Entry,
  key: string,
  schema: v.GenericSchema<unknown, T>,
): Setting<T> {
  const { value, keyOffset } = entry;
  const fail = (reason: string) =>
    configError(file, value.offset, `${key} ${reason}`);
  if (value.kind !== "scalar") throw fail(`is a ${value.kind}, not one value`);
  const { secret } = value;
  const result = v.safeParse(schema, value.value);
  if (!result.success) {
    const shown = secret === undefined
      ? quoteValue(templateAt(file, value.offset) ?? String(value.value))
      : `(from ${secret})`;
    const [{ message }] = result.issues;
    throw fail(`${shown} ${message}`);
  }
  return {
    value: result.output,
    source: {
      kind: "file",
      path: file.name,
      ...positionAt(file.text, keyOffset),
      ...(secret === undefined ? {} : { secret }),
    },
  };
}

/** The rest of a line that holds a template: what it was filled with may be a secret. */
function templateAt(file: ConfigFile, offset: number): string | undefined {
  const [line = ""] = file.text.slice(offset).split(/\r\n|\r|\n/, 1);
  return line.includes("{{") ? line.trim() : undefined;
}

function isEmpty({ value }: Entry): boolean {
  return value.kind === "scalar" &&
    (value.value === null || value.value === "");
}

function warnings(
  file: ConfigFile,
  entries: Entries,
  known: readonly string[],
  prefix = "",
): readonly string[] {
  return [...entries].filter(([key]) => !known.includes(key)).map(
    ([key, { keyOffset }]) => {
      const near = closestName(key, known);
      return `Unknown key ${quoteValue(prefix + key)} at ${
        tellPlace(file, keyOffset)
      }${near === undefined ? "" : `: did you mean "${prefix}${near}"?`}`;
    },
  );
}

/** A file that is no configuration of ours is not to be written out, line by line, into a log. */
function cutWarnings(
  { name }: ConfigFile,
  all: readonly string[],
): readonly string[] {
  const more = all.length - MOST_WARNINGS;
  if (more <= 0) return all;
  return [
    ...all.slice(0, MOST_WARNINGS),
    `${more} more unknown ${
      more === 1 ? "key" : "keys"
    } in ${name}: is it a configuration of ecspresso or porthole?`,
  ];
}
