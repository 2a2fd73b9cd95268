import { PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";
import { type FileSettings, SETTINGS } from "./settings.ts";

/** Names of things in AWS and addresses: none of them ever has a `$` in it. */
const NAMES = ["region", "cluster", "service", "dockerHost"] as const;
/** `$NAME`, `${NAME}` or `${NAME:-default}`. */
const VARIABLE =
  /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:[^}A-Za-z0-9]+([^}]*))?\})/;

/**
 * Refuses a name that holds a variable as shells write it, which nothing fills in.
 *
 * @throws {PortholeError} with its place, and the template that reads the variable.
 */
export function refuseShellVariable(
  settings: FileSettings,
  isRead: (name: keyof FileSettings) => boolean,
): void {
  for (const name of NAMES.filter(isRead)) {
    const { value = "", source } = settings[name] ?? {};
    const hint = suggestTemplate(value);
    if (hint === undefined || source?.kind !== "file" || source.secret) {
      continue;
    }
    const { path, line, column } = source;
    throw new PortholeError(
      "config_invalid",
      `Cannot use ${path}:${line}:${column}: ${SETTINGS[name].key} ${
        quoteValue(value)
      } has a variable in the form of a shell, which is not filled in`,
      { hint },
    );
  }
}

/** The template in the place of a variable that is written as shells write it; undefined where there is none. */
export function suggestTemplate(text: string): string | undefined {
  const found = VARIABLE.exec(text);
  if (found === null) return undefined;
  const variable = found[1] ?? found[2];
  const template = found[3] === undefined
    ? `must_env \`${variable}\``
    : `env \`${variable}\` \`${found[3]}\``;
  return `Write it as {{ ${template} }}`;
}
