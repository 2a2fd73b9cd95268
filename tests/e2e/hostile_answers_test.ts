import assert from "node:assert/strict";
import { run } from "../../src/cli.ts";
import type { Deps } from "../../src/deps.ts";
import { createRealDeps } from "../../src/real_deps.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { assertHarmless, HOSTILE, MARK } from "./hostile_text.ts";

/** The texts that are hostile now, and those that were answered: the action, and the name of the member. */
let isTainted = (_place: string) => false;
const seen = new Set<string>();

const sandbox = await startSandbox({
  unsettled: true,
  kms: true,
  runTask: {
    provisioningMs: 0,
    pullMs: 0,
    stopTimeoutMs: 10,
    failures: [],
    entryPoints: {},
  },
  rollout: { stepMs: 1, tasksStop: true, circuitBreaker: "on" },
  rewrite: (operation, answer) => taint(operation, answer) as object,
});
// The SDK takes its endpoint from this process's environment.
const before = new Map(
  Object.keys(sandbox.env).map((name) => [name, Deno.env.get(name)]),
);
for (const [name, value] of Object.entries(sandbox.env)) {
  Deno.env.set(name, value);
}
Deno.test.afterAll(async () => {
  for (const [name, value] of before) {
    if (value === undefined) Deno.env.delete(name);
    else Deno.env.set(name, value);
  }
  await sandbox.close();
});

/** Takes down every text of an answer, and puts the hostile one behind those that are asked for. */
function taint(operation: string, value: unknown, key = ""): unknown {
  if (Array.isArray(value)) {
    return value.map((each) => taint(operation, each, key));
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map((
        [name, each],
      ) => [name, taint(operation, each, name)]),
    );
  }
  if (typeof value !== "string") return value;
  const place = `${operation}.${key}`;
  seen.add(place);
  return isTainted(place) ? `${value}${HOSTILE.slice(0, 5000)}` : value;
}

const [oldTask = ""] = sandbox.tasks("stopping").map(({ taskId }) => taskId);

/** A completion that is asked for with a limit of its own waits for AWS. */
const PATIENT = ["--timeout", "10m"] as const;

/** What is run for each text; together they show all that porthole reads. */
const COMMANDS: readonly (readonly string[])[] = [
  ["tasks", "--all"],
  ["tasks", "--all", "-o", "tsv"],
  ["tasks", "--all", "-o", "json"],
  ["tasks", "--all", "web"],
  ["status", "web"],
  ["status", "stopping", "-o", "json"],
  ["exec", "worker", "--", "true"],
  ["exec", "web", "-c", "nope", "--", "true"],
  ["exec", "web", "--", "true"],
  ["exec", "legacy", "--", "true"],
  ["exec", "fargate-old", "--", "true"],
  ["exec", "stopping", "--", "true"],
  ["exec", "nowhere", "--", "true"],
  ["exec", "--task-id", oldTask, "--", "true"],
  ["exec", "--task-id", "0", "--", "true"],
  ["exec", "--cluster", "nowhere", "worker", "--", "true"],
  ["exec", "worker", "--dry-run", "--", "true"],
  ["exec", "worker", "-o", "json", "--log-format", "json", "--", "true"],
  ["run", "worker", "--dry-run", "--", "true"],
  ["run", "worker", "-d", "--", "true"],
  ["run", "worker", "-d", "--wait", "--", "true"],
  ["run", "worker", "--", "true"],
  ["enable-exec", "legacy"],
  ["enable-exec", "web"],
  ["enable-exec", "legacy", "--yes"],
  ["disable-exec", "worker", "--yes", "--no-wait", "-o", "json"],
  ["__complete", "clusters", ...PATIENT],
  ["__complete", "services", ...PATIENT],
  ["__complete", "tasks", "web", ...PATIENT],
  ["__complete", "containers", "web", ...PATIENT],
];

/** What porthole waits for here passes so much faster. */
const HASTE = 40;

/** Runs porthole in this process, with everything outside real but its streams and its clock. */
async function runHere(args: readonly string[]): Promise<string> {
  const real = createRealDeps();
  const begun = Date.now();
  let written = "";
  const device = {
    isTerminal: false,
    write: (bytes: Uint8Array) => {
      written += new TextDecoder().decode(bytes);
      return Promise.resolve();
    },
    writeText: (text: string) => void (written += text),
  };
  const deps: Deps = {
    ...real,
    // A cache would answer for AWS.
    env: (name) => /^(XDG_|HOME$)/.test(name) ? undefined : real.env(name),
    now: () => new Date(begun + (Date.now() - begun) * HASTE),
    sleep: (ms, signal) => real.sleep(ms / HASTE, signal),
    stdin: {
      isTerminal: false,
      describe: () => Promise.resolve({ kind: "closed" }),
      open: () => ReadableStream.from([]),
      setRaw: () => {},
    },
    stdout: device,
    stderr: device,
    terminalSize: () => undefined,
    onSignal: () => () => {},
  };
  const limit = args.includes("--timeout") ? [] : ["--timeout", "10m"];
  await run([
    ...args.slice(0, 1),
    ...limit,
    ...(args[0] === "__complete" ? [] : ["--debug"]),
    ...args.slice(1),
  ], deps);
  return written;
}

/** What decides where porthole goes: with two of them wrong it comes to nothing worth showing. */
const DECIDING = /arns?$|status$|name$|type$|ids?$|value$|url$|State$/i;

/** Texts that decide, with commands that are known to show them. */
const TELLING: readonly (readonly [place: string, args: readonly string[]])[] =
  [
    ["DescribeServices.serviceName", ["enable-exec", "web"]],
    ["ListServices.serviceArns", ["__complete", "services", ...PATIENT]],
    ["RunTask.taskArn", ["run", "worker", "-d", "--", "true"]],
    ["DescribeTasks.availabilityZone", [
      "__complete",
      "tasks",
      "web",
      ...PATIENT,
    ]],
  ];

/** Each of those is tried with so many of the commands that read it; with all of them it takes a minute. */
const TRIED = Deno.env.get("PORTHOLE_TEST_LONG") === "1" ? Infinity : 1;

Deno.test({
  name: "whatever AWS answers, no text of it acts on the terminal",
  ignore: Deno.build.os === "windows",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const reads = new Map<string, Set<readonly string[]>>();
    let telling = 0;
    isTainted = (place) => !DECIDING.test(place);
    for (const args of COMMANDS) {
      seen.clear();
      const text = await tryHere(args, "all that decides nothing");
      if (text.includes(MARK)) telling++;
      for (const place of seen) {
        reads.set(place, (reads.get(place) ?? new Set()).add(args));
      }
    }
    assert.ok(telling > 5, `only ${telling} commands show any of it`);
    for (const [place, args] of TELLING) {
      isTainted = (other) => other === place;
      const text = await tryHere(args, place);
      assert.ok(text.includes(MARK), `${args.join(" ")} with ${place}`);
    }
    const deciding = [...reads].filter(([place]) => DECIDING.test(place));
    assert.ok(deciding.length > 30, `only ${deciding.length} were answered`);
    const shown = new Set<string>();
    for (const [index, [place, readers]] of deciding.entries()) {
      isTainted = (other) => other === place;
      for (const args of takeSome([...readers], index)) {
        const text = await tryHere(args, place);
        if (text.includes(MARK)) shown.add(place);
      }
    }
    assert.ok(shown.size > 5, `only ${[...shown]} were shown`);
  },
});

async function tryHere(args: readonly string[], place: string) {
  const text = await runHere(args);
  assertHarmless(text, `${args.join(" ")} with ${place}`, {
    whole: args.includes("tsv") || args.includes("json"),
  });
  return text;
}

/** Others for each text, so that together they are all tried with something. */
function takeSome<T>(all: readonly T[], offset: number): readonly T[] {
  const count = Math.min(all.length, TRIED);
  return Array.from(
    { length: count },
    (_, index) =>
      all[(offset + Math.floor(index * all.length / count)) % all.length]!,
  );
}
