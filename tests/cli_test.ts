import assert from "node:assert/strict";
import { run } from "../src/cli.ts";
import type { Deps, SpawnedProcess } from "../src/deps.ts";
import { createRealDeps } from "../src/real_deps.ts";

/** Runs a command line in a place where there is nothing; resolves with its status, and what it did. */
async function runIn(argv: readonly string[], fakes: Partial<Deps> = {}) {
  const done: string[] = [];
  let stdout = "";
  let stderr = "";
  const deps: Deps = {
    ...createRealDeps(),
    platform: "linux",
    env: () => undefined,
    envNames: () => [],
    cwd: () => "/",
    now: () => new Date(0),
    readTextFile: () => Promise.reject(new Deno.errors.NotFound()),
    readOwnedFile: () => Promise.reject(new Deno.errors.NotFound()),
    readKeptFile: () => Promise.reject(new Deno.errors.NotFound()),
    listKeptFiles: () => Promise.resolve([]),
    giveUpWriting: () => void done.push("give up writing"),
    hideAws: () => void done.push("hide AWS"),
    spawn: () => {
      throw new Deno.errors.NotFound("no such program");
    },
    stdin: {
      isTerminal: false,
      describe: () => Promise.resolve({ kind: "closed" }),
      open: () => new ReadableStream(),
      setRaw: () => {},
    },
    stdout: {
      isTerminal: false,
      write: (bytes) => {
        stdout += new TextDecoder().decode(bytes);
        return Promise.resolve();
      },
      writeText: (text) => void (stdout += text),
    },
    stderr: {
      isTerminal: false,
      write: () => Promise.resolve(),
      writeText: (text) => void (stderr += text),
    },
    terminalSize: () => undefined,
    onSignal: () => () => {},
    ...fakes,
  };
  const status = await run(argv, deps);
  return { status, done, stdout, stderr };
}

/** A standard output that nothing can be written to. */
const failing = (error: Error): Pick<Deps, "stdout"> => ({
  stdout: {
    isTerminal: false,
    write: () => Promise.reject(error),
    writeText: () => {},
  },
});

Deno.test("what could not be written is an error, unless its reader has gone", async () => {
  const full = failing(new Error("No space left on device"));
  const version = await runIn(["version"], full);
  assert.equal(version.status, 1);
  assert.equal(
    version.stderr,
    "error: Cannot write the output: No space left on device\n",
  );
  const gone = await runIn(
    ["version"],
    failing(new Deno.errors.BrokenPipe("gone")),
  );
  assert.deepEqual([gone.status, gone.stderr], [0, ""]);
  // A mistake stays the mistake that it was.
  const wrong = await runIn(["exec", "--bogus", "-o", "json"], full);
  assert.equal(wrong.status, 125);
  assert.match(wrong.stderr, /--bogus.*\n(.*\n)*.*Cannot write the output/);
});

Deno.test("a mistake has the status of its verb, and one JSON object where that is asked for", async () => {
  for (
    const [argv, status] of [
      [["exec", "--bogus"], 125],
      [["run", "--bogus"], 125],
      [["cp"], 125],
      [["tasks", "--bogus"], 2],
      [["bogus"], 2],
      [["rack", "bogus"], 2],
    ] as const
  ) {
    const { status: found, stdout } = await runIn(argv);
    assert.deepEqual([found, stdout], [status, ""], argv.join(" "));
    const json = await runIn([...argv, "-o", "json"]);
    assert.equal(json.status, status);
    if (json.stdout === "") continue;
    const answer = JSON.parse(json.stdout);
    assert.equal(answer.error.code, "usage");
    assert.ok(answer.status === undefined || answer.status === status);
  }
});

Deno.test("only verbs that write files may; a rack hides AWS before anything is started", async () => {
  for (const verb of ["version", "help", "completion", "bogus"]) {
    assert.deepEqual((await runIn([verb])).done, ["give up writing"], verb);
  }
  for (const verb of ["cp", "exec", "run", "logs"]) {
    const { done } = await runIn([verb, "--bogus"]);
    assert.deepEqual(done, [], verb);
  }
  const asked = await runIn(["tasks", "--rack", "blue"], {
    env: (name) => name === "HOME" ? "/home/ann" : undefined,
  });
  assert.equal(asked.status, 1);
  assert.match(asked.stderr, /Cannot find rack "blue"/);
  assert.equal(asked.done[0], "hide AWS");
});

Deno.test("what was started to answer a question is killed with the command", async () => {
  const killed: string[] = [];
  const ended = Promise.withResolvers<{ code: number; signal: string }>();
  const empty = () =>
    new ReadableStream<Uint8Array>({
      start: (controller) => void ended.promise.then(() => controller.close()),
    });
  const child: SpawnedProcess = {
    pid: 1,
    stdin: new WritableStream(),
    stdout: empty(),
    stderr: empty(),
    exit: ended.promise,
    kill(signal) {
      killed.push(signal);
      ended.resolve({ code: 137, signal });
    },
  };
  // A program that evaluates a file, and does not end in the time there is.
  const started = Promise.withResolvers<void>();
  const words = ["__complete", "services", "--timeout", "1h"];
  const { status, stdout } = await runIn(words, {
    sleep: () => started.promise,
    readOwnedFile: (path) =>
      path === "/ecspresso.jsonnet"
        ? Promise.resolve({ text: "{}", owners: [] })
        : Promise.reject(new Deno.errors.NotFound()),
    env: (name) => name === "PATH" ? "/bin" : undefined,
    isExecutable: () => Promise.resolve(true),
    spawn: () => {
      started.resolve();
      return child;
    },
  });
  assert.deepEqual([status, stdout], [0, ""]);
  assert.deepEqual(killed, ["SIGKILL"]);
  // What waited for it hears that it has ended, and clears its timer.
  await new Promise((resolve) => setTimeout(resolve));
});

Deno.test("completion ends with 0, and says nothing of what is wrong", async () => {
  for (const words of [["bogus"], ["services", "--bogus"], []]) {
    const { status, stdout, stderr } = await runIn(["__complete", ...words]);
    assert.deepEqual([status, stdout, stderr], [0, "", ""]);
  }
});
