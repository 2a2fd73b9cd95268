import assert from "node:assert/strict";
import type { SessionInvocation } from "../../src/args/invocation.ts";
import { decideStreams } from "../../src/exec/prepare_ground.ts";
import type { Stdio } from "../../src/terminal/run_session.ts";

/** Decides on terminals, or where stdout goes into a file. */
function decide(
  invocation: Partial<SessionInvocation>,
  { stdoutIsTerminal = true } = {},
) {
  return decideStreams(
    {
      command: { kind: "argv", argv: ["ls"] },
      interactive: false,
      tty: false,
      noStdin: false,
      output: "text",
      dryRun: false,
      ...invocation,
    } as SessionInvocation,
    {
      stdin: {
        isTerminal: true,
        describe: () => Promise.resolve({ kind: "terminal" }),
      },
      stdout: { isTerminal: stdoutIsTerminal },
      stderr: { isTerminal: true },
    } as unknown as Stdio,
  );
}

const person = { interactive: true, tty: true } as const;
const record = { path: "a.cast", input: false };

Deno.test("bytes are kept as they are where no person reads them, or as it was asked for", async () => {
  const rows: readonly (readonly [
    Partial<SessionInvocation>,
    boolean,
    boolean,
  ])[] = [
    [{}, true, false],
    [{}, false, true],
    [{ output: "json" }, true, true],
    [{ binary: true }, true, true],
    [{ binary: false }, false, false],
    [{ binary: false, output: "json" }, true, false],
  ];
  for (const [invocation, stdoutIsTerminal, expected] of rows) {
    const { binary } = await decide(invocation, { stdoutIsTerminal });
    assert.equal(binary, expected, JSON.stringify(invocation));
  }
});

Deno.test("one object on stdout is no interactive session, and a recording is no other", async () => {
  await assert.rejects(decide({ ...person, output: "json" }), {
    code: "usage",
    message: /^Cannot use "--output json" with an interactive session/,
  });
  // A dry run prints no output of the command.
  const dry = await decide({ ...person, output: "json", dryRun: true });
  assert.equal(dry.interactive, true);
  await assert.rejects(decide({ record }), {
    code: "usage",
    message: /^Cannot use "--record"/,
  });
  assert.equal((await decide({ ...person, record })).interactive, true);
});
