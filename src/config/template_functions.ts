import { quoteValue } from "../quote_value.ts";
import { printf } from "./printf.ts";
import {
  isTruthy,
  printValue,
  type TemplateValue,
  typeOf,
} from "./print_value.ts";

type Env = (name: string) => string | undefined;

/** What a function is given; `text` is how a constant is written: a bare 010 is a name like others. */
export interface Argument {
  readonly value: TemplateValue;
  readonly text: string;
}

/** What stands in the way of a function's answer. */
export interface FunctionProblem {
  readonly wrong: string;
  readonly hint?: string;
}

/** Answers with a value, or with what is wrong. */
type TextFunction = (
  args: readonly Argument[],
  env: Env,
) => TemplateValue | FunctionProblem;

/** Of ecspresso's (github.com/kayac/go-config). */
const NAMED: Readonly<Record<string, TextFunction>> = {
  // Every argument but the last names a variable; the first that is set and not empty wins.
  env: (args, env) => {
    const last = args.at(-1)?.text;
    if (last === undefined) {
      return { wrong: "env needs a variable name" };
    }
    const names = args.length === 1 ? args : args.slice(0, -1);
    const value = names.map(({ text }) => lookUp(text, env)).find(Boolean);
    return value ?? (args.length === 1 ? "" : last);
  },
  must_env: ([name, ...more], env) => {
    if (name === undefined || more.length > 0) {
      return { wrong: "must_env needs one variable name" };
    }
    return lookUp(name.text, env) ?? {
      wrong: `the environment variable ${quoteValue(name.text)} is not set`,
      hint: "Set it, or give a default with {{ env NAME DEFAULT }}",
    };
  },
  json_escape: ([value, ...more]) =>
    value === undefined || more.length > 0
      ? { wrong: "json_escape needs one value" }
      : JSON.stringify(value.text).slice(1, -1),
};

/** Of Go's text/template. `and` and `or` are not among them: they leave arguments out. */
const BUILT_IN: Readonly<Record<string, TextFunction>> = {
  not: ([value, ...more]) =>
    value === undefined || more.length > 0
      ? { wrong: "not needs one value" }
      : !isTruthy(value.value),
  eq: ([first, ...others]) => {
    if (first === undefined || others.length === 0) {
      return { wrong: "eq needs values to compare" };
    }
    for (const other of others) {
      const same = isSame(first.value, other.value);
      if (same !== false) return same;
    }
    return false;
  },
  ne: (args) => compare("ne", args, (order) => order !== 0),
  lt: (args) => compare("lt", args, (order) => order < 0),
  le: (args) => compare("le", args, (order) => order <= 0),
  gt: (args) => compare("gt", args, (order) => order > 0),
  ge: (args) => compare("ge", args, (order) => order >= 0),
  printf: ([format, ...args]) =>
    format === undefined
      ? { wrong: "printf needs a format" }
      : printf(format.text, args.map(({ value }) => value)),
  print: (args) => print(args, false),
  println: (args) => `${print(args, true)}\n`,
};

const FUNCTIONS: Readonly<Record<string, TextFunction>> = {
  ...NAMED,
  ...BUILT_IN,
};

/** The functions that need nothing but their arguments and the environment. */
export const TEXT_FUNCTION_NAMES: readonly string[] = [
  ...Object.keys(FUNCTIONS),
  "and",
  "or",
];

/** Calls a function that needs nothing but its arguments and the environment. */
export function callTextFunction(
  name: string,
  args: readonly Argument[],
  env: Env,
): TemplateValue | FunctionProblem {
  return FUNCTIONS[name]!(args, env);
}

/** No variable can have such a name, and asking for it is an error on some systems. */
function lookUp(name: string, env: Env): string | undefined {
  return name === "" || /[=\0]/.test(name) ? undefined : env(name);
}

function isSame(
  left: TemplateValue,
  right: TemplateValue,
): boolean | FunctionProblem {
  if (left === null || right === null) return left === right;
  return typeof left === typeof right ? left === right : refuse(left, right);
}

function compare(
  name: string,
  [left, right, ...more]: readonly Argument[],
  judge: (order: number) => boolean,
): boolean | FunctionProblem {
  if (left === undefined || right === undefined || more.length > 0) {
    return { wrong: `${name} needs two values` };
  }
  if (name === "ne") {
    const same = isSame(left.value, right.value);
    return typeof same === "boolean" ? !same : same;
  }
  const order = orderOf(left.value, right.value);
  return order === undefined ? refuse(left.value, right.value) : judge(order);
}

/** Undefined for what has no order; texts are ordered by their bytes. */
function orderOf(
  left: TemplateValue,
  right: TemplateValue,
): number | undefined {
  if (typeof left === "string" && typeof right === "string") {
    const [a, b] = [left, right].map((text) => new TextEncoder().encode(text));
    const at = a!.findIndex((byte, index) => byte !== b![index]);
    if (at < 0) return a!.length - b!.length;
    return a![at]! - (b![at] ?? -1);
  }
  if (typeof left === "bigint" && typeof right === "bigint") {
    return Number(left > right) - Number(left < right);
  }
  return typeof left === "number" && typeof right === "number"
    ? Number(left > right) - Number(left < right)
    : undefined;
}

function refuse(left: TemplateValue, right: TemplateValue): FunctionProblem {
  return {
    wrong: `values of the types ${typeOf(left)} and ${
      typeOf(right)
    } cannot be compared`,
  };
}

/** A space comes between two values of which neither is a string; with println between all. */
function print(args: readonly Argument[], always: boolean): string {
  return args.map(({ value }, place) => {
    const before = args[place - 1]?.value;
    const apart = place > 0 &&
      (always || (typeof value !== "string" && typeof before !== "string"));
    return `${apart ? " " : ""}${printValue(value)}`;
  }).join("");
}
