import { closestName } from "../closest_name.ts";
import { quoteValue } from "../quote_value.ts";
import { configError, type ConfigFile } from "./config_error.ts";
import type { PluginFunctions } from "./read_plugins.ts";
import type { RenderedText } from "./render_template.ts";
import type { Call } from "./scan_template.ts";
import { TEXT_FUNCTION_NAMES } from "./template_functions.ts";

/** Refuses templates that call what nobody provides, wherever in the file they stand. */
export function checkFunctions(
  file: ConfigFile,
  { deferred }: Pick<RenderedText, "deferred">,
  functions: PluginFunctions,
): void {
  const check = (calls: readonly Call[]) => {
    for (const { name, args, offset } of calls) {
      if (!TEXT_FUNCTION_NAMES.includes(name) && !functions.has(name)) {
        const { reason, hint } = explainUnknown(name, functions);
        throw configError(file, offset, reason, hint);
      }
      for (const argument of args) {
        if (typeof argument !== "string") check(argument);
      }
    }
  };
  for (const { calls } of deferred) check(calls);
}

function explainUnknown(
  name: string,
  functions: PluginFunctions,
): { readonly reason: string; readonly hint: string } {
  const reason = `there is no template function ${quoteValue(name)}`;
  if (/tfstatef?$/.test(name)) {
    return {
      reason,
      hint:
        "It needs an entry under plugins: with the name tfstate and the path of a state file",
    };
  }
  const usable = [
    ...TEXT_FUNCTION_NAMES,
    ...[...functions].filter(([, { kind }]) => kind !== "refused")
      .map(([name]) => name),
  ];
  const near = closestName(name, usable);
  return {
    reason,
    hint: near ? `Did you mean "${near}"?` : `There are ${usable.join(", ")}`,
  };
}
