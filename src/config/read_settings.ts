import type { Deps } from "../deps.ts";
import type { Lookups } from "./call_plugin.ts";
import type { ConfigFile } from "./config_error.ts";
import { evaluateJsonnet, type JsonnetInputs } from "./evaluate_jsonnet.ts";
import { fillValues, hasTemplates, type ParsedFile } from "./fill_values.ts";
import { parseDocument } from "./parse_document.ts";
import { readPlugins } from "./read_plugins.ts";
import {
  dropRefused,
  isRefused,
  refuseStrangersProgram,
} from "./refuse_stranger.ts";
import { refuseShellVariable } from "./refuse_shell_variable.ts";
import { renderTemplate } from "./render_template.ts";
import {
  type FileSettings,
  settingOf,
  SETTINGS,
  UNREAD_WITH_RACK,
} from "./settings.ts";
import { validateFile } from "./validate_file.ts";

/** What reading files needs of the outside. */
export type SettingsDeps = Pick<
  Deps,
  | "platform"
  | "env"
  | "cwd"
  | "readTextFile"
  | "readOwnedFile"
  | "userId"
  | "isExecutable"
  | "spawn"
>;

/** What the files set together, and the warnings about them. */
export interface ReadFiles {
  readonly settings: FileSettings;
  readonly warnings: readonly string[];
}

/** What lies above the files, and beside them. */
export interface Surroundings {
  /** What Jsonnet and templates are given. */
  readonly inputs: JsonnetInputs;
  /** Whether something else overrides a setting, so that its template is not evaluated. */
  readonly isOverridden: (name: keyof FileSettings) => boolean;
  /** Opens the Parameter Store in the region that a file names, else where the rest says. */
  readonly openParameters: (
    region: string | undefined,
  ) => Promise<Lookups["readParameter"]>;
}

/** The settings of some files, the one that wins first. */
export type ReadSettings = typeof readSettings;

/**
 * Reads the settings of some files, the one that wins first.
 *
 * @throws {PortholeError} where one of them cannot be understood, with its place.
 */
export async function readSettings(
  found: readonly ConfigFile[],
  { inputs, isOverridden, openParameters }: Surroundings,
  deps: SettingsDeps,
): Promise<ReadFiles> {
  const files: ParsedFile[] = [];
  for (const file of found) files.push(await parseFile(file, inputs, deps));
  const lookups: Lookups = {
    env: inputs.env,
    readTextFile: deps.readTextFile,
    readParameter: onceOpened(() => openParameters(plainRegion(files))),
  };

  const withRack = !isOverridden("rack") && files.some(namesRack);
  let settings: FileSettings = {};
  const warnings: string[] = [];
  for (const file of files) {
    const isRead = (name: keyof FileSettings) =>
      !isOverridden(name) && !settings[name];
    const entries = await fillValues(file, {
      known: [
        ...Object.values(SETTINGS).map(({ key }) => key),
        "required_version",
      ],
      wanted: (setting) => {
        const name = settingOf(setting);
        return name !== undefined && isRead(name) &&
          !isRefused(file.file, name) &&
          !(withRack && UNREAD_WITH_RACK.includes(name));
      },
    }, lookups);
    const valid = validateFile(file.file, entries, file.duplicates);
    const own = dropRefused(file.file, valid.settings);
    refuseShellVariable(own.settings, isRead);
    settings = { ...own.settings, ...settings };
    warnings.push(...own.warnings, ...valid.warnings);
  }
  return { settings, warnings };
}

/** Jsonnet, text templates, the parser: everything that stays on this machine. */
async function parseFile(
  found: ConfigFile,
  inputs: JsonnetInputs,
  deps: SettingsDeps,
): Promise<ParsedFile> {
  const isJsonnet = /\.jsonnet$/i.test(found.path);
  if (isJsonnet) refuseStrangersProgram(found, "jsonnet");
  const file = isJsonnet ? await evaluateJsonnet(found, inputs, deps) : found;
  const rendered = await renderTemplate(file, inputs.env);
  const { entries, duplicates } = parseDocument(file, rendered);
  const functions = readPlugins(
    file,
    rendered,
    entries,
  );
  return { file, rendered, entries, duplicates, functions };
}

/** The region of the first pass: the Parameter Store cannot be asked which region to ask. */
function plainRegion(files: readonly ParsedFile[]): string | undefined {
  for (const file of files) {
    const value = file.entries.get("region")?.value;
    if (
      value?.kind === "scalar" && typeof value.value === "string" &&
      value.value !== "" && !hasTemplates(file, value)
    ) return value.value;
  }
  return undefined;
}

/** Whether a file chooses a rack, and may. */
function namesRack({ file, entries }: ParsedFile): boolean {
  const exec = entries.get("exec")?.value;
  return exec?.kind === "mapping" && exec.entries().has("rack") &&
    !isRefused(file, "rack");
}

/** Opens a Parameter Store when it is asked first. */
function onceOpened(
  open: () => Promise<Lookups["readParameter"]>,
): Lookups["readParameter"] {
  let opened: ReturnType<typeof open> | undefined;
  return async (name) => await (await (opened ??= open()))(name);
}
