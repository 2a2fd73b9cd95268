import type { Deps } from "../deps.ts";
import { messageOf, PortholeError } from "../errors.ts";
import { quotePath, quoteValue } from "../quote_value.ts";
import { configError, type ConfigFile, tellPlace } from "./config_error.ts";
import type { PluginFunction } from "./read_plugins.ts";
import type { Call } from "./parse_action.ts";
import { lookUpState, parseState } from "./terraform_state.ts";

/** A value of the Parameter Store. */
export interface Parameter {
  readonly value: string;
  /** A StringList: its values are separated by commas. */
  readonly list: boolean;
}

/** Whom the templates within values ask. */
export interface Lookups {
  readonly env: Deps["env"];
  readonly readTextFile: Deps["readTextFile"];
  /** Undefined when there is none of that name; rejects with PortholeError, also where no region is set. */
  readonly readParameter: (name: string) => Promise<Parameter | undefined>;
}

/** A call, where it stands, and whom it can ask. */
export interface Asking {
  readonly file: ConfigFile;
  readonly call: Call;
  readonly lookups: Lookups;
}

/** What a template function yields, and where from if it is not for showing. */
export interface PluginAnswer {
  readonly text: string;
  readonly secret?: string;
}

/** Calls a template function that looks something up. */
export async function callPlugin(
  asking: Asking,
  plugin: PluginFunction,
  args: readonly string[],
): Promise<PluginAnswer> {
  const { file, call } = asking;
  switch (plugin.kind) {
    case "ssm":
      return await readSsm(asking, args);
    case "tfstate":
      return await readTfstate(asking, plugin, args);
    case "broken":
      throw plugin.error;
    case "refused":
      throw configError(
        file,
        call.offset,
        `${call.name} ${plugin.reason}`,
        plugin.hint,
      );
  }
}

async function readSsm(
  { file, lookups, call: { name: functionName, offset } }: Asking,
  [name, index, ...more]: readonly string[],
): Promise<PluginAnswer> {
  const fail = (reason: string, hint?: string) =>
    configError(file, offset, reason, hint);
  if (!name || more.length > 0) {
    throw fail(
      `${functionName} needs a parameter name, and for a StringList an index`,
      'As in {{ ssm "/path" }} and {{ ssm "/list" 0 }}',
    );
  }
  if (index !== undefined && !/^\d{1,9}$/.test(index)) {
    throw fail(`${quoteValue(index)} is not a valid index into a StringList`);
  }
  const parameter = await lookups.readParameter(name).catch((error) => {
    throw placeError(error, file, offset);
  });
  if (parameter === undefined) {
    throw fail(`there is no SSM parameter ${quoteValue(name)}`);
  }
  const secret = `ssm ${quoteValue(name)}`;
  if (!parameter.list) {
    if (index === undefined) return { text: parameter.value, secret };
    throw fail(
      `the SSM parameter ${
        quoteValue(name)
      } is not a StringList: it has no values to choose from`,
    );
  }
  const values = parameter.value.split(",");
  const text = values[Number(index ?? NaN)];
  if (text !== undefined) return { text, secret };
  throw fail(
    index === undefined
      ? `the SSM parameter ${quoteValue(name)} is a StringList: give an index`
      : `the SSM parameter ${
        quoteValue(name)
      } has ${values.length} values, and none at ${index}`,
    `The first is {{ ssm ${quoteValue(name)} 0 }}`,
  );
}

/** An error of AWS's side does not know which line asked. */
function placeError(
  error: unknown,
  file: ConfigFile,
  offset: number,
): unknown {
  if (!(error instanceof PortholeError)) return error;
  const asked = `asked by ${tellPlace(file, offset)}`;
  return error.withHint(asked);
}

async function readTfstate(
  { file, lookups, call: { name, offset } }: Asking,
  { path, format }: Extract<PluginFunction, { kind: "tfstate" }>,
  [first, ...rest]: readonly string[],
): Promise<PluginAnswer> {
  const fail = (reason: string, hint?: string) =>
    configError(file, offset, reason, hint);
  if (!first || (!format && rest.length > 0)) {
    throw fail(`${name} needs the address of a value in a Terraform state`);
  }
  const address = format ? formatAddress(first, rest) : first;
  if (address === undefined) {
    throw fail(
      `${name} cannot fill ${
        quoteValue(first)
      }: it needs one value for each %s or %d`,
    );
  }
  let text: string;
  try {
    text = await lookups.readTextFile(path);
  } catch (error) {
    throw fail(
      `the Terraform state ${quotePath(path)} cannot be read: ${
        error instanceof Deno.errors.NotFound
          ? "there is no such file"
          : messageOf(error)
      }`,
    );
  }
  const state = parseState(text);
  if ("wrong" in state) {
    throw fail(
      `the Terraform state ${quotePath(path)} cannot be used: ${state.wrong}`,
      state.hint,
    );
  }
  const found = lookUpState(state, address);
  if ("value" in found) return { text: found.value };
  throw fail(found.wrong, found.hint);
}

/** As Go's printf, for the verbs that an address needs; undefined when values and verbs do not match. */
function formatAddress(
  format: string,
  values: readonly string[],
): string | undefined {
  let used = 0;
  let odd = false;
  const address = format.replace(/%(.?)/g, (_, verb: string) => {
    if (verb === "%") return "%";
    const value = values[used++];
    if (
      value === undefined || !["s", "d", "v"].includes(verb) ||
      (verb === "d" && !/^-?\d+$/.test(value))
    ) odd = true;
    return value ?? "";
  });
  return odd || used !== values.length ? undefined : address;
}
