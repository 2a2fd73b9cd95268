import * as v from "valibot";
import type { SessionChoice } from "../args/invocation.ts";
import { closestName } from "../closest_name.ts";
import { parseDuration } from "../duration.ts";
import { quoteValue } from "../quote_value.ts";
import type { Setting } from "../setting.ts";
import {
  configError,
  type ConfigFile,
  positionAt,
  tellPlace,
} from "./config_error.ts";
import type { Entry } from "./parse_document.ts";

/** What a configuration file sets. */
export interface FileSettings {
  readonly region?: Setting<string>;
  readonly cluster?: Setting<string>;
  readonly service?: Setting<string>;
  readonly timeoutMs?: Setting<number>;
  readonly session?: Setting<SessionChoice>;
  readonly shell?: Setting<string>;
}

type Entries = ReadonlyMap<string, Entry>;

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

const OWN_KEYS = ["region", "cluster", "service", "timeout", "exec"];
/** ecspresso's, without a meaning for us. */
const OTHER_KEYS = [
  "required_version",
  "service_definition",
  "task_definition",
  "plugins",
  "appspec",
  "codedeploy",
  "filter_command",
  "ignore",
  "cli_options",
];
const EXEC_KEYS = ["session", "shell"];
/** They decide where a session goes: to pass over one in silence would be wrong. */
const LATER_EXEC_KEYS = ["route", "generation", "ecs_exec", "docker"];

/** Checks the settings of a file; keys that nobody knows become warnings. */
export function validateFile(
  file: ConfigFile,
  entries: Entries,
): { readonly settings: FileSettings; readonly warnings: readonly string[] } {
  const exec = readExec(file, entries.get("exec"));
  return {
    settings: {
      ...read(file, entries, "region", "region", TEXT),
      ...read(file, entries, "cluster", "cluster", TEXT),
      ...read(file, entries, "service", "service", TEXT),
      ...read(file, entries, "timeout", "timeoutMs", DURATION),
      ...read(file, exec, "session", "session", SESSION, "exec."),
      ...read(file, exec, "shell", "shell", TEXT, "exec."),
    },
    warnings: [
      ...warnings(file, entries, [...OWN_KEYS, ...OTHER_KEYS]),
      ...warnings(file, exec, EXEC_KEYS, "exec."),
    ],
  };
}

function readExec(file: ConfigFile, exec: Entry | undefined): Entries {
  if (exec === undefined || isEmpty(exec)) return new Map();
  if (exec.value.kind !== "mapping") {
    throw configError(
      file,
      exec.value.offset,
      "exec is not a mapping of settings",
      `Its keys are ${EXEC_KEYS.join(" and ")}`,
    );
  }
  for (const [key, { keyOffset }] of exec.value.entries) {
    if (key === "rack") {
      throw configError(
        file,
        keyOffset,
        "exec.rack names a rack, and porthole has no racks",
        "Remove it: porthole speaks to Amazon ECS itself",
      );
    }
    if (LATER_EXEC_KEYS.includes(key)) {
      throw configError(
        file,
        keyOffset,
        `this version does not support exec.${key}`,
        "Remove it: porthole would otherwise go another way than it says",
      );
    }
  }
  return exec.value.entries;
}

/** Reads one setting, under the name that FileSettings gives it. */
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
  const { value, keyOffset } = entry;
  const fail = (reason: string) =>
    configError(file, value.offset, `${prefix}${key} ${reason}`);
  if (value.kind !== "scalar") throw fail(`is a ${value.kind}, not one value`);
  if (isEmpty(entry)) throw fail("is empty");
  const result = v.safeParse(schema, value.value);
  if (!result.success) {
    const shown = value.value === ""
      ? ""
      : `${quoteValue(String(value.value))} `;
    throw fail(shown + result.issues[0].message);
  }
  const source = {
    kind: "file",
    path: file.name,
    ...positionAt(file.text, keyOffset),
  } as const;
  return { [name]: { value: result.output, source } } as {
    [P in K]?: Setting<T>;
  };
}

function isEmpty({ value }: Entry): boolean {
  return value.kind === "scalar" && value.value === null;
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
