import { dirname, resolve } from "node:path";
import type { PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";
import type { ConfigFile } from "./config_error.ts";
import type { Entries } from "./parse_document.ts";
import { refuseDuplicate } from "./refuse_duplicate.ts";
import { type RenderedText, splitAtMarks } from "./render_template.ts";

/** A template function that looks something up. */
export type PluginFunction =
  | { readonly kind: "ssm" }
  | {
    readonly kind: "tfstate";
    /** Absolute. */
    readonly path: string;
    /** tfstatef: the address is put together as by printf. */
    readonly format: boolean;
  }
  /** Its settings hold a template that cannot be evaluated. */
  | { readonly kind: "broken"; readonly error: PortholeError }
  /** ecspresso has it, and we have not, or not this way. It matters only where it is used. */
  | {
    readonly kind: "refused";
    readonly reason: string;
    readonly hint?: string;
  };

/** The functions by the names that templates call them. */
export type PluginFunctions = ReadonlyMap<string, PluginFunction>;

const HAND_OVER =
  'Write the value itself, or pass it with {{ must_env "NAME" }}';

const NOT_OURS: PluginFunction = {
  kind: "refused",
  reason: "is not supported: porthole only supports ssm and tfstate",
  hint: HAND_OVER,
};

/** What needs no entry under `plugins:`. */
const ALWAYS: PluginFunctions = new Map<string, PluginFunction>([
  ["ssm", { kind: "ssm" }],
  ["secretsmanager_arn", NOT_OURS],
]);

/**
 * Lists the functions that a file's templates may call, by its `plugins:`.
 *
 * An entry that makes no sense is passed over: deploying is ecspresso's business, and its complaint.
 */
export function readPlugins(
  file: ConfigFile,
  rendered: Pick<RenderedText, "marks">,
  entries: Entries,
): PluginFunctions {
  const entry = entries.get("plugins");
  if (entry !== undefined) refuseDuplicate(file, entry, "plugins");
  const plugins = entry?.value;
  const found = new Map<string, PluginFunction>(ALWAYS);
  const items = plugins?.kind === "list" ? plugins.items() : [];
  for (const item of items) {
    if (item.kind !== "mapping") continue;
    const plugin = item.entries();
    const prefix = readText(file, plugin, "func_prefix") ?? "";
    for (const [name, made] of listFunctions(file, rendered, plugin)) {
      const full = prefix + name;
      found.set(
        full,
        found.has(full) && !ALWAYS.has(full) ? refuseTwice(full) : made,
      );
    }
  }
  return found;
}

function listFunctions(
  file: ConfigFile,
  rendered: Pick<RenderedText, "marks">,
  plugin: Entries,
): readonly (readonly [string, PluginFunction])[] {
  const config = plugin.get("config")?.value;
  const settings = config?.kind === "mapping" ? config.entries() : new Map();
  switch (readText(file, plugin, "name")?.toLowerCase()) {
    case "ssm":
      return [["ssm", { kind: "ssm" }]];
    case "tfstate": {
      const make = (format: boolean) =>
        locateState(file, rendered, settings, format);
      return [["tfstate", make(false)], ["tfstatef", make(true)]];
    }
    case "cloudformation":
      return [["cfn_output", NOT_OURS], ["cfn_export", NOT_OURS]];
    case "secretsmanager":
      return [["secretsmanager_arn", NOT_OURS]];
    case "external":
      return [[readText(file, settings, "name") ?? "external", NOT_OURS]];
    default:
      return [];
  }
}

/**
 * `path` wins over `url`, as in ecspresso; both are relative to the file that names them. A path that is
 * an address is answered as one: people write so.
 */
function locateState(
  file: ConfigFile,
  rendered: Pick<RenderedText, "marks">,
  settings: Entries,
  format: boolean,
): PluginFunction {
  const path = readText(file, settings, "path");
  const url = readText(file, settings, "url");
  const place = path ?? url;
  if (place === undefined) {
    return {
      kind: "refused",
      reason: "has no state file: its plugin names neither path nor url",
    };
  }
  const [mark] = splitAtMarks(rendered, place)
    .filter((piece) => typeof piece !== "string");
  if (mark?.error !== undefined) return { kind: "broken", error: mark.error };
  if (mark !== undefined) {
    return {
      kind: "refused",
      reason: "takes its state file from a template that needs a lookup",
      hint: "env and must_env can name a state file",
    };
  }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(place)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== "file") {
    return {
      kind: "refused",
      reason: `reads a remote state (${
        quoteValue(`${scheme}://`)
      }), and porthole reads only local files`,
      hint:
        "terraform state pull > terraform.tfstate, and name that file with path: in your own configuration",
    };
  }
  const local = scheme === undefined ? place : decodePath(place.slice(7));
  return {
    kind: "tfstate",
    path: resolve(dirname(file.path), local),
    format,
  };
}

function decodePath(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function refuseTwice(name: string): PluginFunction {
  return {
    kind: "refused",
    reason: "is defined by two plugins",
    hint: `func_prefix makes it two names, as in "first_${name}"`,
  };
}

function readText(
  file: ConfigFile,
  entries: Entries,
  key: string,
): string | undefined {
  const entry = entries.get(key);
  if (entry !== undefined) refuseDuplicate(file, entry, key);
  const value = entry?.value;
  return value?.kind === "scalar" && typeof value.value === "string" &&
      value.value !== ""
    ? value.value
    : undefined;
}
