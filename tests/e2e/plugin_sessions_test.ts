/** Sessions of every kind and both forms of a call, through porthole as session-manager-plugin. */
import assert from "node:assert/strict";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { SandboxOptions } from "../sandbox/sandbox_options.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import {
  openProgramPty,
  startProgram,
  type Surroundings,
} from "./run_porthole.ts";
import { startTcpServer } from "./start_tcp_server.ts";
import { chooseOne, testOnce } from "./test_once.ts";
import {
  linkPlugin,
  startSession,
  type WaitingSession,
  writeCall,
} from "./use_plugin.ts";

const ignore = chooseOne().variant !== "binary";
const plugin = `${await linkPlugin()}/session-manager-plugin`;

async function withSandbox(
  options: Partial<SandboxOptions>,
  body: (sandbox: Sandbox) => Promise<void>,
): Promise<void> {
  const sandbox = await startSandbox(options);
  try {
    await body(sandbox);
  } finally {
    await sandbox.close();
  }
}

/** Calls the plugin to its end; whatever it says, the token is not in it. */
async function call(
  waiting: WaitingSession,
  form: "word" | "variable",
  sandbox: Sandbox,
  around: Surroundings = {},
) {
  const { words, env } = writeCall(waiting, form, sandbox);
  const result = await startProgram([plugin, ...words], { env, ...around })
    .result;
  const token = waiting.session["TokenValue"]!;
  assert.ok(!`${result.text}${result.stderr}`.includes(token));
  return result;
}

const runCommand = (
  sandbox: Sandbox,
  command: string,
  separateOutputStream = "true",
) =>
  startSession(sandbox, "AWS-StartNonInteractiveCommand", {
    command: [command],
    separateOutputStream: [separateOutputStream],
  });

for (const kms of [false, true]) {
  const title = kms ? ", encrypted with a KMS key" : "";
  testOnce(
    `a command that is not interactive${title}: its streams apart, and its status where the caller may have it`,
    () =>
      withSandbox({ kms }, async (sandbox) => {
        const command =
          "sh -c 'echo out; echo err >&2; printf \"\\377\\0\"; exit 7'";
        for (const [form, status] of [["variable", 7], ["word", 0]] as const) {
          const result = await call(
            await runCommand(sandbox, command),
            form,
            sandbox,
            // Nobody reads it, and it must not be waited for.
            { stdin: "silent" },
          );
          assert.equal(result.status, status, result.stderr);
          assert.deepEqual(
            [...result.stdout],
            [...new TextEncoder().encode("out\n"), 0xff, 0],
          );
          assert.match(
            result.stderr,
            /^\nStarting session with SessionId: \S+\nerr\n\n\nExiting session with sessionId: \S+\.\n\n$/,
          );
        }
        const killed = await call(
          await runCommand(sandbox, "sh -c 'kill -9 $$'"),
          "variable",
          sandbox,
        );
        assert.equal(killed.status, 137, killed.stderr);
        const called = sandbox.requests().some(({ operation }) =>
          operation === "GenerateDataKey"
        );
        assert.equal(called, kms);
      }),
    { ignore },
  );
}

testOnce(
  "a command whose status should have come and has not is 125, and one that has none is 0",
  () =>
    withSandbox({}, async (sandbox) => {
      const together = await call(
        await runCommand(sandbox, "sh -c 'echo err >&2; exit 7'", "false"),
        "variable",
        sandbox,
      );
      assert.deepEqual([together.text, together.status], ["err\n", 0]);
      const waiting = await runCommand(sandbox, "sleep 73021");
      const { words, env } = writeCall(waiting, "variable", sandbox);
      const running = startProgram([plugin, ...words], { env });
      await sandbox.waitFor(({ events }) =>
        events().filter(({ kind }) => kind === "started").length === 2
      );
      // The agent goes without a word.
      const [task] = sandbox.tasks("worker");
      sandbox.stopTask(task!.taskId);
      sandbox.dropConnections();
      const lost = await running.result;
      assert.equal(lost.status, 125, lost.stderr);
      assert.match(lost.stderr, /\nerror: Cannot /);
    }),
  { ignore },
);

testOnce(
  "a command that is not interactive leaves the terminal as it is, and Ctrl-C ends it",
  () =>
    withSandbox({}, async (sandbox) => {
      const { words, env } = writeCall(
        await runCommand(sandbox, "sh -c 'echo one; echo two; sleep 73022'"),
        "variable",
        sandbox,
      );
      const pty = openProgramPty([plugin, ...words], { env });
      await pty.waitFor("one\r\ntwo\r\n");
      pty.write("\x03");
      const { code, sttyBefore, sttyAfter } = await pty.exit;
      assert.deepEqual([code, sttyAfter], [130, sttyBefore]);
      await sandbox.waitFor(({ sessions }) =>
        sessions().every(({ state }) => state === "closed")
      );
    }),
  { ignore },
);

testOnce(
  "an encrypted shell in a terminal, an encrypted pipe, and a port beside them that is never encrypted",
  () =>
    withSandbox({ kms: true }, async (sandbox) => {
      const shell = await startSession(
        sandbox,
        "SSM-SessionManagerRunShell",
        {},
      );
      const { words, env } = writeCall(shell, "word", sandbox);
      const pty = openProgramPty([plugin, ...words], { env });
      await pty.waitFor(/[#$] $/);
      pty.write("stty size; exit 9\r");
      await pty.waitFor("24 80");
      assert.equal((await pty.exit).code, 0);
      assert.match(pty.output, /Exiting session with sessionId/);

      const piped = await call(
        await startSession(sandbox, "AWS-StartInteractiveCommand", {
          command: ["sh -c 'stty -echo; read line; echo got $line'"],
        }),
        "variable",
        sandbox,
        { stdin: new TextEncoder().encode("a line\n") },
      );
      assert.match(piped.text, /got a line\r?\n/);
      assert.equal(piped.status, 0, piped.stderr);

      using server = startTcpServer(async (connection) =>
        await connection.write(`said ${await connection.readUntil("\n")}`)
      );
      const raw = await call(
        await startSession(sandbox, "AWS-StartSSHSession", {
          portNumber: [`${server.port}`],
        }),
        "word",
        sandbox,
        { stdin: new TextEncoder().encode("hello\n") },
      );
      assert.deepEqual([raw.text, raw.stderr, raw.status], [
        "said hello\n",
        "",
        0,
      ]);
    }),
  { ignore },
);

testOnce(
  "a key that may not be used is told, without the token: 125 from a variable, 0 from a word",
  () =>
    withSandbox({ kms: { fault: "denied" } }, async (sandbox) => {
      for (const [form, status] of [["variable", 125], ["word", 0]] as const) {
        const refused = await call(
          await runCommand(sandbox, "echo hi"),
          form,
          sandbox,
        );
        assert.deepEqual([refused.text, refused.status], ["", status]);
        assert.match(refused.stderr, /error: Cannot [^]*kms:GenerateDataKey/);
      }
    }),
  { ignore },
);
