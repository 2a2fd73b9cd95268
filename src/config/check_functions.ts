import { closestName } from "../closest_name.ts";
import type { PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";
import { configError, type ConfigFile } from "./config_error.ts";
import type { Action, Call, Evaluated, Operand } from "./parse_action.ts";
import type { PluginFunctions } from "./read_plugins.ts";
import type { Mark } from "./render_template.ts";
import { TEXT_FUNCTION_NAMES } from "./template_functions.ts";

/**
 * Refuses a template that calls an unknown function, even where that call might never be reached.
 *
 * @throws {PortholeError} config_invalid at its place.
 */
export function checkFunctions(
  file: ConfigFile,
  { part: { action } }: Pick<Mark, "part">,
  functions: PluginFunctions,
): void {
  for (const call of listCalls(evaluatedIn(action)?.pipeline ?? [])) {
    const { name } = call;
    if (!TEXT_FUNCTION_NAMES.includes(name) && !functions.has(name)) {
      throw unknownFunction(file, call, functions);
    }
  }
}

function evaluatedIn(action: Action): Evaluated | undefined {
  if (action.kind === "else") return action.condition;
  return "pipeline" in action ? action : undefined;
}

function listCalls(commands: readonly (Call | Operand)[]): readonly Call[] {
  return commands.flatMap((command) => {
    if (command.kind === "pipeline") return listCalls(command.pipeline);
    return command.kind === "call" ? [command, ...listCalls(command.args)] : [];
  });
}

/** A call of a function that is not defined. */
export function unknownFunction(
  file: ConfigFile,
  { name, offset }: Call,
  functions: PluginFunctions,
): PortholeError {
  const { reason, hint } = explainUnknownFunction(name, functions);
  return configError(file, offset, reason, hint);
}

function explainUnknownFunction(
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
