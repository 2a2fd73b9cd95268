import type { TaskOverrides } from "../access/access.ts";
import { closestName } from "../closest_name.ts";
import { messageOf, PortholeError } from "../errors.ts";
import { quotePath, quoteValue } from "../quote_value.ts";

/** The keys of RunTask's `overrides` and of its container overrides: TaskOverride, ContainerOverride. */
const KEYS = [
  "containerOverrides",
  "cpu",
  "memory",
  "taskRoleArn",
  "executionRoleArn",
  "ephemeralStorage",
  "inferenceAcceleratorOverrides",
];
const CONTAINER_KEYS = [
  "name",
  "command",
  "environment",
  "environmentFiles",
  "cpu",
  "memory",
  "memoryReservation",
  "resourceRequirements",
];

/**
 * Reads the file of `--overrides-file`. No error text holds a value of it: they may be secret.
 *
 * @throws {PortholeError} usage, with the place in the file.
 */
export function parseOverrides(
  path: string,
  text: string,
  containers: readonly string[],
): TaskOverrides {
  const fail = (why: string, hint?: string): never => {
    throw new PortholeError("usage", `Cannot use ${quotePath(path)}: ${why}`, {
      hint,
    });
  };
  const overrides = readJson(text, fail);
  const checkKeys = (
    object: Readonly<Record<string, unknown>>,
    known: readonly string[],
    where: string,
  ) => {
    for (const key of Object.keys(object)) {
      if (known.includes(key)) continue;
      const near = closestName(key, known);
      fail(
        `${quoteValue(where + key)} is not a key of RunTask's overrides`,
        near === undefined
          ? `the keys are ${known.join(", ")}`
          : `did you mean "${near}"?`,
      );
    }
  };
  if (!isObject(overrides)) {
    return fail(
      "it is not an object",
      'write it as {"containerOverrides": [...]}',
    );
  }
  checkKeys(overrides, KEYS, "");
  for (const key of ["cpu", "memory"]) {
    if (!["undefined", "string"].includes(typeof overrides[key])) {
      fail(`${key} is not a string`, `write a task's as "1024"`);
    }
  }
  const list = overrides["containerOverrides"] ?? [];
  if (!Array.isArray(list)) return fail("containerOverrides is not a list");
  for (const [at, one] of list.entries()) {
    const where = `containerOverrides[${at}]`;
    if (!isObject(one)) return fail(`${where} is not an object`);
    checkKeys(one, CONTAINER_KEYS, `${where}.`);
    const name = one["name"];
    if (typeof name !== "string" || !containers.includes(name)) {
      fail(
        typeof name === "string"
          ? `the task definition has no container ${quoteValue(name)}`
          : `${where} has no name`,
        `it has ${containers.map((one) => `"${one}"`).join(", ")}`,
      );
    }
    if (list.slice(0, at).some((other) => other.name === name)) {
      fail(`container "${name}" is given twice`);
    }
    if (one["command"] !== undefined && !isTexts(one["command"])) {
      fail(`${where}.command is not a list of strings`);
    }
    if (one["environment"] !== undefined && !isVariables(one["environment"])) {
      fail(
        `${where}.environment is not a list of variables`,
        'write a variable as {"name": "K", "value": "V"}',
      );
    }
  }
  return overrides as TaskOverrides;
}

function readJson(
  text: string,
  fail: (why: string) => never,
): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (error) {
    // What V8 says quotes from the file; where it says it does not.
    const at = /position (\d+)/.exec(messageOf(error))?.[1];
    if (at === undefined) return fail("it is not valid JSON");
    const before = text.slice(0, Number(at)).split("\n");
    return fail(
      `it is not valid JSON at ${before.length}:${
        (before.at(-1)?.length ?? 0) + 1
      }`,
    );
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function isVariables(value: unknown): boolean {
  return Array.isArray(value) &&
    value.every((one) =>
      isObject(one) && typeof one["name"] === "string" &&
      typeof one["value"] === "string"
    );
}
