import { PortholeError } from "../errors.ts";
import { configError, type ConfigFile } from "./config_error.ts";
import { type Action, opensBlock, parseAction } from "./parse_action.ts";
import { readTokens } from "./read_tokens.ts";

/** A stretch of a template: text as it is, or `{{ … }}`. */
export type Part =
  | { readonly kind: "text"; readonly text: string; readonly start: number }
  | {
    readonly kind: "action";
    readonly action: Action;
    readonly start: number;
    /** As it stands in the file. */
    readonly source: string;
  };

/**
 * Cuts a text into plain stretches and actions, by the rules of Go's text/template.
 *
 * An action that cannot be parsed is a part like others where it is clear where it ends: perhaps
 * its value is not needed.
 *
 * @throws {PortholeError} config_invalid where an action has no end.
 */
export function scanTemplate(file: ConfigFile): readonly Part[] {
  const { text } = file;
  const parts: Part[] = [];
  for (let at = 0;;) {
    const start = text.indexOf("{{", at);
    if (start < 0) {
      return [...parts, { kind: "text", text: text.slice(at), start: at }];
    }
    const { action, end, trimsBefore, trimsAfter } = scanAction(file, start);
    let stop = start;
    if (trimsBefore) {
      while (stop > at && isSpace(text[stop - 1])) stop--;
    }
    parts.push({ kind: "text", text: text.slice(at, stop), start: at });
    parts.push({
      kind: "action",
      action,
      start,
      source: text.slice(start, end),
    });
    at = end;
    if (trimsAfter) {
      while (isSpace(text[at])) at++;
    }
  }
}

function isSpace(character: string | undefined): boolean {
  return character !== undefined && " \t\r\n".includes(character);
}

interface ScannedAction {
  readonly action: Action;
  /** After the closing braces. */
  readonly end: number;
  readonly trimsBefore: boolean;
  readonly trimsAfter: boolean;
}

function scanAction(file: ConfigFile, start: number): ScannedAction {
  const { text } = file;
  const trimsBefore = /^-\s/.test(text.slice(start + 2, start + 4));
  const body = start + (trimsBefore ? 4 : 2);
  if (text.startsWith("/*", body)) {
    return { ...scanComment(file, start, body), trimsBefore };
  }
  try {
    const { tokens, end, trims } = readTokens(file, start, body);
    const [first] = tokens;
    try {
      const action = parseAction(file, start, tokens);
      return { action, end, trimsBefore, trimsAfter: trims };
    } catch (error) {
      if (!(error instanceof PortholeError)) throw error;
      const opens = opensBlock(
        first?.kind === "text" && !first.quoted ? first.text : undefined,
      );
      return {
        action: { kind: "refused", opens, error, start: first?.start ?? start },
        end,
        trimsBefore,
        trimsAfter: trims,
      };
    }
  } catch (error) {
    // Not even its tokens can be read: where it ends is clear only on its own line.
    const rest = /^(?:(?!\{\{|\}\})[^\r\n])*\}\}/.exec(text.slice(body));
    if (rest === null || !(error instanceof PortholeError)) throw error;
    const opens = opensBlock(/^\s*(\w+)/.exec(rest[0])?.[1]);
    return {
      action: { kind: "refused", opens, error, start },
      end: body + rest[0].length,
      trimsBefore,
      trimsAfter: /\s-\}\}$/.test(rest[0]),
    };
  }
}

function scanComment(file: ConfigFile, start: number, body: number) {
  const close = /\*\/(\s-)?\}\}/y;
  close.lastIndex = file.text.indexOf("*/", body + 2);
  if (close.lastIndex < 0) {
    throw configError(file, start, 'the comment has no end: "*/}}" is missing');
  }
  const ending = close.exec(file.text);
  if (ending === null) {
    throw configError(file, start, 'the comment does not end in "*/}}"');
  }
  return {
    action: { kind: "comment" } as const,
    end: ending.index + ending[0].length,
    trimsAfter: ending[1] !== undefined,
  };
}
