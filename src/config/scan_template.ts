import { quoteValue } from "../quote_value.ts";
import { configError, type ConfigFile } from "./config_error.ts";

/** A function with its arguments, as it stands in `{{ … }}`. */
export interface Call {
  readonly name: string;
  readonly args: readonly Argument[];
  /** Where its name begins. */
  readonly offset: number;
}

/** What a function is given: a text, or what the calls between parentheses yield. */
export type Argument = string | readonly Call[];

/** A stretch of a template: text as it is, or `{{ … }}`. A comment is an action without calls. */
export type Part =
  | { readonly kind: "text"; readonly start: number; readonly end: number }
  | {
    readonly kind: "action";
    readonly start: number;
    readonly end: number;
    readonly calls: readonly Call[];
  };

/** Cuts a text into plain stretches and actions, by the rules of Go's text/template. */
export function scanTemplate(file: ConfigFile): readonly Part[] {
  const { text } = file;
  const parts: Part[] = [];
  let at = 0;
  while (true) {
    const start = text.indexOf("{{", at);
    if (start < 0) {
      return [...parts, { kind: "text", start: at, end: text.length }];
    }
    const action = scanAction(file, start);
    let end = start;
    if (action.trimsBefore) {
      while (end > at && isSpace(text[end - 1])) end--;
    }
    parts.push({ kind: "text", start: at, end });
    parts.push({
      kind: "action",
      start,
      end: action.end,
      calls: action.calls,
    });
    at = action.end;
    if (action.trimsAfter) {
      while (isSpace(text[at])) at++;
    }
  }
}

function isSpace(character: string | undefined): boolean {
  return character !== undefined && " \t\r\n".includes(character);
}

interface Action {
  readonly calls: readonly Call[];
  /** After the closing braces. */
  readonly end: number;
  readonly trimsBefore: boolean;
  readonly trimsAfter: boolean;
}

function scanAction(file: ConfigFile, start: number): Action {
  const { text } = file;
  const trimsBefore = /^-\s/.test(text.slice(start + 2, start + 4));
  const body = start + (trimsBefore ? 4 : 2);
  if (text.startsWith("/*", body)) {
    return { ...scanComment(file, start, body), trimsBefore };
  }
  const { calls, end, trims } = scanCalls(file, { from: start, at: body });
  return { calls, end, trimsBefore, trimsAfter: trims };
}

/** Reads calls up to the braces that close the action, or up to the parenthesis that closes `paren`. */
function scanCalls(
  file: ConfigFile,
  { from, at, paren }: {
    readonly from: number;
    readonly at: number;
    readonly paren?: number;
  },
): {
  readonly calls: readonly Call[];
  readonly end: number;
  readonly trims: boolean;
} {
  const calls: Call[] = [];
  let words: Word[] = [];
  for (let next = at;;) {
    const token = scanToken(file, from, next);
    next = token.end;
    switch (token.kind) {
      case "word":
        words.push(token);
        break;
      case "open": {
        if (words.length === 0) throw unsupported(file, token.start, "(");
        const inner = scanCalls(file, { from, at: next, paren: token.start });
        words.push({ content: inner.calls, quoted: true, start: token.start });
        next = inner.end;
        break;
      }
      case "pipe":
        calls.push(callOf(file, words, token.start));
        words = [];
        break;
      case "shut":
        if (paren === undefined) throw unsupported(file, token.start, ")");
        calls.push(callOf(file, words, paren));
        return { calls, end: next, trims: false };
      case "close":
        if (paren !== undefined) {
          throw configError(
            file,
            paren,
            'the parenthesis has no end: ")" is missing',
          );
        }
        calls.push(callOf(file, words, from));
        return { calls, end: next, trims: token.trims };
    }
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
    calls: [],
    end: ending.index + ending[0].length,
    trimsAfter: ending[1] !== undefined,
  };
}

interface Word {
  readonly content: Argument;
  readonly quoted: boolean;
  readonly start: number;
}

type Token =
  | (Word & { readonly kind: "word"; readonly end: number })
  | {
    readonly kind: "pipe" | "open" | "shut";
    readonly start: number;
    readonly end: number;
  }
  | { readonly kind: "close"; readonly trims: boolean; readonly end: number };

const TOKEN =
  /(?<space>\s*)(?:(?<close>\}\})|(?<=\s)(?<trim>-\}\})|(?<sign>[|()])|`(?<raw>[^`]*)`|"(?<escaped>(?:[^"\\\n]|\\.)*)"|\\"(?<inner>[^"\\\n]*)\\"|(?<bare>[^\s|"`'(){}$\\]+))/y;

const SIGNS = { "|": "pipe", "(": "open", ")": "shut" } as const;

function scanToken(file: ConfigFile, action: number, at: number): Token {
  TOKEN.lastIndex = at;
  const match = TOKEN.exec(file.text);
  if (match === null) throw unreadable(file, action, at);
  const { space, close, trim, sign, raw, escaped, inner, bare } = match
    .groups!;
  const start = at + space!.length;
  const end = at + match[0].length;
  if (close !== undefined) return { kind: "close", trims: false, end };
  if (trim !== undefined) return { kind: "close", trims: true, end };
  if (sign !== undefined) {
    return { kind: SIGNS[sign as keyof typeof SIGNS], start, end };
  }
  if (bare !== undefined) {
    return { kind: "word", content: bare, quoted: false, start, end };
  }
  // Within a double-quoted value, as in JSON, double quotes stand escaped.
  const content = raw ?? inner ?? unescape(file, start, escaped!);
  return { kind: "word", content, quoted: true, start, end };
}

function unreadable(file: ConfigFile, action: number, at: number) {
  const rest = file.text.slice(at);
  const start = at + rest.length - rest.trimStart().length;
  const character = file.text[start];
  if (character === undefined) {
    return configError(
      file,
      action,
      'the template has no end: "}}" is missing',
    );
  }
  if (character === '"' || character === "`") {
    return configError(
      file,
      start,
      `the text after ${character} has no end in the template`,
    );
  }
  return unsupported(file, start, character);
}

function unsupported(file: ConfigFile, at: number, what: string) {
  return configError(
    file,
    at,
    `${quoteValue(what)} is not supported in a template`,
    'A template is a function with its arguments, as in {{ env "NAME" "default" }}',
  );
}

/** Go's, for templates that decide and repeat. */
const KEYWORDS = [
  "if",
  "else",
  "end",
  "range",
  "with",
  "define",
  "template",
  "block",
  "break",
  "continue",
];

function callOf(file: ConfigFile, words: readonly Word[], at: number): Call {
  const [name, ...args] = words;
  if (name === undefined) {
    throw configError(file, at, "the template names no function");
  }
  for (const [place, { content, quoted, start }] of words.entries()) {
    const odd = quoted ? place === 0 : content.at(0) === "." ||
      (place === 0 && KEYWORDS.includes(String(content)));
    if (odd) throw unsupported(file, start, String(content));
  }
  return {
    name: String(name.content),
    args: args.map(({ content }) => content),
    offset: name.start,
  };
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
};

/** Reads what stands between double quotes as Go does. */
function unescape(file: ConfigFile, start: number, text: string): string {
  return text.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.))/g,
    (whole, hex, short, long, octal, single) => {
      const digits = hex ?? short ?? long;
      const code = digits === undefined
        ? parseInt(octal ?? "", 8)
        : parseInt(digits, 16);
      const character = single === undefined
        ? code <= 0x10ffff ? String.fromCodePoint(code) : undefined
        : ESCAPES[single];
      if (character !== undefined) return character;
      throw configError(
        file,
        start,
        `the escape ${quoteValue(whole)} is not supported in a template`,
        "Between back quotes a backslash stands for itself",
      );
    },
  );
}
