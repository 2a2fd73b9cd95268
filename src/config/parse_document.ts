import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  parseAllDocuments,
  type ParsedNode,
  visit,
  type YAMLMap,
} from "yaml";
import { configError, type ConfigFile } from "./config_error.ts";
import {
  type Mark,
  misplaced,
  originOf,
  type RenderedText,
  restoreTemplates,
  splitAtMarks,
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
  /** Where the same key stands for the second time. */
  readonly again?: number;
}

/** A file as YAML sees it. */
export interface ParsedDocument {
  readonly entries: Entries;
  /** Every key that stands twice in its mapping, with the place of the second. */
  readonly duplicates: readonly {
    readonly key: string;
    readonly offset: number;
  }[];
}

/** Merges within merges could multiply without end. */
const MOST_MERGES = 100;

/** Parses YAML, or JSON, of which it is a superset. What lies within a value is read when it is asked for. */
export function parseDocument(
  file: ConfigFile,
  rendered: RenderedText,
): ParsedDocument {
  const restore = (text: string) => restoreTemplates(rendered, text);
  const fail = (offset: number, reason: string, hint?: string) =>
    configError(file, originOf(rendered, offset), restore(reason), hint);
  const language = languageOf(file);
  const document = parseText(
    rendered.text,
    language,
    (offset, ...said) =>
      blameTemplate(file, rendered, offset) ?? fail(offset, ...said),
  );
  refuseMisplaced(file, rendered, document);
  const root = readValue(document.contents, {
    document,
    fail,
    restore,
    origin: (offset) => originOf(rendered, offset),
    merges: { left: MOST_MERGES },
  });
  if (root.kind === "mapping") {
    return {
      entries: root.entries(),
      duplicates: listDuplicates(document).map(({ key, offset }) => ({
        key: restore(key),
        offset: originOf(rendered, offset),
      })),
    };
  }
  throw fail(
    document.contents?.range[0] ?? 0,
    `the file is ${
      root.kind === "list" ? "a list" : "a single value"
    }, not a mapping of settings`,
    'Settings are written as "key: value", as in "service: web"',
  );
}

/**
 * The template that a mistake of the YAML comes from: one that could not be evaluated, on the line of the
 * mistake, or a block that has to be one value and is not.
 */
function blameTemplate(
  file: ConfigFile,
  rendered: RenderedText,
  offset: number,
): Error | undefined {
  const { text, marks } = rendered;
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const [line = ""] = text.slice(start).split(/\r\n|\r|\n/, 1);
  const here = marksIn(rendered, line);
  const size = (mark: Mark) =>
    marks.filter(({ block }) => block === mark.block).length;
  const found = here.find(({ error }) => error !== undefined) ??
    marks.find((mark) => size(mark) > 1);
  return found === undefined ? undefined : misplaced(file, found);
}

function marksIn(
  rendered: RenderedText,
  text: string,
): readonly Mark[] {
  return splitAtMarks(rendered, text).filter((piece) =>
    typeof piece !== "string"
  );
}

/**
 * A template that was not evaluated can stand for one value, or for a part of one, and for nothing else.
 * Several lines without quotes around them may only look like one value, for want of what was between.
 */
function refuseMisplaced(
  file: ConfigFile,
  rendered: RenderedText,
  document: Document.Parsed,
): void {
  const left = new Map<number, number>();
  for (const { block } of rendered.marks) {
    left.set(block, (left.get(block) ?? 0) + 1);
  }
  visit(document, {
    Scalar: (key, { value, type, range }) => {
      if (typeof value !== "string") return;
      const lines = type === "PLAIN" &&
        /[\r\n]/.test(rendered.text.slice(range?.[0], range?.[1]));
      const marks = marksIn(rendered, value);
      for (const mark of marks) {
        const whole = marks.filter(({ block }) => block === mark.block).length;
        if (
          ((key === "key" || key === null) && mark.error !== undefined) ||
          whole < (left.get(mark.block) ?? 0) || (lines && whole > 1)
        ) throw misplaced(file, mark);
      }
    },
  });
}

function listDuplicates(
  document: Document.Parsed,
): readonly { readonly key: string; readonly offset: number }[] {
  const found: { readonly key: string; readonly offset: number }[] = [];
  visit(document, {
    Map: (_, { items }) => {
      const keys = new Set<string>();
      for (const pair of items) {
        const key = isPair(pair) ? pair.key : undefined;
        if (!isScalar(key) || typeof key.value === "symbol") continue;
        const name = String(key.value);
        if (keys.has(name)) {
          found.push({ key: name, offset: key.range?.[0] ?? 0 });
        }
        keys.add(name);
      }
    },
  });
  return found;
}

interface Language {
  readonly name: "JSON" | "YAML";
  readonly hint?: string;
}

/** JSON is read as the YAML that it is. */
function languageOf({ path }: ConfigFile): Language {
  if (/\.jsonnet$/i.test(path)) return { name: "JSON" };
  return /\.json$/i.test(path)
    ? {
      name: "JSON",
      hint:
        "ecspresso reads a .json file as Jsonnet; porthole does so only if it is named .jsonnet",
    }
    : { name: "YAML" };
}

type Fail = (offset: number, reason: string, hint?: string) => Error;

function parseText(
  text: string,
  language: Language,
  fail: Fail,
): Document.Parsed {
  const nul = text.indexOf("\0");
  if (nul >= 0) {
    throw fail(nul, "the file contains NUL bytes", "Save it as text, in UTF-8");
  }
  const documents = parseAllDocuments(text, {
    merge: true,
    prettyErrors: false,
    // They become warnings that name them, and errors only where they are read.
    uniqueKeys: false,
    logLevel: "silent",
  });
  for (const { errors } of documents) {
    const [error] = errors;
    if (error !== undefined) {
      throw fail(
        error.pos[0],
        tellError(error.code, error.message, language.name),
        language.hint,
      );
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
    throw fail(0, "the file is empty");
  }
  refuseLooseAliases(document, fail);
  return document;
}

function isEmpty(node: ParsedNode | null): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

function tellError(code: string, message: string, language: string): string {
  switch (code) {
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
  const own = new Set<string>();
  for (const { key, value } of map.items) {
    if (isScalar(key) && typeof key.value === "symbol") {
      merged.push(value);
      continue;
    }
    const name = isScalar(key) ? reading.restore(String(key.value)) : "";
    const keyOffset = reading.origin(key.range[0]);
    const known = entries.get(name);
    if (known !== undefined) {
      if (own.has(name)) entries.set(name, { ...known, again: keyOffset });
      continue;
    }
    own.add(name);
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
