import assert from "node:assert/strict";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { SandboxOptions } from "../sandbox/sandbox_options.ts";
import type { Pty } from "./pty.ts";
import { type Porthole, startProgram, testPorthole } from "./run_porthole.ts";

const prompt = /[#$] $/;
const sleeper = ["exec", "worker", "--", "sh", "-c", "echo up; exec sleep 60"];

/** Runs `body` with a sandbox of its own. */
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

async function openShell(porthole: Porthole, sandbox: Sandbox): Promise<Pty> {
  const pty = porthole.openPty(["exec", "worker"], { env: sandbox.env });
  await pty.waitFor(prompt);
  return pty;
}

async function assertRestored(pty: Pty, code: number): Promise<void> {
  const exit = await pty.exit;
  assert.equal(exit.code, code, pty.output);
  assert.equal(exit.sttyAfter, exit.sttyBefore);
}

/** Waits until the container's process has ended, and not only the session. */
async function waitForRemoteEnd(sandbox: Sandbox): Promise<void> {
  await sandbox.waitFor(({ events }) =>
    events().some(({ kind }) => kind === "exited")
  );
}

for (const [signal, status] of [["SIGTERM", 143], ["SIGHUP", 129]] as const) {
  testPorthole(
    `${signal} in a shell: ${status}, the terminal restored, the remote ended`,
    (porthole) =>
      withSandbox({}, async (sandbox) => {
        const pty = await openShell(porthole, sandbox);
        await pty.kill(signal);
        await assertRestored(pty, status);
        await waitForRemoteEnd(sandbox);
      }),
  );
}

testPorthole(
  "a connection that comes back: the shell goes on",
  (porthole) =>
    withSandbox({}, async (sandbox) => {
      const pty = await openShell(porthole, sandbox);
      sandbox.dropConnections();
      await pty.waitFor("Session resumed");
      pty.write("echo alive-$((1+1))\r");
      await pty.waitFor("alive-2");
      pty.write("exit 5\r");
      await assertRestored(pty, 5);
    }),
);

testPorthole(
  "a connection that AWS does not resume: 125, the terminal restored",
  (porthole) =>
    withSandbox({ resume: "none" }, async (sandbox) => {
      const pty = await openShell(porthole, sandbox);
      sandbox.dropConnections();
      await pty.waitFor("error: Cannot continue the session");
      await assertRestored(pty, 125);
    }),
);

testPorthole(
  "AWS gone for good: 125, the terminal restored",
  (porthole) =>
    withSandbox({}, async (sandbox) => {
      const pty = await openShell(porthole, sandbox);
      await sandbox.close();
      // Told is what failed last: to resume the session.
      await pty.waitFor("error: Cannot ", 60_000);
      await assertRestored(pty, 125);
    }),
  { long: true },
);

testPorthole(
  "a remote that ends by itself: its status, the terminal restored",
  (porthole) =>
    withSandbox({}, async (sandbox) => {
      const pty = await openShell(porthole, sandbox);
      pty.write("kill -KILL $$\r");
      await assertRestored(pty, 137);
    }),
);

for (
  const [signal, status] of [
    ["SIGINT", 130],
    ["SIGQUIT", 131],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const
) {
  testPorthole(
    `${signal} without a terminal: ${status}, the remote ended`,
    (porthole) =>
      withSandbox({}, async (sandbox) => {
        const running = porthole.start(sleeper, { env: sandbox.env });
        await running.waitFor("up\n");
        running.kill(signal);
        const result = await running.result;
        assert.equal(result.status, status, result.stderr);
        assert.equal(result.signal, null);
        assert.equal(result.text, "up\n");
        assert.match(
          result.stderr,
          new RegExp(`^error: Cancelled by ${signal}$`, "m"),
        );
        await waitForRemoteEnd(sandbox);
      }),
  );
}

/** The command that porthole says ends what it left, as words for `porthole`. */
function readEndingWords(stderr: string): readonly string[] {
  const [, line] = /to end it: porthole (.*)$/m.exec(stderr) ?? [];
  assert(line, stderr);
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) =>
    quoted ?? plain ?? ""
  );
}

const LEFT =
  /\[warn\] .*may still be running in the container \(process group \d+\)/;

for (
  const [name, args, signal, status] of [
    ["SIGINT", [], "SIGINT", 130],
    ["SIGTERM", [], "SIGTERM", 143],
    ["--timeout", ["--timeout", "3s"], undefined, 124],
  ] as const
) {
  testPorthole(
    `${name} while the command reads none of a long stdin: what is left is told, and the command that ends it`,
    (porthole) =>
      withSandbox({}, async (sandbox) => {
        const running = porthole.start(
          [
            "exec",
            "-q",
            ...args,
            "worker",
            "--",
            "sh",
            "-c",
            "echo up; exec sleep 600",
          ],
          { env: sandbox.env, stdin: new Uint8Array(1_000_000) },
        );
        await running.waitFor("up\n");
        // The terminal and all behind it are full then: the agent hears nothing more.
        await sandbox.waitFor(({ sessions }) =>
          sessions().some(({ received }) => received.bytes > 100_000)
        );
        if (signal !== undefined) running.kill(signal);
        const result = await running.result;
        assert.equal(result.status, status, result.stderr);
        const exited = () =>
          sandbox.events().some(({ kind }) => kind === "exited");
        // Its last key may have come through.
        if (exited()) return;
        assert.match(result.stderr, LEFT);
        const ended = await porthole.run(
          readEndingWords(result.stderr),
          { env: sandbox.env },
        );
        assert.equal(ended.status, 0, ended.stderr);
        await sandbox.waitFor(exited);
      }),
  );
}

testPorthole(
  "SIGINT that the command heeds: nothing is said of what is left",
  (porthole) =>
    withSandbox({}, async (sandbox) => {
      const running = porthole.start(sleeper, { env: sandbox.env });
      await running.waitFor("up\n");
      running.kill("SIGINT");
      const { stderr } = await running.result;
      assert.doesNotMatch(stderr, /still be running/);
    }),
);

testPorthole(
  "a command that no signal ends: what is left is told",
  (porthole) =>
    withSandbox({}, async (sandbox) => {
      const running = porthole.start(
        [
          "exec",
          "worker",
          "--",
          "sh",
          "-c",
          "trap '' INT HUP; echo up; while :; do sleep 1; done",
        ],
        { env: sandbox.env },
      );
      await running.waitFor("up\n");
      running.kill("SIGINT");
      const { status, stderr } = await running.result;
      assert.equal(status, 130);
      const ended = await porthole.run(
        readEndingWords(stderr),
        { env: sandbox.env },
      );
      assert.equal(ended.status, 0, ended.stderr);
    }),
);

testPorthole(
  "a signal during -o json is told as our own end, not the command's",
  (porthole) =>
    withSandbox({}, async (sandbox) => {
      const running = porthole.start(
        ["exec", "worker", "-o", "json", "--", "sleep", "60"],
        { env: sandbox.env },
      );
      await sandbox.waitFor(({ events }) =>
        events().some(({ kind }) => kind === "started")
      );
      running.kill("SIGTERM");
      const { status, text } = await running.result;
      const { status: told, error } = JSON.parse(text);
      assert.deepEqual([status, told, error], [143, 143, {
        code: "cancelled",
        message: "Cancelled by SIGTERM",
      }]);
      await waitForRemoteEnd(sandbox);
    }),
);

testPorthole(
  "under nohup a HUP changes nothing",
  (porthole) =>
    withSandbox({}, async (sandbox) => {
      const running = startProgram([
        "sh",
        "-c",
        'trap "" HUP; exec "$@"',
        "sh",
        ...porthole.command([
          "exec",
          "worker",
          "--",
          "sh",
          "-c",
          "echo up; sleep 1; echo done",
        ]),
      ], { env: sandbox.env });
      await running.waitFor("up\n");
      running.kill("SIGHUP");
      const { status, text } = await running.result;
      assert.deepEqual([status, text], [0, "up\ndone\n"]);
    }),
);

testPorthole(
  "a remote that heeds no signal: the second one gives up on it",
  (porthole) =>
    withSandbox({}, async (sandbox) => {
      const running = porthole.start(
        [
          "exec",
          "worker",
          "--",
          "sh",
          "-c",
          "trap '' INT TERM HUP; echo up; while :; do sleep 1; done",
        ],
        { env: sandbox.env },
      );
      await running.waitFor("up\n");
      running.kill("SIGINT");
      // Signals that are closer than half a second are one.
      await new Promise((resolve) => setTimeout(resolve, 600));
      running.kill("SIGINT");
      const begun = performance.now();
      const result = await running.result;
      assert.equal(result.status, 130);
      assert(performance.now() - begun < 3000);
    }),
);

for (
  const [signal, status] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const
) {
  testPorthole(
    `${signal} before the session is open: ${status}, told like any failure`,
    (porthole) =>
      withSandbox({ latencyMs: 1000 }, async (sandbox) => {
        const folder = await Deno.makeTempDir();
        const path = `${folder}/r.json`;
        const running = porthole.start(
          [
            "exec",
            "worker",
            "-q",
            "-o",
            "json",
            "--result",
            path,
            "--",
            "true",
          ],
          { env: sandbox.env },
        );
        await sandbox.waitFor(({ requests }) => requests().length > 0);
        running.kill(signal);
        const result = await running.result;
        assert.equal(result.status, status, result.stderr);
        assert.equal(result.signal, null);
        assert.equal(result.stderr, "error: Cancelled\n");
        for (const text of [result.text, await Deno.readTextFile(path)]) {
          const { status: told, error } = JSON.parse(text);
          assert.deepEqual([told, error], [status, {
            code: "cancelled",
            message: "Cancelled",
          }]);
        }
        await Deno.remove(folder, { recursive: true });
      }),
  );
}

testPorthole(
  "a session that AWS grants while we are cancelled is terminated",
  (porthole) =>
    withSandbox({ latencyMs: 500 }, async (sandbox) => {
      const running = porthole.start(["exec", "worker", "--", "sleep", "60"], {
        env: sandbox.env,
      });
      const asked = (operation: string) =>
        sandbox.waitFor(({ requests }) =>
          requests().some((request) => request.operation === operation)
        );
      await asked("ExecuteCommand");
      running.kill("SIGTERM");
      await asked("TerminateSession");
      const result = await running.result;
      assert.equal(result.status, 143, result.stderr);
      assert.match(result.stderr, /^error: Cancelled$/m);
    }),
);

testPorthole(
  "a signal before the session is open leaves the terminal alone",
  (porthole) =>
    withSandbox({ latencyMs: 60_000 }, async (sandbox) => {
      const pty = porthole.openPty(["exec", "worker"], { env: sandbox.env });
      await pty.waitFor("Starting exec");
      await pty.kill("SIGTERM");
      await assertRestored(pty, 143);
    }),
);
