import assert from "node:assert/strict";
import { readScreen } from "../../scripts/read_screen.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { recordCalls } from "./record_calls.ts";
import { testOnce } from "./test_once.ts";

const sandbox = await startSandbox();
Deno.test.afterAll(() => sandbox.close());
const { env } = sandbox;
const prompt = /[#$] $/;

function textOf(output: string): string {
  return readScreen(output).map((line) => line.map(({ text }) => text).join(""))
    .join("\n");
}

testOnce(
  "a recorded shell plays back to the same screen, for its owner alone",
  async (porthole) => {
    const path = `${sandbox.directory}/shell.cast`;
    const pty = porthole.openPty(["exec", "worker", "--record", path], { env });
    await pty.waitFor(prompt);
    const before = pty.output;
    pty.write("echo one-$((1+1)); printf 'a\\bb\\n'\r");
    await pty.waitFor("one-2");
    await pty.waitFor(prompt);
    pty.write("exit 5\r");
    const { code } = await pty.exit;
    assert.equal(code, 5, pty.output);
    const [head, ...events] = (await Deno.readTextFile(path)).trimEnd()
      .split("\n").map((line) => JSON.parse(line));
    assert.deepEqual([head.version, head.width, head.height], [2, 80, 24]);
    assert.ok(events.every(([, kind]) => kind === "o"));
    const played = events.map(([, , data]) => data).join("");
    const begin = played.indexOf("echo one");
    assert.equal(
      textOf(played.slice(begin)).trimEnd(),
      textOf(pty.output.slice(before.length)).trimEnd(),
    );
    const { mode } = await Deno.stat(path);
    assert.equal((mode ?? 0) & 0o777, 0o600);
  },
);

testOnce(
  "what cannot be recorded is a usage error, and nothing is started",
  async (porthole) => {
    const calls = recordCalls(sandbox);
    for (
      const [args, text] of [
        [["--record", "a.cast", "--", "ls"], /only interactive sessions/],
        [["--record-input", "--", "ls"], /without "--record"/],
        [["--all", "--record", "a.cast", "--", "ls"], /--record/],
      ] as const
    ) {
      const result = await porthole.run(["exec", "worker", ...args], { env });
      assert.equal(result.status, 125);
      assert.match(result.stderr, text);
    }
    const pty = porthole.openPty(
      ["exec", "worker", "--record", "/nowhere/a.cast"],
      { env },
    );
    assert.equal((await pty.exit).code, 125);
    assert.match(pty.output, /Cannot write the recording to "\/nowhere/);
    assert.ok(!calls.names().includes("ExecuteCommand"));
  },
);
