import { present } from "../present.ts";
import { dirname, resolve } from "node:path";
import * as v from "../schema.ts";
import { closestName } from "../closest_name.ts";
import { hideUserInfo } from "../hide_user_info.ts";
import { quoteValue } from "../quote_value.ts";
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
import { suggestTemplate } from "./refuse_shell_variable.ts";
import { type FileSettings, type SettingRow, SETTINGS } from "./settings.ts";
import { joinWords } from "../join_words.ts";

const MOST_WARNINGS = 10;

/** `required_version` is ecspresso's own: its syntax is checked, and no version compared with it. */
const VERSION_RANGE = v.pipe(
  v.unknown(),
  v.transform(String),
  v.check(
    (text) => checkVersionRange(text) === undefined,
    'is not a version range; write it as ">= 2.0.0, < 3"',
  ),
);

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
/**
 * Checks the settings of a file; unknown keys become warnings, and so do keys that stand
 * twice where they are not read.
 */
export function validateFile(
  file: ConfigFile,
  entries: Entries,
  duplicates: ParsedDocument["duplicates"] = [],
): { readonly settings: FileSettings; readonly warnings: readonly string[] } {
  checkRequiredVersion(file, entries);
  const sections = new Map<string, Entries>([["", entries]]);
  const readSection = (path: string): Entries => {
    const known = sections.get(path);
    if (known !== undefined) return known;
    const { parent, key } = splitKey(path);
    const section = readMapping(file, readSection(parent), path, key);
    sections.set(path, section);
    return section;
  };
  const settings: Record<string, Setting<unknown>> = {};
  for (const [name, { key: path, schema, isPath }] of Object.entries(rows)) {
    const { parent, key } = splitKey(path);
    const entry = readSection(parent).get(key);
    if (entry === undefined || isSection(path, entry)) continue;
    refuseDuplicate(file, entry, path);
    // An empty one is unset, as in ecspresso.
    if (isEmpty(entry)) continue;
    const setting = readSetting(file, entry, path, schema);
    settings[name] = isPath
      ? { ...setting, value: resolve(dirname(file.path), `${setting.value}`) }
      : setting;
  }
  return {
    settings: settings as FileSettings,
    warnings: cutWarnings(file, [
      ...[...sections].flatMap(([path, section]) =>
        warnUnknown(file, section, path)
      ),
      ...duplicates.map(({ key, offset }) =>
        `Duplicate key ${quoteValue(key)} at ${tellPlace(file, offset)}`
      ),
    ]),
  };
}

const rows: Readonly<Record<string, SettingRow>> = SETTINGS;

/** The keys that may stand in a section, in the table's order. */
function keysOf(section: string): readonly string[] {
  const start = section === "" ? "" : `${section}.`;
  const keys = Object.values(rows)
    .filter(({ key }) => key.startsWith(start))
    .map(({ key }) => key.slice(start.length).split(".")[0]!);
  return [...new Set(keys), ...(section === "" ? OTHER_KEYS : [])];
}

function splitKey(path: string) {
  const at = path.lastIndexOf(".");
  return { parent: path.slice(0, Math.max(at, 0)), key: path.slice(at + 1) };
}

/** `exec.docker.tls` is a value or a section. */
function isSection(path: string, { value }: Entry): boolean {
  return value.kind === "mapping" && keysOf(path).length > 0;
}

/** The settings under a key; none where it is absent, empty, or a value in a section's place. */
function readMapping(
  file: ConfigFile,
  entries: Entries,
  path: string,
  key: string,
): Entries {
  const entry = entries.get(key);
  if (entry === undefined) return new Map();
  refuseDuplicate(file, entry, path);
  if (isEmpty(entry)) return new Map();
  if (entry.value.kind === "mapping") return entry.value.entries();
  if (Object.values(rows).some(({ key }) => key === path)) return new Map();
  const keys = keysOf(path);
  throw configError(
    file,
    entry.value.offset,
    `${path} is not a mapping of settings`,
    `Its keys are ${joinWords(keys)}`,
  );
}

function checkRequiredVersion(file: ConfigFile, entries: Entries): void {
  const entry = entries.get("required_version");
  if (entry === undefined) return;
  refuseDuplicate(file, entry, "required_version");
  if (isEmpty(entry)) return;
  readSetting(file, entry, "required_version", VERSION_RANGE);
}

function readSetting<T>(
  file: ConfigFile,
  entry: Entry,
  key: string,
  schema: v.GenericSchema<unknown, T>,
): Setting<T> {
  const { value, keyOffset } = entry;
  const fail = (reason: string, hint?: string) =>
    configError(file, value.offset, `${key} ${reason}`, hint);
  if (value.kind !== "scalar") throw fail(`is a ${value.kind}, not one value`);
  const { secret } = value;
  const result = v.safeParse(schema, value.value);
  if (!result.success) {
    const shown = secret === undefined
      ? quoteValue(
        hideUserInfo(templateAt(file, value.offset) ?? String(value.value)),
      )
      : `(from ${secret})`;
    const [{ message }] = result.issues;
    throw fail(`${shown} ${message}`, suggestTemplate(shown));
  }
  return {
    value: result.output,
    source: {
      kind: "file",
      path: file.name,
      ...positionAt(file.text, keyOffset),
      ...present({ secret }),
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

function warnUnknown(
  file: ConfigFile,
  entries: Entries,
  section: string,
): readonly string[] {
  const known = keysOf(section);
  const prefix = section === "" ? "" : `${section}.`;
  return [...entries].filter(([key]) => !known.includes(key)).map(
    ([key, { keyOffset }]) => {
      const near = closestName(key, known);
      return `Unknown key ${quoteValue(prefix + key)} at ${
        tellPlace(file, keyOffset)
      }${near === undefined ? "" : `: did you mean "${prefix}${near}"?`}`;
    },
  );
}

/** Limits the warnings, so that an unrelated file is not written into a log line by line. */
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
