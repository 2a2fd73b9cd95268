import { present } from "../present.ts";
import type { Branch } from "./build_nodes.ts";
import { configError, type ConfigFile } from "./config_error.ts";
import type { Call, Evaluated, Operand, Pipeline } from "./parse_action.ts";
import { isTruthy, printValue, type TemplateValue } from "./print_value.ts";
import {
  type Argument,
  callTextFunction,
  TEXT_FUNCTION_NAMES,
} from "./template_functions.ts";

/** Whom templates ask. */
export interface TemplateContext {
  readonly file: ConfigFile;
  readonly env: (name: string) => string | undefined;
  /** Calls a function that is not of text alone. */
  readonly callOther: (
    call: Call,
    args: readonly string[],
  ) => Promise<TemplateValue>;
  /** The values of variables so far: none is looked up twice. */
  readonly found: Map<Binding, Promise<TemplateValue>>;
}

/** Texts that are put together from texts could double without end. */
const LONGEST = 1024 * 1024;

/** A variable's value, or how to look it up when it is used. */
export type Binding =
  | { readonly kind: "known"; readonly value: TemplateValue }
  | {
    readonly kind: "later";
    readonly pipeline: Pipeline;
    readonly scope: Scope;
  }
  | { readonly kind: "lost"; readonly error: Error };

/** The variables of a block, and the block around it. */
export interface Scope {
  readonly around?: Scope;
  readonly variables: Map<string, Binding>;
}

/** Opens a scope, within another or of its own. */
export function openScope(around?: Scope): Scope {
  return {
    ...present({ around }),
    variables: new Map(),
  };
}

/** Copies what is visible: later assignments do not change it. */
export function copyScope(scope: Scope): Scope {
  const variables = new Map<string, Binding>();
  for (let at: Scope | undefined = scope; at; at = at.around) {
    for (const [name, binding] of at.variables) {
      if (!variables.has(name)) variables.set(name, binding);
    }
  }
  return { variables };
}

/**
 * Gives a variable a value, a new one in this scope (`:=`) or one that is there (`=`).
 *
 * @throws {PortholeError} config_invalid where there is none of that name.
 */
export function assign(
  file: ConfigFile,
  { name, isNew, start }: NonNullable<Evaluated["assigns"]>,
  binding: Binding,
  scope: Scope,
): void {
  if (isNew) {
    scope.variables.set(name, binding);
    return;
  }
  const owner = findOwner(name, scope);
  if (owner === undefined) throw undefinedVariable(file, name, start);
  owner.variables.set(name, binding);
}

function findOwner(name: string, scope: Scope): Scope | undefined {
  for (let at: Scope | undefined = scope; at; at = at.around) {
    if (at.variables.has(name)) return at;
  }
  return undefined;
}

function undefinedVariable(file: ConfigFile, name: string, start: number) {
  return configError(
    file,
    start,
    `the variable ${name} is not defined here`,
    `{{ ${name} := … }} defines it, within its block`,
  );
}

/** Whether `assign` finds the variable. */
export function canAssign(
  { name, isNew }: NonNullable<Evaluated["assigns"]>,
  scope: Scope,
): boolean {
  return isNew || findOwner(name, scope) !== undefined;
}

/** Evaluates an action to the text that stands in its place: none where a variable keeps it. */
export async function evaluateValue(
  { pipeline, assigns }: Evaluated,
  scope: Scope,
  context: TemplateContext,
): Promise<string> {
  const value = await evaluatePipeline(pipeline, scope, context);
  if (assigns === undefined) return printValue(value);
  assign(context.file, assigns, { kind: "known", value }, scope);
  return "";
}

/** Finds the branch of an `if` whose condition holds; `scope` keeps the variables that conditions define. */
export async function chooseBranch(
  branches: readonly Branch[],
  scope: Scope,
  context: TemplateContext,
): Promise<Branch | undefined> {
  for (const branch of branches) {
    if (await holds(branch.condition, scope, context)) return branch;
  }
  return undefined;
}

async function holds(
  condition: Evaluated | undefined,
  scope: Scope,
  context: TemplateContext,
): Promise<boolean> {
  if (condition === undefined) return true;
  const { pipeline, assigns } = condition;
  const value = await evaluatePipeline(pipeline, scope, context);
  if (assigns !== undefined) {
    assign(context.file, assigns, { kind: "known", value }, scope);
  }
  return isTruthy(value);
}

/** Rejects with PortholeError, or with what `callOther` rejects with. */
async function evaluatePipeline(
  pipeline: Pipeline,
  scope: Scope,
  context: TemplateContext,
): Promise<TemplateValue> {
  let result: Argument | undefined;
  for (const command of pipeline) {
    result = command.kind === "call"
      ? toArgument(await evaluateCall(command, result, scope, context))
      : await evaluateOperand(command, scope, context);
  }
  return result?.value ?? null;
}

function toArgument(value: TemplateValue): Argument {
  return { value, text: printValue(value) };
}

async function evaluateOperand(
  operand: Operand,
  scope: Scope,
  context: TemplateContext,
): Promise<Argument> {
  switch (operand.kind) {
    case "literal":
      return operand;
    case "pipeline":
      return toArgument(
        await evaluatePipeline(operand.pipeline, scope, context),
      );
    case "variable": {
      const { name, start } = operand;
      const binding = findOwner(name, scope)?.variables.get(name);
      if (binding === undefined) {
        throw undefinedVariable(context.file, name, start);
      }
      if (binding.kind === "lost") throw binding.error;
      return toArgument(await findValue(binding, context));
    }
  }
}

async function findValue(
  binding: Exclude<Binding, { kind: "lost" }>,
  context: TemplateContext,
): Promise<TemplateValue> {
  if (binding.kind === "known") return binding.value;
  const found = context.found.get(binding) ??
    evaluatePipeline(binding.pipeline, binding.scope, context);
  context.found.set(binding, found);
  return await found;
}

async function evaluateCall(
  call: Call,
  piped: Argument | undefined,
  scope: Scope,
  context: TemplateContext,
): Promise<TemplateValue> {
  const { name, offset } = call;
  if (name === "and" || name === "or") {
    return await evaluateChoice(call, piped, scope, context);
  }
  const args: Argument[] = [];
  for (const operand of call.args) {
    args.push(await evaluateOperand(operand, scope, context));
  }
  if (piped !== undefined) args.push(piped);
  if (!TEXT_FUNCTION_NAMES.includes(name)) {
    return await context.callOther(call, args.map(({ text }) => text));
  }
  const result = callTextFunction(name, args, context.env);
  if (typeof result === "string" && result.length > LONGEST) {
    throw configError(context.file, offset, `what ${name} yields is too long`);
  }
  if (typeof result !== "object" || result === null) return result;
  throw configError(context.file, offset, result.wrong, result.hint);
}

/** The first argument that decides, else the last: those behind it are not evaluated. */
async function evaluateChoice(
  { name, args, offset }: Call,
  piped: Argument | undefined,
  scope: Scope,
  context: TemplateContext,
): Promise<TemplateValue> {
  let value: TemplateValue | undefined;
  for (const operand of args) {
    value = (await evaluateOperand(operand, scope, context)).value;
    if (isTruthy(value) === (name === "or")) return value;
  }
  const last = piped === undefined ? value : piped.value;
  if (last !== undefined) return last;
  throw configError(context.file, offset, `${name} needs values`);
}
