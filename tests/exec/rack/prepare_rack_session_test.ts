import assert from "node:assert/strict";
import type { ExecInvocation } from "../../../src/args/invocation.ts";
import type { SessionChoice } from "../../../src/choices.ts";
import { prepareRackSession } from "../../../src/exec/rack/prepare_rack_session.ts";
import { createRealDeps } from "../../../src/real_deps.ts";
import { recordLog } from "../fake_log.ts";

const INVOCATION: ExecInvocation = {
  kind: "exec",
  shared: { logFormat: "text", color: "auto", debug: false, noInput: false },
  command: { kind: "argv", argv: ["cat"] },
  interactive: false,
  tty: false,
  noStdin: false,
  noShell: false,
  dryRun: false,
  output: "text",
  stderr: "merge",
  env: [],
  privileged: false,
  agentTimeoutMs: 30_000,
};

async function prepare(
  fields: Partial<ExecInvocation>,
  { terminal = true, session = "auto" }: {
    readonly terminal?: boolean;
    readonly session?: SessionChoice;
  } = {},
) {
  const real = createRealDeps();
  const { log, said } = recordLog();
  const source = { kind: "default" } as const;
  const prepared = await prepareRackSession(
    { ...INVOCATION, ...fields },
    {
      files: [],
      cluster: { value: "default", source },
      timeoutMs: { value: 0, source },
      via: { value: "auto", source },
      session: { value: session, source },
    },
    {
      deps: {
        ...real,
        env: (name) => name === "PATH" ? "/nowhere" : undefined,
        stdin: {
          ...real.stdin,
          isTerminal: terminal,
          describe: () =>
            Promise.resolve({ kind: terminal ? "terminal" : "pipe" }),
        },
        stdout: { ...real.stdout, isTerminal: terminal },
      },
      log,
    },
  );
  return { ...prepared, said };
}

Deno.test("a terminal is kept alive, anything else is not, and --keep-alive says otherwise", async () => {
  const shell = { command: { kind: "shell" } } as const;
  const shown = await prepare(shell);
  assert.equal(shown.streams.interactive, true);
  assert.equal(shown.keepAlive, true);
  assert.equal(
    (await prepare({ ...shell, keepAlive: false })).keepAlive,
    false,
  );
  const piped = await prepare({}, { terminal: false });
  assert.equal(piped.streams.interactive, false);
  assert.equal(piped.keepAlive, false);
  assert.equal(
    (await prepare({ keepAlive: true }, { terminal: false })).keepAlive,
    true,
  );
});

Deno.test("the client is the built-in one, terminal or not, and says nothing", async () => {
  for (const terminal of [true, false]) {
    const { client, said, streams } = await prepare({}, { terminal });
    assert.deepEqual(client, { kind: "builtin" });
    assert.deepEqual(said, []);
    assert.equal(streams.stdin, !terminal);
  }
});

Deno.test("a plugin that was asked for must be there", async () => {
  await assert.rejects(prepare({}, { session: "plugin" }), {
    code: "plugin_not_found",
  });
});
