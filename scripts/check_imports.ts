/**
 * Checks that imports follow the flow of the program: argv → Invocation → Config → Target → Route →
 * Session → Terminal → exit status. A stage gets what the stages before it made as plain data: it may
 * import their types, not their code. Only those who wire the stages together see them all. No files
 * import each other in a circle.
 */
import { posix } from "node:path";
import { projectRoot } from "./project.ts";
import { runScript } from "./run_script.ts";

/** The rooms under src/ that data flows through, in that order. */
const stages = [
  "args",
  "config",
  "access",
  "logs",
  "target",
  "route",
  "diagnosis",
  "task",
  "service",
  "session",
  "terminal",
  "transfer",
];

/**
 * Those who wire stages together, in order: each sees every stage, and the wirers before it. What ends
 * work early; what a verb reports; what every verb that asks AWS starts with; what verbs with a session
 * share; the rack; the verbs.
 */
const wiring = [
  "limits",
  "report",
  "start",
  "exec",
  "rack",
  "commands",
  "cli.ts",
  "main.ts",
];

/**
 * The rooms beside the flow, and who may import their code. They import only the files at the top of
 * src/; output may know the types of what it prints.
 */
const sideRooms: Readonly<Record<string, readonly string[]>> = {
  aws: ["config", "access", "session", ...wiring],
  docker: ["access", "session", ...wiring],
  output: [...stages, ...wiring],
  prompt: [...stages, ...wiring],
  state: [...stages, ...wiring],
};

/** The packages of the program, by how their names begin, and the one place that imports each. */
const packagePlaces: Readonly<Record<string, string>> = {
  "@aws-sdk/": "src/aws",
  "@smithy/": "src/aws",
  "fastest-levenshtein": "src/closest_name.ts",
  "fzf": "src/prompt/match_query.ts",
  "pretty-bytes": "src/transfer/progress.ts",
  "shlex": "src/shell_words.ts",
  "valibot": "src/schema.ts",
  "yaml": "src/config/parse_document.ts",
};

interface Import {
  readonly line: number;
  readonly specifier: string;
  /** Whether only types are imported, so that nothing of it is left when the program runs. */
  readonly typeOnly: boolean;
}

/** Returns a line about each import that the flow does not allow, and about each circle of files. */
export async function findWrongImports(root: string): Promise<string[]> {
  const wrong: string[] = [];
  const graph = new Map<string, readonly string[]>();
  for (const file of await listSources(root)) {
    const imports = readImports(await Deno.readTextFile(`${root}/${file}`))
      .map((one) => ({
        ...one,
        imported: one.specifier.startsWith(".")
          ? posix.join(posix.dirname(file), one.specifier)
          : one.specifier,
      }));
    graph.set(file, imports.map(({ imported }) => imported));
    for (const { line, imported, typeOnly } of imports) {
      const reason = refuseImport(file, imported, typeOnly);
      if (reason !== undefined) {
        wrong.push(`Cannot import ${imported} in ${file}:${line}: ${reason}`);
      }
    }
  }
  return [
    ...wrong,
    ...findCircles(graph).map((circle) =>
      `Cannot import in a circle: ${[...circle, circle[0]].join(" → ")}`
    ),
  ];
}

/** Files that import each other, by way of others too; an import of types counts. */
function findCircles(
  graph: ReadonlyMap<string, readonly string[]>,
): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string) => {
    const at = path.indexOf(file);
    if (at >= 0) return void circles.push(path.slice(at));
    if (done.has(file)) return;
    path.push(file);
    for (const imported of graph.get(file) ?? []) visit(imported);
    path.pop();
    done.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return circles;
}

function refuseImport(
  file: string,
  imported: string,
  typeOnly: boolean,
): string | undefined {
  const from = roomOf(file);
  const to = roomOf(imported);
  if (from === "sandbox") {
    return imported.startsWith("src/") || imported === "main.ts"
      ? "the sandbox shares no code with the program, so that a mistake cannot cancel itself out"
      : undefined;
  }
  if (to === "outside") {
    if (imported.startsWith("tests/") || imported.startsWith("scripts/")) {
      return "the program does not contain its tests or scripts";
    }
    if (imported.startsWith("node:") || imported === "deno.json") {
      return undefined;
    }
    const place = Object.entries(packagePlaces).find(([name]) =>
      imported.startsWith(name)
    )?.[1];
    if (place === undefined) return "it is not a package of the program";
    return file === place || file.startsWith(`${place}/`)
      ? undefined
      : `only ${place} may`;
  }
  if (from === to || to === "top") return undefined;
  if (from === "top") {
    return "the files at the top of src/ import only each other";
  }
  if (from in sideRooms) {
    // What output prints are the stages' results.
    if (from === "output" && typeOnly && stages.includes(to)) return undefined;
    return `src/${from} imports only the files at the top of src/`;
  }

  if (to === "rack" && !file.startsWith("src/commands/rack/")) {
    return "only src/commands/rack may import the rack";
  }
  const importers = sideRooms[to];
  if (importers !== undefined) {
    if (typeOnly || importers.includes(from)) return undefined;
    return `only ${importers.join(", ")} may import the code of src/${to}`;
  }
  const order = [...stages, ...wiring];
  if (!order.includes(from)) return `${from} has no place in the flow`;
  if (!order.includes(to)) return `${to} has no place in the flow`;
  if (order.indexOf(to) > order.indexOf(from)) {
    return `${to} comes after ${from} in the flow`;
  }
  if (!typeOnly && !wiring.includes(from)) {
    return "a stage takes only types from a stage before it; commands/ brings them together";
  }
  return undefined;
}

/** Names the room of a file: a folder of src/, a wirer, "top", "sandbox", or "outside" for all else. */
function roomOf(file: string): string {
  const [folder, name = "", ...rest] = file.split("/");
  if (file === "main.ts") return file;
  if (folder === "tests" && name === "sandbox") return "sandbox";
  if (folder !== "src") return "outside";
  if (rest.length > 0 || wiring.includes(name)) return name;
  return "top";
}

function readImports(source: string): Import[] {
  const found: Import[] = [];
  const lineAt = (index: number) => source.slice(0, index).split("\n").length;
  const statement =
    /^[ \t]*(?:import|export)\s+(?:(type\s)?\s*([\w$*{}\s,]+?)\s*from\s*)?["']([^"'\n]+)["']/gm;
  for (
    const { 0: text, 1: type, 2: names = "", 3: specifier = "", index }
      of source.matchAll(statement)
  ) {
    const typeOnly = type !== undefined ||
      /^\{(\s*type\s[^,}]+,?)+\s*\}$/.test(names);
    found.push({ line: lineAt(index + text.length), specifier, typeOnly });
  }
  const call = /(typeof\s+)?\bimport\(\s*["']([^"'\n]+)["']/g;
  for (const { 1: type, 2: specifier = "", index } of source.matchAll(call)) {
    found.push({
      line: lineAt(index),
      specifier,
      typeOnly: type !== undefined,
    });
  }
  return found;
}

async function listSources(root: string): Promise<string[]> {
  const found: string[] = [];
  async function visit(folder: string): Promise<void> {
    try {
      for await (
        const { name, isDirectory } of Deno.readDir(`${root}/${folder}`)
      ) {
        if (isDirectory) await visit(`${folder}/${name}`);
        else if (name.endsWith(".ts")) found.push(`${folder}/${name}`);
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  await visit("src");
  await visit("tests/sandbox");
  return [...found.sort(), "main.ts"];
}

if (import.meta.main) {
  await runScript(async () => {
    const wrong = await findWrongImports(Deno.args[0] ?? projectRoot);
    for (const line of wrong) console.error(`error: ${line}`);
    return wrong.length === 0 ? 0 : 1;
  });
}
