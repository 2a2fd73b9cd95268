import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseAllDocuments,
  type ParsedNode,
  visit,
  type YAMLMap,
} from "yaml";
import { configError, type ConfigFile } from "./config_error.ts";
import {
  originOf,
  type RenderedText,
  restoreTemplates,
} from "./render_template.ts";

/** A value of the file that knows its place; offsets are the file's own, before templates. */
export type Value =
  | {
    readonly kind: "scalar";
    readonly value: unknown;
    /** Written without quotes. */
    readonly plain: boolean;
    readonly offset: number;
    /** Where it was read from, if its text is not for showing: `ssm "/name"`. */
    readonly secret?: string;
  }
  | {
    readonly kind: "list";
    readonly items: () => readonly Value[];
    readonly offset: number;
  }
  | {
    readonly kind: "mapping";
    readonly entries: () => Entries;
    readonly offset: number;
  };

/** A mapping's keys with their values. */
export type Entries = ReadonlyMap<string, Entry>;

/** A key with its value. */
export interface Entry {
  readonly keyOffset: number;
  readonly value: Value;
}

/** Merges within merges could multiply without end. */
const MOST_MERGES = 100;

/** Parses YAML, or JSON, of which it is a superset. What lies within a value is read when it is asked for. */
export function parseDocument(
  file: ConfigFile,
  rendered: RenderedText,
): Entries {
  const restore = (text: string) => restoreTemplates(rendered, text);
  const fail = (offset: number, reason: string, hint?: string) =>
    configError(file, originOf(rendered, offset), restore(reason), hint);
  const language = /\.json(net)?$/i.test(file.path) ? "JSON" : "YAML";
  const document = parseText(rendered.text, language, fail);
  const root = readValue(document.contents, {
    document,
    fail,
    restore,
    origin: (offset) => originOf(rendered, offset),
    merges: { left: MOST_MERGES },
  });
  if (root.kind === "mapping") return root.entries();
  throw fail(
    document.contents?.range[0] ?? 0,
    `the file is ${
      root.kind === "list" ? "a list" : "a single value"
    }, not a mapping of settings`,
    'Settings are written as "key: value", as in "service: web"',
  );
}

type Fail = (offset: number, reason: string, hint?: string) => Error;

function parseText(
  text: string,
  language: string,
  fail: Fail,
): Document.Parsed {
  const nul = text.indexOf("\0");
  if (nul >= 0) {
    throw fail(nul, "the file holds NUL bytes", "Save it as text, in UTF-8");
  }
  const documents = parseAllDocuments(text, {
    merge: true,
    prettyErrors: false,
    logLevel: "silent",
  });
  for (const { errors } of documents) {
    const [error] = errors;
    if (error !== undefined) {
      throw fail(error.pos[0], tellError(error.code, error.message, language));
    }
  }
  const [document, second] = documents as Document.Parsed[];
  if (second !== undefined) {
    throw fail(
      second.range[0],
      "a second YAML document begins",
      "Keep one document in the file",
    );
  }
  if (document === undefined || isEmpty(document.contents)) {
    throw fail(0, "the file holds no settings");
  }
  refuseLooseAliases(document, fail);
  return document;
}

function isEmpty(node: ParsedNode | null): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

function tellError(code: string, message: string, language: string): string {
  switch (code) {
    case "DUPLICATE_KEY":
      return "the key stands here for the second time";
    case "RESOURCE_EXHAUSTION":
      return "the values are nested too deeply";
    default:
      return `not valid ${language}: ${message}`;
  }
}

function refuseLooseAliases(document: Document.Parsed, fail: Fail): void {
  const anchors = new Set<string>();
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node) && !anchors.has(node.source)) {
        throw fail(
          node.range![0],
          `the alias "*${node.source}" has no anchor before it`,
        );
      }
      if (!isAlias(node) && node.anchor) anchors.add(node.anchor);
    },
  });
}

interface Reading {
  readonly document: Document.Parsed;
  readonly fail: Fail;
  readonly origin: (offset: number) => number;
  readonly restore: (text: string) => string;
  readonly merges: { left: number };
}

function readValue(
  node: ParsedNode | null,
  reading: Reading,
  fallback = 0,
): Value {
  const offset = reading.origin(node?.range[0] ?? fallback);
  const target = isAlias(node) ? node.resolve(reading.document) : node;
  if (isSeq(target)) {
    const items = () =>
      target.items.map((item) => readValue(item as ParsedNode, reading));
    return { kind: "list", items, offset };
  }
  if (isMap(target)) {
    const entries = () => {
      const found = new Map<string, Entry>();
      readEntries(target as ParsedMap, reading, found);
      return found;
    };
    return { kind: "mapping", entries, offset };
  }
  const value = isScalar(target) ? target.value : null;
  const plain = isScalar(target) && target.type === "PLAIN";
  return { kind: "scalar", value, plain, offset };
}

type ParsedMap = YAMLMap.Parsed<ParsedNode, ParsedNode | null>;

/** Adds what a mapping holds; what is there already wins, so its own keys come before merged ones. */
function readEntries(
  map: ParsedMap,
  reading: Reading,
  entries: Map<string, Entry>,
): void {
  const merged: (ParsedNode | null)[] = [];
  for (const { key, value } of map.items) {
    if (isScalar(key) && typeof key.value === "symbol") {
      merged.push(value);
      continue;
    }
    const name = isScalar(key) ? reading.restore(String(key.value)) : "";
    const keyOffset = reading.origin(key.range[0]);
    if (entries.has(name)) continue;
    entries.set(name, {
      keyOffset,
      value: readValue(value, reading, key.range[1]),
    });
  }
  for (const source of merged) mergeEntries(source, reading, entries);
}

/** `<<` takes a mapping, an alias of one, or a list of those. */
function mergeEntries(
  source: ParsedNode | null,
  reading: Reading,
  entries: Map<string, Entry>,
): void {
  const at = source?.range[0] ?? 0;
  if (reading.merges.left-- <= 0) {
    throw reading.fail(at, "too many mappings are merged");
  }
  const target = isAlias(source) ? source.resolve(reading.document) : source;
  if (isMap(target)) {
    readEntries(target as ParsedMap, reading, entries);
  } else if (isSeq(target)) {
    for (const item of target.items) {
      mergeEntries(item as ParsedNode, reading, entries);
    }
  } else {
    throw reading.fail(at, 'only mappings can be merged with "<<"');
  }
}
