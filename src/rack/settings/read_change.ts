import { quoteValue } from "../../quote_value.ts";
import { Refusal } from "../refusal.ts";
import type { RackParameter } from "./rack_versions.ts";
import { joinWords } from "../../join_words.ts";

/** What `PUT /system` asks for. */
export type SystemChange =
  | {
    readonly kind: "parameters";
    readonly values: ReadonlyMap<string, string>;
  }
  | { readonly kind: "version"; readonly version: string };

/**
 * Reads the form of `PUT /system` (convox/rack, pkg/structs: SystemUpdateOptions). Nothing that it asks for is
 * passed over in silence.
 *
 * @throws {Refusal} 400
 */
export function readChange(
  form: ReadonlyMap<string, string>,
  parameters: readonly RackParameter[],
): SystemChange {
  const other = [...form.keys()].find((name) =>
    name !== "parameters" && name !== "version"
  );
  if (other !== undefined) {
    throw refuse(
      other === "count" || other === "type"
        ? `this rack has no instances: ${other} cannot be set`
        : `unknown field ${quoteValue(other)}`,
    );
  }
  const version = form.get("version");
  const pairs = form.get("parameters");
  if (version !== undefined && pairs !== undefined) {
    throw refuse("parameters and version are changed one after the other");
  }
  if (version !== undefined) return readVersion(version);
  const values = readPairs(pairs ?? "", parameters);
  if (values.size === 0) throw refuse("nothing to change");
  return { kind: "parameters", values };
}

function readVersion(version: string): SystemChange {
  if (/^\d{14}$/.test(version)) {
    throw refuse(
      `${version} is a version of Convox's: this rack's are as in 1.2.3`,
    );
  }
  if (!/^\d{1,9}\.\d{1,9}\.\d{1,9}$/.test(version)) {
    throw refuse(`${quoteValue(version)} is not a version, such as 1.2.3`);
  }
  return { kind: "version", version };
}

function readPairs(
  text: string,
  parameters: readonly RackParameter[],
): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    const parameter = parameters.find((one) => one.name === name);
    if (parameter === undefined) {
      throw refuse(
        `unknown parameter ${quoteValue(name)}: this rack has ${
          parameters.map(({ name }) => name).join(", ")
        }`,
      );
    }
    if (!parameter.values.includes(value)) {
      throw refuse(
        `${name} is ${joinWords(parameter.values, "or")}, not ${
          quoteValue(value)
        }`,
      );
    }
    if (values.has(name)) throw refuse(`${name} is set twice`);
    values.set(name, value);
  }
  return values;
}

function refuse(message: string): Refusal {
  return new Refusal(400, message);
}
