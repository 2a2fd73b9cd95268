import { quoteValue } from "../quote_value.ts";
import { configError, type ConfigFile } from "./config_error.ts";

/** A piece of what stands between `{{` and `}}`. */
export type Token =
  /** A text: between quotes, or bare. */
  | {
    readonly kind: "text";
    readonly text: string;
    readonly quoted: boolean;
    readonly start: number;
  }
  /** `$name` */
  | { readonly kind: "variable"; readonly text: string; readonly start: number }
  | {
    readonly kind: "sign";
    readonly text: "|" | "(" | ")" | ":=" | "=";
    readonly start: number;
  };

/** The tokens of an action, and how it closes. */
export interface Tokens {
  readonly tokens: readonly Token[];
  /** After the closing braces. */
  readonly end: number;
  readonly trims: boolean;
}

/**
 * Reads the tokens of the action that begins at `start`, from `at` up to the braces that close it.
 *
 * @throws {PortholeError} config_invalid at what is not a token.
 */
export function readTokens(
  file: ConfigFile,
  start: number,
  at: number,
): Tokens {
  const tokens: Token[] = [];
  for (let next = at;;) {
    const { token, end } = readToken(file, start, next);
    if ("trims" in token) return { tokens, end, trims: token.trims };
    tokens.push(token);
    next = end;
  }
}

const TOKEN =
  /(?<space>\s*)(?:(?<close>\}\})|(?<=\s)(?<trim>-\}\})|(?<sign>[|()]|:?=)|(?<variable>\$\w*)|`(?<raw>[^`]*)`|"(?<escaped>(?:[^"\\\n]|\\.)*)"|\\"(?<inner>[^"\\\n]*)\\"|(?<bare>[^\s|"`'(){}$\\]+))/y;

function readToken(
  file: ConfigFile,
  action: number,
  at: number,
): {
  readonly token: Token | { readonly trims: boolean };
  readonly end: number;
} {
  TOKEN.lastIndex = at;
  const match = TOKEN.exec(file.text);
  if (match === null) throw unreadable(file, action, at);
  const { space, close, trim, sign, variable, raw, escaped, inner, bare } =
    match.groups!;
  const start = at + space!.length;
  const end = at + match[0].length;
  if (close !== undefined) return { token: { trims: false }, end };
  if (trim !== undefined) return { token: { trims: true }, end };
  if (sign !== undefined) {
    const text = sign as "|" | "(" | ")" | ":=" | "=";
    return { token: { kind: "sign", text, start }, end };
  }
  if (variable !== undefined) {
    return { token: { kind: "variable", text: variable, start }, end };
  }
  // Within a double-quoted value, as in JSON, double quotes stand escaped.
  const text = bare ?? raw ?? inner ?? unescape(file, start, escaped!);
  return {
    token: { kind: "text", text, quoted: bare === undefined, start },
    end,
  };
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

/** What Go's templates may know, and porthole does not. */
export function unsupported(file: ConfigFile, at: number, what: string) {
  return configError(
    file,
    at,
    `${quoteValue(what)} is not supported in a template`,
    'A template is a function with its arguments, as in {{ env "NAME" "default" }}, or if, else, end and $name := …',
  );
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
        "Between back quotes, a backslash is just a backslash",
      );
    },
  );
}
