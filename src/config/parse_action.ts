import type { PortholeError } from "../errors.ts";
import { configError, type ConfigFile } from "./config_error.ts";
import type { TemplateValue } from "./print_value.ts";
import { type Token, unsupported } from "./read_tokens.ts";

/** What a function is given, or what stands in the place of one. */
export type Operand =
  /** A text between quotes, a bare word, a number, true, false or nil; `text` is how it is written. */
  | {
    readonly kind: "literal";
    readonly value: TemplateValue;
    readonly text: string;
  }
  | { readonly kind: "variable"; readonly name: string; readonly start: number }
  /** What stands between parentheses. */
  | { readonly kind: "pipeline"; readonly pipeline: Pipeline };

/** A function with its arguments. */
export interface Call {
  readonly kind: "call";
  readonly name: string;
  readonly args: readonly Operand[];
  /** Where its name begins. */
  readonly offset: number;
}

/** Commands with `|` between them: each gets what the one before it yields as its last argument. */
export type Pipeline = readonly (Call | Operand)[];

/** A variable that gets a value: a new one (`:=`), or one that is there (`=`). */
export interface Assignment {
  readonly name: string;
  readonly isNew: boolean;
  readonly start: number;
}

/** A pipeline, and the variable that keeps what it yields. */
export interface Evaluated {
  readonly pipeline: Pipeline;
  readonly assigns?: Assignment | undefined;
}

/** What stands between `{{` and `}}`. */
export type Action =
  | { readonly kind: "comment" }
  | ({ readonly kind: "value" } & Evaluated)
  | ({ readonly kind: "if"; readonly start: number } & Evaluated)
  /** With a condition: `{{ else if … }}` */
  | {
    readonly kind: "else";
    readonly start: number;
    readonly condition?: Evaluated | undefined;
  }
  | { readonly kind: "end"; readonly start: number }
  /** What cannot be evaluated, and why; `opens`: it goes on up to its `{{ end }}`. */
  | {
    readonly kind: "refused";
    readonly opens: boolean;
    readonly error: PortholeError;
    readonly start: number;
  };

/** Go's, each up to its `{{ end }}`. */
const BLOCKS = ["range", "with", "define", "block"];
const KEYWORDS = [
  ...BLOCKS,
  "if",
  "else",
  "end",
  "template",
  "break",
  "continue",
];

/** Whether an action that begins with this word goes on up to an `{{ end }}`. */
export function opensBlock(word: string | undefined): boolean {
  return word === "if" || BLOCKS.includes(word ?? "");
}

/**
 * Parses the action that begins at `start`, as Go's text/template does.
 *
 * @throws {PortholeError} config_invalid at what is not supported.
 */
export function parseAction(
  file: ConfigFile,
  start: number,
  tokens: readonly Token[],
): Action {
  const parser: Parser = { file, action: start, tokens, at: 0, depth: 0 };
  const [first, second] = tokens;
  const keyword = first?.kind === "text" && !first.quoted
    ? first.text
    : undefined;
  switch (keyword) {
    case "if":
      parser.at = 1;
      return { kind: "if", start: first!.start, ...parseEvaluated(parser) };
    case "else": {
      parser.at = 1;
      if (second === undefined) return { kind: "else", start: first!.start };
      if (second.kind !== "text" || second.quoted || second.text !== "if") {
        throw unsupported(file, second.start, second.text);
      }
      parser.at = 2;
      const condition = parseEvaluated(parser);
      return { kind: "else", start: first!.start, condition };
    }
    case "end":
      if (second !== undefined) {
        throw unsupported(file, second.start, second.text);
      }
      return { kind: "end", start: first!.start };
    default:
      if (KEYWORDS.includes(keyword ?? "")) {
        throw unsupported(file, first!.start, first!.text);
      }
      return { kind: "value", ...parseEvaluated(parser) };
  }
}

interface Parser {
  readonly file: ConfigFile;
  /** Where the action begins. */
  readonly action: number;
  readonly tokens: readonly Token[];
  at: number;
  depth: number;
}

const MOST_PARENTHESES = 100;

function parseEvaluated(parser: Parser): Evaluated {
  const [variable, sign] = parser.tokens.slice(parser.at);
  if (
    variable?.kind !== "variable" || sign?.kind !== "sign" ||
    (sign.text !== ":=" && sign.text !== "=")
  ) return { pipeline: parsePipeline(parser) };
  if (variable.text === "$") {
    throw unsupported(parser.file, variable.start, "$");
  }
  parser.at += 2;
  const { text: name, start } = variable;
  return {
    assigns: { name, start, isNew: sign.text === ":=" },
    pipeline: parsePipeline(parser),
  };
}

/** Reads up to the end of the action, or up to the parenthesis that closes the one at `opened`. */
function parsePipeline(parser: Parser, opened?: number): Pipeline {
  const { file, tokens, action } = parser;
  const commands: (Call | Operand)[] = [];
  let words: Word[] = [];
  const finish = (at: number) => {
    commands.push(parseCommand(parser, words, at, commands.length > 0));
    words = [];
  };
  while (parser.at < tokens.length) {
    const token = tokens[parser.at++]!;
    if (token.kind !== "sign") {
      words.push({ token, operand: readOperand(file, token) });
      continue;
    }
    switch (token.text) {
      case "|":
        finish(token.start);
        break;
      case "(": {
        if (++parser.depth > MOST_PARENTHESES) {
          throw configError(file, token.start, "too many parentheses");
        }
        const pipeline = parsePipeline(parser, token.start);
        words.push({ token, operand: { kind: "pipeline", pipeline } });
        break;
      }
      case ")":
        if (opened === undefined) throw unsupported(file, token.start, ")");
        finish(opened);
        return commands;
      default:
        throw unsupported(file, token.start, token.text);
    }
  }
  if (opened !== undefined) {
    throw configError(
      file,
      opened,
      'the parenthesis has no end: ")" is missing',
    );
  }
  finish(action);
  return commands;
}

interface Word {
  readonly token: Token;
  readonly operand: Operand;
}

function parseCommand(
  { file }: Parser,
  [first, ...others]: readonly Word[],
  at: number,
  piped: boolean,
): Call | Operand {
  if (first === undefined) {
    throw configError(file, at, "the template names no function");
  }
  const { token, operand } = first;
  const isName = token.kind === "text" && !token.quoted &&
    operand.kind === "literal" && typeof operand.value === "string";
  if (isName && !KEYWORDS.includes(token.text)) {
    return {
      kind: "call",
      name: token.text,
      args: others.map(({ operand }) => operand),
      offset: token.start,
    };
  }
  // Only a function can be given arguments; nil alone is not a value.
  if (
    isName || others.length > 0 || piped ||
    (operand.kind === "literal" && operand.value === null)
  ) throw unsupported(file, token.start, token.text);
  return operand;
}

function readOperand(file: ConfigFile, token: Token): Operand {
  const { text, start } = token;
  if (token.kind === "variable") {
    // The data that a template is given: there is none.
    if (text === "$") throw unsupported(file, start, "$");
    return { kind: "variable", name: text, start };
  }
  const quoted = token.kind === "text" && token.quoted;
  const value = quoted ? text : readWord(text);
  if (!quoted && typeof value === "string" && text.startsWith(".")) {
    throw unsupported(file, start, text);
  }
  return { kind: "literal", value, text };
}

const INTEGER =
  /^[+-]?(?:0[xX][\da-fA-F]+|0[bB][01]+|0[oO][0-7]+|0[0-7]*|[1-9](?:_?\d)*)$/;
const FLOAT = /^[+-]?(?:\d+\.\d*|\.\d+|\d+(?=[eE]))(?:[eE][+-]?\d+)?$/;

/** A constant of Go's; what is none is a text, though Go would want quotes around it. */
function readWord(word: string): TemplateValue {
  if (word === "true" || word === "false") return word === "true";
  if (word === "nil") return null;
  if (INTEGER.test(word)) {
    const digits = word.replace(/^[+-]/, "").replaceAll("_", "")
      .replace(/^0(?=\d)/, "0o");
    return word.startsWith("-") ? -BigInt(digits) : BigInt(digits);
  }
  return FLOAT.test(word) ? Number(word) : word;
}
