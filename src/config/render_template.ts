import { PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";
import { type Branch, buildNodes, type Node } from "./build_nodes.ts";
import { configError, type ConfigFile } from "./config_error.ts";
import {
  assign,
  canAssign,
  chooseBranch,
  copyScope,
  evaluateValue,
  openScope,
  type Scope,
  type TemplateContext,
} from "./evaluate_pipeline.ts";
import { type Part, scanTemplate } from "./scan_template.ts";

/** A text with its first templates filled in, and where each stretch of it came from. */
export interface RenderedText {
  readonly text: string;
  readonly stretches: readonly Stretch[];
  /** The actions that could not be evaluated; a mark stands for each in the text. */
  readonly marks: readonly Mark[];
}

/** A part of the rendered text: copied from `origin` on, or put in for the template at `origin`. */
interface Stretch {
  readonly start: number;
  readonly origin: number;
  readonly copied: boolean;
}

/** An action that can be evaluated only after the file is parsed, if ever. */
export interface Mark {
  readonly part: Extract<Part, { kind: "action" }>;
  /** The variables as they were there. */
  readonly scope: Scope;
  /** The actions of a block have one number: it can be evaluated only as a whole. */
  readonly block: number;
  /** Why the template cannot be evaluated; undefined if it only needs a lookup. */
  readonly error?: PortholeError | undefined;
}

/** Thrown in the first pass, where a template needs a lookup. */
class AsksElsewhere extends Error {}

/**
 * Fills in the templates that yield plain text, before the file is parsed, and puts marks for the others:
 * those that ask somebody else, and those that cannot be evaluated, for perhaps nobody needs them.
 *
 * ecspresso does so too: that is why an unquoted `region: {{ must_env "X" }}` is valid.
 */
export async function renderTemplate(
  file: ConfigFile,
  env: (name: string) => string | undefined,
): Promise<RenderedText> {
  const rendering: Rendering = {
    context: {
      file,
      env,
      callOther: () => Promise.reject(new AsksElsewhere()),
      found: new Map(),
    },
    texts: [],
    length: 0,
    stretches: [],
    marks: [],
    blocks: 0,
  };
  await renderNodes(
    buildNodes(file, scanTemplate(file)),
    openScope(),
    rendering,
  );
  const { texts, stretches, marks } = rendering;
  return { text: texts.join(""), stretches, marks };
}

/** Four times the longest file: what variables hold may be put in again and again. */
const LONGEST = 4 * 1024 * 1024;

interface Rendering {
  readonly context: TemplateContext;
  readonly texts: string[];
  length: number;
  readonly stretches: Stretch[];
  readonly marks: Mark[];
  blocks: number;
}

async function renderNodes(
  nodes: readonly Node[],
  scope: Scope,
  rendering: Rendering,
): Promise<void> {
  for (const node of nodes) {
    if (node.kind === "text") put(rendering, node.part);
    else if (node.kind === "refused") {
      putMarks(node, scope, rendering, node.error);
    } else if (node.kind === "value") await renderValue(node, scope, rendering);
    else await renderIf(node, scope, rendering);
  }
}

async function renderValue(
  node: Extract<Node, { kind: "value" }>,
  scope: Scope,
  rendering: Rendering,
): Promise<void> {
  const { context } = rendering;
  const { pipeline, assigns } = node.value;
  try {
    put(rendering, node.part, await evaluateValue(node.value, scope, context));
  } catch (error) {
    const reason = reasonOf(error);
    if (assigns === undefined || !canAssign(assigns, scope)) {
      putMarks(node, scope, rendering, reason);
      return;
    }
    // A value that is not known yet is looked up when the variable is used.
    assign(
      context.file,
      assigns,
      { kind: "later", pipeline, scope: copyScope(scope) },
      scope,
    );
  }
}

async function renderIf(
  node: Extract<Node, { kind: "if" }>,
  scope: Scope,
  rendering: Rendering,
): Promise<void> {
  const inner = openScope(scope);
  let branch: Branch | undefined;
  try {
    branch = await chooseBranch(node.branches, inner, rendering.context);
  } catch (error) {
    putMarks(node, scope, rendering, reasonOf(error));
    return;
  }
  await renderNodes(branch?.nodes ?? [], openScope(inner), rendering);
}

/** What an undecided block assigns is not known behind it. */
function loseAssigned(
  { parts }: Node,
  scope: Scope,
  { context: { file } }: Rendering,
): void {
  for (const part of parts) {
    if (part.kind !== "action" || !("assigns" in part.action)) continue;
    const { assigns } = part.action;
    if (assigns === undefined || assigns.isNew) continue;
    const error = configError(
      file,
      assigns.start,
      `what ${assigns.name} is here depends on a block that is not decided before the file is parsed`,
      "Decide it with env or must_env",
    );
    // Otherwise it is one of the block's own.
    if (canAssign(assigns, scope)) {
      assign(file, assigns, { kind: "lost", error }, scope);
    }
  }
}

/** Undefined for a template that needs a lookup. */
function reasonOf(error: unknown): PortholeError | undefined {
  if (error instanceof AsksElsewhere) return undefined;
  if (error instanceof PortholeError) return error;
  throw error;
}

/** Adds a text as it is, or what is put in for an action. */
function put(rendering: Rendering, part: Part, text?: string): void {
  const added = text ?? (part.kind === "text" ? part.text : "");
  if (added === "") return;
  rendering.stretches.push({
    start: rendering.length,
    origin: part.start,
    copied: text === undefined,
  });
  rendering.texts.push(added);
  rendering.length += added.length;
  if (rendering.length > LONGEST) {
    throw configError(
      rendering.context.file,
      part.start,
      "the file is too long with its templates filled in",
    );
  }
}

function putMarks(
  node: Node,
  scope: Scope,
  rendering: Rendering,
  error: PortholeError | undefined,
): void {
  const block = rendering.blocks++;
  const visible = copyScope(scope);
  loseAssigned(node, scope, rendering);
  for (const part of node.parts) {
    if (part.kind === "text") {
      put(rendering, part);
      continue;
    }
    put(rendering, part, markOf(rendering.marks.length));
    rendering.marks.push({ part, scope: visible, block, error });
  }
}

/** Takes an offset in the rendered text back to the file. */
export function originOf(rendered: RenderedText, offset: number): number {
  const stretch = rendered.stretches.findLast(({ start }) => start <= offset);
  if (stretch === undefined) return 0;
  return stretch.copied
    ? stretch.origin + offset - stretch.start
    : stretch.origin;
}

/** Cuts a text at its marks, into plain text and what the marks stand for. */
export function splitAtMarks(
  { marks }: Pick<RenderedText, "marks">,
  text: string,
): readonly (string | Mark)[] {
  return text.split(MARK).map((piece, place) =>
    place % 2 === 0 ? piece : marks[Number(piece)] ?? markOf(Number(piece))
  ).filter((piece) => piece !== "");
}

/** Writes a text as the file has it, with templates in the place of their marks. */
export function restoreTemplates(
  rendered: Pick<RenderedText, "marks">,
  text: string,
): string {
  return splitAtMarks(rendered, text).map((piece) =>
    typeof piece === "string" ? piece : piece.part.source
  ).join("");
}

/** Why a mark cannot stand where it stands: outside a value, or a block not within one value. */
export function misplaced(
  file: ConfigFile,
  { part, error }: Mark,
): PortholeError {
  if (error !== undefined) return error;
  const { action } = part;
  return configError(
    file,
    "start" in action ? action.start : part.start,
    `${
      quoteValue(action.kind === "if" ? "if" : part.source)
    } needs a lookup, and such a template can only stand within one value`,
    "env and must_env can decide over more than one value",
  );
}

/** Of a private-use character, which YAML takes for a letter like any other. */
const MARK = /\ue000(\d{1,9})\ue000/;

function markOf(place: number): string {
  return `\ue000${place}\ue000`;
}
