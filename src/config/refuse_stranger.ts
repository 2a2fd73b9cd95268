import { PortholeError } from "../errors.ts";
import { quotePath } from "../quote_value.ts";
import type { ConfigFile } from "./config_error.ts";
import { type FileSettings, rowOf, type SettingName } from "./settings.ts";

/** Whether a file may not set this: it is another user's, and was found, not named. */
export function isRefused(
  { stranger }: ConfigFile,
  name: SettingName,
): boolean {
  return stranger !== undefined && rowOf(name).isTrust === true;
}

/** Takes from a stranger's settings those it may not set, and says so; others stay as they are. */
export function dropRefused(
  file: ConfigFile,
  settings: FileSettings,
): { readonly settings: FileSettings; readonly warnings: readonly string[] } {
  if (file.stranger === undefined) return { settings, warnings: [] };
  const names = Object.keys(settings) as SettingName[];
  const refused = names.filter((name) => isRefused(file, name));
  const what = refused.length === 0
    ? ""
    : `: ${refused.map((name) => rowOf(name).key).join(", ")} in it ${
      refused.length === 1 ? "is" : "are"
    } ignored`;
  return {
    settings: Object.fromEntries(
      names.filter((name) => !refused.includes(name))
        .map((name) => [name, settings[name]]),
    ),
    warnings: [`${tellOwner(file)}${what}; ${tellTrust(file)}`],
  };
}

/**
 * Refuses a stranger's file that only a program could read.
 *
 * @throws {PortholeError} config_invalid.
 */
export function refuseStrangersProgram(
  file: ConfigFile,
  program: string,
): void {
  if (file.stranger === undefined) return;
  throw new PortholeError(
    "config_invalid",
    `Cannot use ${quotePath(file.path)}: ${
      tellOwner(file)
    }, and ${program} would have to be started for it`,
    { hint: tellTrust(file) },
  );
}

function tellOwner({ name, stranger }: ConfigFile): string {
  return `${name} belongs to user ${stranger}, not to you`;
}

function tellTrust({ name }: ConfigFile): string {
  return `--config ${name} trusts it`;
}
