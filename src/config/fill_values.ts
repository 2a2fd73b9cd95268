import { buildNodes, type Node } from "./build_nodes.ts";
import { callPlugin, type Lookups } from "./call_plugin.ts";
import { checkFunctions, unknownFunction } from "./check_functions.ts";
import { configError, type ConfigFile } from "./config_error.ts";
import {
  chooseBranch,
  evaluateValue,
  openScope,
  type Scope,
  type TemplateContext,
} from "./evaluate_pipeline.ts";
import type {
  Entries,
  Entry,
  ParsedDocument,
  Value,
} from "./parse_document.ts";
import type { PluginFunctions } from "./read_plugins.ts";
import {
  type Mark,
  type RenderedText,
  splitAtMarks,
} from "./render_template.ts";
import type { Part } from "./scan_template.ts";

/** A file after the parse, and what its templates may call. */
export interface ParsedFile {
  readonly file: ConfigFile;
  readonly rendered: RenderedText;
  readonly entries: Entries;
  readonly duplicates: ParsedDocument["duplicates"];
  readonly functions: PluginFunctions;
}

/**
 * Fills in the templates of the wanted settings (`exec.shell` is the key shell of exec).
 *
 * Of the others those with such templates are left out, so that no value is looked up that is not used.
 */
export async function fillValues(
  parsed: ParsedFile,
  { known, wanted }: {
    readonly known: readonly string[];
    readonly wanted: (setting: string) => boolean;
  },
  lookups: Lookups,
): Promise<Entries> {
  const isKnown = (setting: string) =>
    known.some((name) => name === setting || name.startsWith(`${setting}.`));
  const fill = async (entries: Entries, prefix: string): Promise<Entries> => {
    const filled = new Map<string, Entry>();
    for (const [key, entry] of entries) {
      const setting = prefix + key;
      const within = `${setting}.`;
      const { value } = entry;
      if (
        value.kind === "mapping" && isKnown(setting)
      ) {
        const inner = await fill(value.entries(), within);
        filled.set(key, {
          ...entry,
          value: { ...value, entries: () => inner },
        });
      } else if (hasTemplates(parsed, value) && isKnown(setting)) {
        if (known.includes(setting) && !wanted(setting)) continue;
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

/** Whether a value is known only after a lookup. */
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
  const { file, functions } = parsed;
  const pieces = splitAtMarks(parsed.rendered, value.value);
  for (const piece of pieces) {
    if (typeof piece !== "string") checkFunctions(file, piece, functions);
  }
  const [first] = pieces;
  if (value.plain && typeof first === "object" && first.error === undefined) {
    const { part } = first;
    const json = /\.json$/i.test(file.path);
    const quote = json || part.source.includes("'") ? '"' : "'";
    throw configError(
      file,
      part.start,
      `${setting} begins with "{{" outside quotes, which YAML reads as a mapping`,
      `Put the whole value in quotes: ${quote}${part.source}${quote}`,
    );
  }
  const secrets = new Set<string>();
  const text = await evaluatePieces(pieces, {
    file,
    env: lookups.env,
    found: new Map(),
    callOther: async (call, args) => {
      const plugin = functions.get(call.name);
      if (plugin === undefined) {
        throw unknownFunction(file, call, functions);
      }
      const answer = await callPlugin({ file, call, lookups }, plugin, args);
      if (answer.secret !== undefined) secrets.add(answer.secret);
      return answer.text;
    },
  });
  return {
    ...value,
    value: text,
    ...(secrets.size === 0 ? {} : { secret: [...secrets].join(", ") }),
  };
}

/** Evaluates the templates of one value, now that it is used. */
async function evaluatePieces(
  pieces: readonly (string | Mark)[],
  context: TemplateContext,
): Promise<string> {
  const scopes = new Map<Part, Scope>();
  const parts = pieces.map((piece): Part => {
    if (typeof piece === "string") {
      return { kind: "text", text: piece, start: 0 };
    }
    scopes.set(piece.part, piece.scope);
    return piece.part;
  });
  const evaluate = async (
    nodes: readonly Node[],
    scope: Scope,
  ): Promise<string> => {
    const texts: string[] = [];
    for (const node of nodes) texts.push(await evaluateNode(node, scope));
    return texts.join("");
  };
  const evaluateNode = async (node: Node, scope: Scope): Promise<string> => {
    switch (node.kind) {
      case "text":
        return node.part.text;
      case "refused":
        throw node.error;
      case "value":
        return await evaluateValue(node.value, scope, context);
      case "if": {
        const inner = openScope(scope);
        const branch = await chooseBranch(node.branches, inner, context);
        return await evaluate(branch?.nodes ?? [], openScope(inner));
      }
    }
  };
  const texts: string[] = [];
  for (const node of buildNodes(context.file, parts)) {
    const scope = openScope(scopes.get(node.part));
    texts.push(await evaluateNode(node, scope));
  }
  return texts.join("");
}
