import assert from "node:assert/strict";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { recordCalls } from "./record_calls.ts";
import { openProgramPty, type Porthole, testPorthole } from "./run_porthole.ts";
import type { Pty } from "./pty.ts";

const sandbox = await startSandbox();
Deno.test.afterAll(() => sandbox.close());
const env = { ...sandbox.env, NO_COLOR: "1" };

// Oldest first; the sandbox lists the youngest first.
const [first = "", second = ""] = sandbox.tasks("web")
  .map(({ taskId }) => taskId).toReversed();
const question = "Select task number (1-2): ";

/** A command that needs no terminal of its own, so that the picker is all there is. */
const command = ["exec", "web", "-c", "web", "--", "echo", "done"];

async function openPicker(porthole: Porthole): Promise<Pty> {
  const pty = porthole.openPty(command, { env });
  await pty.waitFor(question);
  return pty;
}

testPorthole(
  "the documented list and question, and the second task",
  async (porthole) => {
    const calls = recordCalls(sandbox);
    const pty = await openPicker(porthole);
    assert.equal(
      pty.output.replaceAll("\r", "").replaceAll(/^[\d/]+ [\d:]+ /gm, ""),
      "[info] web/default Starting exec\n" +
        "[info] web/default Select task:\n" +
        `1. ${first} (RUNNING)\n` +
        `2. ${second} (RUNNING)\n` +
        question,
    );
    pty.write("2\r");
    await pty.waitFor(`Task ID: ${second}`);
    await pty.waitFor("done");
    const exit = await pty.exit;
    assert.equal(exit.code, 0);
    assert.equal(exit.sttyAfter, exit.sttyBefore);
    assert.match(
      String(calls.last("ExecuteCommand").parameters["task"]),
      new RegExp(`${second}$`),
    );
  },
);

testPorthole("rows say more where there are colours", async (porthole) => {
  const pty = porthole.openPty(command, { env: sandbox.env });
  await pty.waitFor(`1. ${first} (RUNNING)`);
  await pty.waitFor(
    // deno-lint-ignore no-control-regex
    /^ \x1b\[2m1h {2}web:6 {2}us-east-1b {2}HEALTHY\x1b\[22m\r\n/,
  );
  await pty.waitFor(question);
  pty.write("1\r");
  assert.equal((await pty.exit).code, 0);
});

testPorthole(
  "an id's beginning answers too; nonsense and nothing ask again",
  async (porthole) => {
    const pty = await openPicker(porthole);
    for (const answer of ["", "0", "3", "-1", "2x", "no such task", "  "]) {
      pty.write(`${answer}\r`);
      await pty.waitFor(question);
    }
    pty.write(`${second.slice(0, 8)}\r`);
    await pty.waitFor(`Task ID: ${second}`);
    assert.equal((await pty.exit).code, 0);
  },
);

for (const [name, key] of [["Ctrl-C", "\x03"], ["Ctrl-D", "\x04"]] as const) {
  testPorthole(
    `${name} leaves the picker with 130, and nothing is started`,
    async (porthole) => {
      const calls = recordCalls(sandbox);
      const pty = await openPicker(porthole);
      pty.write(key);
      const exit = await pty.exit;
      assert.equal(exit.code, 130);
      assert.equal(exit.sttyAfter, exit.sttyBefore);
      assert.match(pty.output, /\n(error: )?Cancelled\r?\n$/);
      assert(!calls.names().includes("ExecuteCommand"));
    },
  );
}

testPorthole(
  "it asks on stderr, so that stdout may be a file",
  async (porthole) => {
    const folder = await Deno.makeTempDir();
    try {
      const pty = openProgramPty(
        ["sh", "-c", '"$@" >out', "sh", ...porthole.command(command)],
        { env, cwd: folder },
      );
      await pty.waitFor(question);
      pty.write("1\r");
      assert.equal((await pty.exit).code, 0);
      assert.equal(await Deno.readTextFile(`${folder}/out`), "done\n");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

testPorthole(
  "it asks at the terminal while stdin is a pipe, which is the command's",
  async (porthole) => {
    const pty = openProgramPty(
      [
        "sh",
        "-c",
        'echo piped | "$@"',
        "sh",
        ...porthole.command(["exec", "web", "-c", "web", "--", "cat"]),
      ],
      { env },
    );
    await pty.waitFor(question);
    pty.write("2\r");
    await pty.waitFor(`Task ID: ${second}`);
    await pty.waitFor("piped");
    const exit = await pty.exit;
    assert.equal(exit.code, 0);
    assert.equal(exit.sttyAfter, exit.sttyBefore);
  },
);

testPorthole(
  "it asks nobody in the background, or with --no-input: the candidates are listed",
  async (porthole) => {
    for (
      const [script, args] of [
        ['set -m; echo piped | "$@" & wait', command],
        ['set -m; "$@" & wait', command],
        ['echo piped | "$@"', ["--no-input", ...command]],
      ] as const
    ) {
      const pty = openProgramPty(
        ["sh", "-c", script, "sh", ...porthole.command(args)],
        { env },
      );
      await pty.waitFor("error: Cannot choose a task");
      await pty.exit;
    }
  },
);

testPorthole("one running task is taken without asking", async (porthole) => {
  const pty = porthole.openPty(["exec", "worker", "--", "echo", "done"], {
    env,
  });
  await pty.waitFor("done");
  assert.equal((await pty.exit).code, 0);
  assert(!pty.output.includes("Select task"));
});

for (const [how, task] of [["first", first], ["newest", second]] as const) {
  testPorthole(`--pick ${how} does not ask`, async (porthole) => {
    const result = await porthole.run(
      ["exec", "web", "--pick", how, "--", "echo", "done"],
      { env },
    );
    assert.match(result.stderr, new RegExp(`Task ID: ${task}\n`));
    // The first of the task definition, which AWS lists last.
    assert.match(result.stderr, /Container: web\n/);
    assert.equal(result.text, "done\n");
  });
}

testPorthole(
  "without a terminal the candidates are listed",
  async (porthole) => {
    const calls = recordCalls(sandbox);
    const result = await porthole.run(["exec", "web", "--", "true"], { env });
    assert.match(result.stderr, /^error: Cannot choose a task of .*web/m);
    assert.match(result.stderr, /^hint: .*--task-id.*--pick/m);
    for (const task of [first, second]) assert(result.stderr.includes(task));
    assert.equal(result.text, "");
    assert.equal(result.status, 125);
    assert(!calls.names().includes("ExecuteCommand"));
  },
);

testPorthole("--no-input does not ask, terminal or not", async (porthole) => {
  const pty = porthole.openPty(["--no-input", ...command], { env });
  await pty.waitFor("error: Cannot choose a task");
  const exit = await pty.exit;
  assert.equal(exit.code, 125);
  assert.equal(exit.sttyAfter, exit.sttyBefore);
});
