import type { ConfigFile } from "./config_error.ts";
import { type Call, scanTemplate } from "./scan_template.ts";
import { callTextFunction, isTextOnly } from "./template_functions.ts";

/** A text with its first templates filled in, and where each stretch of it came from. */
export interface RenderedText {
  readonly text: string;
  readonly stretches: readonly Stretch[];
  /** The templates whose functions ask somebody else; a mark stands for each in the text. */
  readonly deferred: readonly DeferredTemplate[];
}

/** A part of the rendered text: copied from `origin` on, or put in for the template at `origin`. */
interface Stretch {
  readonly start: number;
  readonly origin: number;
  readonly copied: boolean;
}

/** A template that can be filled in only after the file is parsed. */
export interface DeferredTemplate {
  readonly calls: readonly Call[];
  /** Where it begins in the file. */
  readonly offset: number;
  /** As it stands in the file. */
  readonly source: string;
}

/**
 * Fills in the templates that yield plain text, before the file is parsed, and puts marks for the others.
 *
 * ecspresso does so too: that is why an unquoted `region: {{ must_env "X" }}` is valid.
 */
export function renderTemplate(
  file: ConfigFile,
  env: (name: string) => string | undefined,
): RenderedText {
  const stretches: Stretch[] = [];
  const deferred: DeferredTemplate[] = [];
  let text = "";
  for (const part of scanTemplate(file)) {
    const { start, end } = part;
    const source = file.text.slice(start, end);
    const copied = part.kind === "text";
    let added = source;
    if (!copied) {
      if (isTextOnly(part.calls)) added = evaluate(file, part.calls, env);
      else {
        added = markOf(deferred.length);
        deferred.push({ calls: part.calls, offset: start, source });
      }
    }
    if (added === "") continue;
    stretches.push({ start: text.length, origin: start, copied });
    text += added;
  }
  return { text, stretches, deferred };
}

/** Takes an offset in the rendered text back to the file. */
export function originOf(rendered: RenderedText, offset: number): number {
  const stretch = rendered.stretches.findLast(({ start }) => start <= offset);
  if (stretch === undefined) return 0;
  return stretch.copied
    ? stretch.origin + offset - stretch.start
    : stretch.origin;
}

/** Cuts a text at its marks, into plain text and the templates that the marks stand for. */
export function splitAtMarks(
  { deferred }: Pick<RenderedText, "deferred">,
  text: string,
): readonly (string | DeferredTemplate)[] {
  return text.split(MARK).map((piece, place) =>
    place % 2 === 0 ? piece : deferred[Number(piece)] ?? markOf(Number(piece))
  ).filter((piece) => piece !== "");
}

/** Writes a text as the file has it, with templates in the place of their marks. */
export function restoreTemplates(
  rendered: Pick<RenderedText, "deferred">,
  text: string,
): string {
  return splitAtMarks(rendered, text).map((piece) =>
    typeof piece === "string" ? piece : piece.source
  ).join("");
}

/** Of a private-use character, which YAML takes for a letter like any other. */
const MARK = /\ue000(\d{1,9})\ue000/;

function markOf(place: number): string {
  return `\ue000${place}\ue000`;
}

function evaluate(
  file: ConfigFile,
  calls: readonly Call[],
  env: (name: string) => string | undefined,
): string {
  let result: string | undefined;
  for (const call of calls) {
    const args = call.args.map((argument) =>
      typeof argument === "string" ? argument : evaluate(file, argument, env)
    );
    if (result !== undefined) args.push(result);
    result = callTextFunction(file, call, args, env);
  }
  return result ?? "";
}
