import type { PortholeError } from "../errors.ts";
import { configError, type ConfigFile } from "./config_error.ts";
import type { Evaluated } from "./parse_action.ts";
import type { Part } from "./scan_template.ts";

type ActionPart = Extract<Part, { kind: "action" }>;

/** A template as a tree; each node knows the parts that it is made of, in their order. */
export type Node =
  | {
    readonly kind: "text";
    readonly part: Extract<Part, { kind: "text" }>;
    readonly parts: readonly Part[];
  }
  | {
    readonly kind: "value";
    readonly value: Evaluated;
    readonly part: ActionPart;
    readonly parts: readonly Part[];
  }
  | {
    readonly kind: "if";
    readonly branches: readonly Branch[];
    readonly part: ActionPart;
    readonly parts: readonly Part[];
  }
  | {
    readonly kind: "refused";
    readonly error: PortholeError;
    readonly part: ActionPart;
    readonly parts: readonly Part[];
  };

/** One way through an `if`; the last may have no condition. */
export interface Branch {
  readonly condition?: Evaluated | undefined;
  readonly nodes: readonly Node[];
}

/**
 * Builds the tree of a template.
 *
 * @throws {PortholeError} config_invalid where `{{ end }}` or what it closes is missing.
 */
export function buildNodes(
  file: ConfigFile,
  parts: readonly Part[],
): readonly Node[] {
  const reader: Reader = { file, parts, at: 0, depth: 0 };
  const nodes = readNodes(reader);
  const stray = reader.parts[reader.at];
  if (stray === undefined) return nodes;
  const { start, name } = closing(stray);
  throw configError(file, start, `${name} belongs to no block`);
}

interface Reader {
  readonly file: ConfigFile;
  readonly parts: readonly Part[];
  at: number;
  depth: number;
}

const DEEPEST = 100;

/** Reads up to an `else` or `end` that belongs to a block around, or to the end. */
function readNodes(reader: Reader): readonly Node[] {
  const nodes: Node[] = [];
  for (;;) {
    const part = reader.parts[reader.at];
    if (part === undefined || isClosing(part)) return nodes;
    const node = readNode(reader, part);
    if (node !== undefined) nodes.push(node);
  }
}

function readNode(reader: Reader, part: Part): Node | undefined {
  const first = reader.at++;
  if (part.kind === "text") return { kind: "text", part, parts: [part] };
  const { action } = part;
  switch (action.kind) {
    case "value":
      return { kind: "value", value: action, part, parts: [part] };
    case "if": {
      const branches = readBranches(reader, action);
      const parts = reader.parts.slice(first, reader.at);
      return { kind: "if", branches, part, parts };
    }
    case "refused": {
      if (action.opens) readBranches(reader, action);
      const parts = reader.parts.slice(first, reader.at);
      return { kind: "refused", error: action.error, part, parts };
    }
    default:
      return undefined;
  }
}

/** Reads the branches of a block up to and with its `end`. */
function readBranches(
  reader: Reader,
  opening: { readonly start: number } & Partial<Evaluated>,
): readonly Branch[] {
  if (++reader.depth > DEEPEST) {
    throw configError(
      reader.file,
      opening.start,
      "the blocks are nested too deeply",
    );
  }
  const branches: Branch[] = [];
  let condition = opening.pipeline === undefined
    ? undefined
    : opening as Evaluated;
  let last = false;
  for (;;) {
    const nodes = readNodes(reader);
    branches.push({ condition, nodes });
    const part = reader.parts[reader.at++];
    if (part?.kind !== "action") {
      throw configError(
        reader.file,
        opening.start,
        "the block has no end: {{ end }} is missing",
      );
    }
    const { action } = part;
    if (action.kind === "end") {
      reader.depth--;
      return branches;
    }
    if (action.kind !== "else") continue;
    if (last) {
      throw configError(reader.file, action.start, "else belongs to no block");
    }
    condition = action.condition;
    last = condition === undefined;
  }
}

function isClosing(part: Part): boolean {
  return part.kind === "action" &&
    (part.action.kind === "else" || part.action.kind === "end");
}

function closing(
  part: Part,
): { readonly start: number; readonly name: string } {
  return part.kind === "action" &&
      (part.action.kind === "else" || part.action.kind === "end")
    ? { start: part.action.start, name: part.action.kind }
    : { start: part.start, name: "the template" };
}
