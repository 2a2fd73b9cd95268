import type { RackClient } from "../../access/rack/create_rack_client.ts";
import type { Rack } from "../../access/rack/rack.ts";
import type { RackSystem } from "../../access/rack/read_answers.ts";
import type { Deps } from "../../deps.ts";
import { PortholeError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { alignColumns } from "../../output/align_columns.ts";
import { orderNames } from "../../order_names.ts";
import { quoteValue, toLine } from "../../quote_value.ts";
import type { Report } from "../../report/report.ts";
import { writeOutput } from "../../report/write_output.ts";
import { askSystem, openRack } from "../../start/open_rack.ts";
import { awaitUpdate } from "./await_update.ts";

/** How a change is made. */
export interface ChangeTools {
  /** Whether to wait until the rack has made it. */
  readonly wait: boolean;
  readonly deps: Pick<Deps, "env" | "sleep" | "now" | "stdout">;
  readonly log: Log;
}

/** What Convox's CLI hides on a terminal. */
const SECRET: readonly string[] = ["Password", "HttpProxy"];

/** `porthole rack params`. */
export async function showParameters(
  rack: Rack,
  deps: Pick<Deps, "env" | "sleep" | "stdout">,
): Promise<Report> {
  const { parameters } = await askSystem(openRack(rack, deps));
  const rows = orderNames(Object.entries(parameters), ([name]) => name)
    .map(([name, value]) =>
      [
        name,
        SECRET.includes(name) && value !== "" && deps.stdout.isTerminal
          ? "**********"
          : value,
      ] as const
    );
  const lines = alignColumns(rows).map((line) => `${toLine(line)}\n`);
  return { stdout: lines.join(""), status: 0 };
}

/**
 * `porthole rack params set`: prints and ends as Convox's CLI does.
 *
 * @throws {PortholeError} parameter_invalid before anything is sent, and what the rack refuses.
 */
export async function setParameters(
  rack: Rack,
  typed: readonly string[],
  tools: ChangeTools,
): Promise<Report> {
  const pairs = typed.map(parsePair);
  const names = pairs.map(([name]) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) {
    throw new PortholeError(
      "parameter_invalid",
      `Cannot set ${twice}: it is set twice`,
    );
  }
  const client = openRack(rack, tools.deps);
  const system = await askSystem(client);
  const unknown = names.find((name) => !Object.hasOwn(system.parameters, name));
  if (unknown !== undefined) {
    tools.log.warn(
      `Rack "${rack.name}" shows no parameter ${unknown}: a Convox rack ignores the ones it does not have`,
    );
  }
  return await makeChange(
    "Updating parameters",
    {
      parameters: new URLSearchParams(pairs.map(([...pair]) => pair))
        .toString(),
    },
    {
      client,
      differs: ({ parameters }) =>
        pairs.flatMap(([name, value]) =>
          isShownAs(parameters[name], value)
            ? []
            : [`${name} is ${quoteValue(parameters[name] ?? "")}`]
        )[0],
      ...tools,
    },
  );
}

/** CloudFormation shows asterisks for a secret. */
function isShownAs(shown: string | undefined, value: string): boolean {
  return shown === value || shown !== undefined && /^\*+$/.test(shown);
}

/** Asks a rack for a change, with one line on standard output that ends in OK where it takes it. */
export async function makeChange(
  doing: string,
  form: Readonly<Record<string, string>>,
  { client, differs, wait, deps, log }: ChangeTools & {
    readonly client: RackClient;
    /** What is not as it was asked for, once the rack runs again. */
    readonly differs: (system: RackSystem) => string | undefined;
  },
): Promise<Report> {
  const print = (text: string) =>
    writeOutput(text, deps).catch((error: unknown) => {
      // The reader of stdout is gone: no reason to fail.
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    });
  await print(`${doing}... `);
  let answer: string;
  try {
    answer = await client.ask({ method: "PUT", path: ["system"], form });
    if (wait) await awaitUpdate(client, differs, { deps, log });
  } catch (error) {
    // An error stands on a line of its own where both go to a terminal.
    if (deps.stdout.isTerminal) await print("\n");
    throw error;
  }
  const [, ...more] = answer.trimEnd().split("\n");
  return {
    stdout: ["OK", ...more].map((line) => `${toLine(line)}\n`).join(""),
    status: 0,
  };
}

function parsePair(text: string): readonly [name: string, value: string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new PortholeError(
    "parameter_invalid",
    `Key=Value expected: ${text}`,
  );
}
