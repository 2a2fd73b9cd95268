import { callPlugin, type Lookups } from "./call_plugin.ts";
import { configError, type ConfigFile } from "./config_error.ts";
import type { Entries, Entry, Value } from "./parse_document.ts";
import type { PluginFunction, PluginFunctions } from "./read_plugins.ts";
import {
  type DeferredTemplate,
  type RenderedText,
  splitAtMarks,
} from "./render_template.ts";
import type { Call } from "./scan_template.ts";
import { callTextFunction } from "./template_functions.ts";

/** A file after the parse, and what its templates may call. */
export interface ParsedFile {
  readonly file: ConfigFile;
  readonly rendered: RenderedText;
  readonly entries: Entries;
  readonly functions: PluginFunctions;
}

/**
 * Fills in the templates of the wanted settings (`exec.shell` is the key shell of exec).
 *
 * Of the others those with such templates are left out, so that nobody is asked for what nobody uses.
 */
export async function fillValues(
  parsed: ParsedFile,
  { known, wanted }: {
    readonly known: readonly string[];
    readonly wanted: (setting: string) => boolean;
  },
  lookups: Lookups,
): Promise<Entries> {
  const fill = async (entries: Entries, prefix: string): Promise<Entries> => {
    const filled = new Map<string, Entry>();
    for (const [key, entry] of entries) {
      const setting = prefix + key;
      const within = `${setting}.`;
      const { value } = entry;
      if (
        value.kind === "mapping" &&
        known.some((name) => name.startsWith(within))
      ) {
        const inner = await fill(value.entries(), within);
        filled.set(key, {
          ...entry,
          value: { ...value, entries: () => inner },
        });
      } else if (known.includes(setting) && hasTemplates(parsed, value)) {
        if (!wanted(setting)) continue;
        filled.set(key, {
          ...entry,
          value: await fillValue(parsed, setting, value, lookups),
        });
      } else filled.set(key, entry);
    }
    return filled;
  };
  return await fill(parsed.entries, "");
}

/** Whether a value can be told only after asking somebody else. */
export function hasTemplates(
  { rendered }: Pick<ParsedFile, "rendered">,
  value: Value,
): boolean {
  return value.kind === "scalar" && typeof value.value === "string" &&
    splitAtMarks(rendered, value.value).some((piece) =>
      typeof piece !== "string"
    );
}

async function fillValue(
  parsed: ParsedFile,
  setting: string,
  value: Value,
  lookups: Lookups,
): Promise<Value> {
  if (value.kind !== "scalar" || typeof value.value !== "string") return value;
  const pieces = splitAtMarks(parsed.rendered, value.value);
  const [first] = pieces;
  if (value.plain && typeof first === "object") {
    const json = /\.json$/i.test(parsed.file.path);
    const quote = json || first.source.includes("'") ? '"' : "'";
    throw configError(
      parsed.file,
      first.offset,
      `${setting} begins with "{{" outside quotes, which YAML reads as a mapping`,
      `Put the whole value in quotes: ${quote}${first.source}${quote}`,
    );
  }
  const filling: Filling = { ...parsed, lookups, secrets: new Set() };
  const texts: string[] = [];
  for (const piece of pieces) {
    texts.push(
      typeof piece === "string" ? piece : await evaluate(filling, piece),
    );
  }
  const secret = [...filling.secrets].join(", ");
  return {
    ...value,
    value: texts.join(""),
    ...(secret === "" ? {} : { secret }),
  };
}

interface Filling extends ParsedFile {
  readonly lookups: Lookups;
  /** What is not for showing, and has gone into the value. */
  readonly secrets: Set<string>;
}

async function evaluate(
  filling: Filling,
  { calls }: Pick<DeferredTemplate, "calls">,
): Promise<string> {
  let result: string | undefined;
  for (const call of calls) {
    const args: string[] = [];
    for (const argument of call.args) {
      args.push(
        typeof argument === "string"
          ? argument
          : await evaluate(filling, { calls: argument }),
      );
    }
    if (result !== undefined) args.push(result);
    const plugin = filling.functions.get(call.name);
    result = plugin === undefined
      ? callTextFunction(filling.file, call, args, filling.lookups.env)
      : await askPlugin(filling, call, plugin, args);
  }
  return result ?? "";
}

async function askPlugin(
  { file, lookups, secrets }: Filling,
  call: Call,
  plugin: PluginFunction,
  args: readonly string[],
): Promise<string> {
  const { text, secret } = await callPlugin(
    { file, call, lookups },
    plugin,
    args,
  );
  if (secret !== undefined) secrets.add(secret);
  return text;
}
