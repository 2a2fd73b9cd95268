import * as v from "../schema.ts";
import { closestName } from "../closest_name.ts";
import { messageOf } from "../errors.ts";
import { quotePath, quoteValue } from "../quote_value.ts";

/** A Terraform state: what each address of a resource, data source or output holds. */
export type TerraformState = ReadonlyMap<string, unknown>;

/** What stands in the way of an answer. */
export interface StateProblem {
  readonly wrong: string;
  readonly hint?: string;
}

const STATE = v.looseObject({
  version: v.literal(4),
  outputs: v.optional(v.record(v.string(), v.unknown()), {}),
  resources: v.optional(
    v.array(v.object({
      module: v.optional(v.string(), ""),
      mode: v.string(),
      type: v.string(),
      name: v.string(),
      instances: v.optional(
        v.array(v.object({
          index_key: v.optional(v.union([v.string(), v.number()])),
          attributes: v.nullish(v.record(v.string(), v.unknown())),
          attributes_flat: v.nullish(v.record(v.string(), v.unknown())),
        })),
        [],
      ),
    })),
    [],
  ),
});

type Resource = v.InferOutput<typeof STATE>["resources"][number];

/** Reads a state file of the only version that Terraform has written since 0.12. */
export function parseState(text: string): TerraformState | StateProblem {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { wrong: `it is not valid JSON: ${messageOf(error)}` };
  }
  const pointer = v.safeParse(
    v.object({ backend: v.object({ type: v.string() }) }),
    json,
  );
  if (pointer.success) {
    return {
      wrong: `it is only a pointer to the backend ${
        quoteValue(pointer.output.backend.type)
      }`,
      hint: "terraform state pull > terraform.tfstate writes a local copy",
    };
  }
  const parsed = v.safeParse(STATE, json);
  if (!parsed.success) {
    const path = v.getDotPath(parsed.issues[0]) ?? "";
    return path === "" || path === "version"
      ? { wrong: "it is not a version 4 Terraform state" }
      : { wrong: `its ${quotePath(path)} is not as Terraform writes it` };
  }
  const state = new Map<string, unknown>();
  for (const [name, output] of Object.entries(parsed.output.outputs)) {
    state.set(`output.${name}`, unwrapOutput(output));
  }
  for (const resource of parsed.output.resources) {
    for (const [address, attributes] of listInstances(resource)) {
      state.set(address, attributes);
    }
  }
  return state;
}

function listInstances(
  { module, mode, type, name, instances }: Resource,
): readonly (readonly [string, unknown])[] {
  const address = [
    ...(module === "" ? [] : [module]),
    ...(mode === "data" ? ["data"] : []),
    type,
    name,
  ].join(".");
  return instances.map(({ index_key, attributes, attributes_flat }) => {
    const index = index_key === undefined
      ? ""
      : `[${JSON.stringify(index_key)}]`;
    const values = attributes ?? attributes_flat ?? {};
    return [
      address + index,
      type === "terraform_remote_state"
        ? Object.fromEntries(
          Object.entries(values).map(([key, value]) => [
            key,
            unwrapOutput(value),
          ]),
        )
        : values,
    ];
  });
}

/** Outputs, and what data sources keep of the outputs of other states, carry their type with them. */
function unwrapOutput(output: unknown): unknown {
  return isRecord(output) && "value" in output && "type" in output
    ? output["value"]
    : output;
}

/** Looks up `aws_ecs_cluster.main.name`, `module.a.data.x.y["key"].z[0]` or `output.name`. */
export function lookUpState(
  state: TerraformState,
  written: string,
): { readonly value: string } | StateProblem {
  // A shell and a template are easier on single quotes; an address has only double ones.
  const address = written.replaceAll("'", '"');
  const found = [...state.keys()]
    .filter((known) =>
      address === known || address.startsWith(`${known}.`) ||
      address.startsWith(`${known}[`)
    )
    .reduce<string | undefined>(
      (best, known) =>
        best === undefined || known.length > best.length ? known : best,
      undefined,
    );
  if (found === undefined) {
    const near = closestName(address, [...state.keys()]) ??
      closestName(address.replace(/\.\w+$/, ""), [...state.keys()]);
    return {
      wrong: `the state has no ${quoteValue(address)}`,
      ...(near === undefined ? {} : { hint: `Did you mean ${near}?` }),
    };
  }
  const path = readPath(address.slice(found.length));
  if (path === undefined) {
    return {
      wrong: `${quoteValue(address)} is not a Terraform resource address`,
    };
  }
  const value = path.reduce(step, state.get(found));
  if (value === undefined || value === null) {
    return {
      wrong: `the state has no ${quoteValue(address)}, only ${
        quoteValue(found)
      }`,
    };
  }
  return { value: typeof value === "string" ? value : JSON.stringify(value) };
}

/** Undefined if the text is not a path. */
function readPath(text: string): readonly (string | number)[] | undefined {
  const piece = /\.?(?:\[(-?\d+)\]|\["([^"]*)"\])|\.(?:([\w-]+)|"([^"]*)")/y;
  const path: (string | number)[] = [];
  while (piece.lastIndex < text.length) {
    const match = piece.exec(text);
    if (match === null) return undefined;
    const [, index, key, name, quoted] = match;
    path.push(
      index === undefined ? (key ?? name ?? quoted ?? "") : Number(index),
    );
  }
  return path;
}

function step(value: unknown, key: string | number): unknown {
  if (typeof key === "number") {
    return Array.isArray(value) ? value.at(key) : undefined;
  }
  return isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
