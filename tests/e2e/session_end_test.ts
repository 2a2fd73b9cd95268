import assert from "node:assert/strict";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import type { Pty } from "./pty.ts";
import { recordCalls } from "./record_calls.ts";
import type { Porthole } from "./run_porthole.ts";
import { inEveryShell, startShellSandbox } from "./start_shell_sandbox.ts";
import { testPorthole } from "./run_porthole.ts";
import { testOnce } from "./test_once.ts";

const sandbox = await startShellSandbox();
Deno.test.afterAll(() => sandbox.close());
const env = { ...sandbox.env, PORTHOLE_SESSION: "builtin" };
// deno-lint-ignore no-control-regex
const PROMPT = /[#$] (\x1b\[6n)?$/;

const sleepTellingPid = ["sh", "-c", "echo $$; exec sleep 1000"];
/** INT does nothing to it, nor to its children. */
const stubborn = ["sh", "-c", 'trap "" INT; echo $$; sleep 1000'];
/** Nothing short of KILL ends it. */
const undying = ["sh", "-c", 'trap "" INT TERM HUP; echo $$; sleep 1000'];

/** Waits until the process whose pid a command printed is no more. */
async function waitUntilGone(printed: string): Promise<void> {
  const pid = /^(\d+)\r?\n/.exec(printed)?.[1];
  assert(pid, `no pid in ${JSON.stringify(printed)}`);
  for (let round = 0; round < 50; round++) {
    const { stdout } = await new Deno.Command("ps", {
      args: ["-o", "stat=", "-p", pid],
    }).output();
    const state = new TextDecoder().decode(stdout).trim();
    // A zombie has ended, and only waits for its parent to notice.
    if (state === "" || state.startsWith("Z")) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`process ${pid} still runs`);
}

// --- the remote process ends with us

testOnce(
  "--timeout: 124, and the process is gone",
  (porthole) =>
    inEveryShell(async ({ target }) => {
      const result = await porthole.run(
        ["exec", "-q", "--timeout", "5s", ...target, "--", ...sleepTellingPid],
        { env },
      );
      assert.match(result.stderr, /^error: Cannot wait any longer/m);
      assert.equal(result.status, 124);
      await waitUntilGone(result.text);
    }),
);

for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  for (const stdin of ["null", "silent"] as const) {
    testOnce(
      `${signal}: ${status}, and the process is gone (stdin ${stdin})`,
      (porthole) =>
        inEveryShell(async ({ target }) => {
          const running = porthole.start(
            ["exec", "-q", ...target, "--", ...sleepTellingPid],
            { env, stdin },
          );
          await running.waitFor("\n");
          running.kill(signal);
          const result = await running.result;
          assert.deepEqual([result.status, result.signal], [status, null]);
          // On a busy machine its end may come too late to be seen, which is said.
          assert.match(
            result.stderr,
            new RegExp(
              `^(.*was not seen.*\n)?error: Cancelled by ${signal}\n$`,
            ),
          );
          await waitUntilGone(result.text);
        }),
    );
  }
}

testOnce(
  "SIGINT and a command that ignores it: TerminateSession",
  (porthole) =>
    inEveryShell(async ({ target }) => {
      const running = porthole.start(
        ["exec", "-q", ...target, "--", ...stubborn],
        { env },
      );
      await running.waitFor("\n");
      const calls = recordCalls(sandbox);
      running.kill("SIGINT");
      const result = await running.result;
      assert.equal(result.status, 130);
      assert(calls.names().includes("TerminateSession"));
      await waitUntilGone(result.text);
    }),
);

testPorthole("thirty SIGINTs end a session once", async (porthole) => {
  const running = porthole.start(
    ["exec", "-q", "worker", "--", ...undying],
    { env },
  );
  await running.waitFor("\n");
  const calls = recordCalls(sandbox);
  for (let times = 0; times < 30; times++) {
    running.kill("SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const result = await running.result;
  assert.equal(result.status, 130);
  assert.deepEqual(
    calls.names().filter((name) => name === "TerminateSession"),
    ["TerminateSession"],
  );
  Deno.kill(Number(result.text), "SIGKILL");
});

testOnce("a second SIGINT gives up within 2 s", async (porthole) => {
  const running = porthole.start(
    ["exec", "-q", "worker", "--", ...undying],
    { env },
  );
  await running.waitFor("\n");
  const calls = recordCalls(sandbox);
  running.kill("SIGINT");
  await new Promise((resolve) => setTimeout(resolve, 600));
  const second = performance.now();
  running.kill("SIGINT");
  const result = await running.result;
  assert(performance.now() - second < 2_300);
  assert.equal(result.status, 130);
  // In a hurry too, nothing is left behind that AWS can end.
  assert(calls.names().includes("TerminateSession"));
  Deno.kill(Number(result.text), "SIGKILL");
});

testOnce(
  "a command that reports on its own after SIGINT has its say",
  async (porthole) => {
    const running = porthole.start([
      "exec",
      "-q",
      "worker",
      "--",
      "sh",
      "-c",
      'trap "echo cleaned up; exit 4" INT; echo begun; while :; do sleep 0.1; done',
    ], { env });
    await running.waitFor("begun\n");
    running.kill("SIGINT");
    const result = await running.result;
    assert.equal(result.text, "begun\ncleaned up\n");
    assert.equal(result.status, 130);
  },
);

// --- what ends it from outside

testOnce(
  "a task that stops under an interactive shell: 125, its reason, and the terminal restored",
  async (porthole) => {
    const own = await startSandbox();
    try {
      const terminal = porthole.openPty(["exec", "worker"], {
        env: {
          ...own.env,
          PORTHOLE_SESSION: "builtin",
        },
      });
      await terminal.waitFor(PROMPT);
      own.stopTask(own.tasks("worker")[0]?.taskId ?? "", "Scaling activity");
      const { code, sttyBefore, sttyAfter } = await terminal.exit;
      assert.match(terminal.output, /error: .*STOPPED \(Scaling activity\)/);
      assert.equal(code, 125);
      assert.equal(sttyAfter, sttyBefore);
    } finally {
      await own.close();
    }
  },
);

testOnce(
  "connections that drop while output comes: resumed, every byte once",
  async (porthole) => {
    const own = await startSandbox({ messageIntervalMs: 1 });
    try {
      // The agent resends one lost message in 100 ms, and gives up 2 s after the end.
      const running = porthole.start(
        ["exec", "worker", "--", "sh", "-c", "seq 100000; sleep 4; exit 6"],
        { env: own.env },
      );
      for (const line of ["\n1000\n", "\n40000\n"]) {
        await running.waitFor(line);
        own.dropConnections();
      }
      const result = await running.result;
      const expected = Array.from({ length: 100_000 }, (_, i) => `${i + 1}\n`);
      assert(result.text === expected.join(""), result.stderr);
      assert.match(result.stderr, /connection was lost.*resuming/);
      assert.match(result.stderr, /Session resumed/);
      assert.equal(result.status, 6);
      assert(
        own.requests().map(({ operation }) => operation).includes(
          "ResumeSession",
        ),
      );
    } finally {
      await own.close();
    }
  },
);

testOnce(
  "connections that drop while input goes: every byte once",
  async (porthole) => {
    const own = await startSandbox({ delayMs: 5 });
    try {
      const input = new TextEncoder().encode(
        Array.from({ length: 100_000 }, (_, i) => `${i + 1}\n`).join(""),
      );
      const running = porthole.start(["exec", "-q", "worker", "--", "cksum"], {
        env: own.env,
        stdin: input,
      });
      for (const bytes of [100_000, 400_000]) {
        await own.waitFor(({ sessions }) =>
          (sessions()[0]?.received.bytes ?? 0) > bytes
        ).catch(() => {});
        own.dropConnections();
      }
      const result = await running.result;
      const sum = new Deno.Command("cksum", { stdin: "piped", stdout: "piped" })
        .spawn();
      const writer = sum.stdin.getWriter();
      await writer.write(input);
      await writer.close();
      const { stdout } = await sum.output();
      assert.equal(result.text, new TextDecoder().decode(stdout));
      assert.equal(result.status, 0);
    } finally {
      await own.close();
    }
  },
);

testOnce(
  "a session that AWS has ended is not resumed: 125, and why",
  async (porthole) => {
    const own = await startSandbox({ resume: "empty" });
    try {
      const running = porthole.start(
        ["exec", "-q", "worker", "--", "sh", "-c", "echo begun; sleep 60"],
        { env: own.env },
      );
      await running.waitFor("begun\n");
      own.dropConnections();
      const result = await running.result;
      assert.match(result.stderr, /^error: .*AWS has ended the session/m);
      assert.equal(result.status, 125);
    } finally {
      await own.close();
    }
  },
);

// --- ~

testOnce(
  "~. at the start of a line leaves, with 130",
  (porthole) =>
    inEveryShell(async ({ target }) => {
      const terminal = porthole.openPty(["exec", ...target], { env });
      await terminal.waitFor(PROMPT);
      terminal.write("echo 'pid' $$; exec sleep 1000\r");
      await terminal.waitFor(/pid \d+/);
      const pid = /pid (\d+)/.exec(terminal.output)?.[1];
      terminal.write("x~.\r~.");
      const { code, sttyBefore, sttyAfter } = await terminal.exit;
      assert.equal(code, 130);
      assert.equal(sttyAfter, sttyBefore);
      await waitUntilGone(`${pid}\n`);
    }),
);

/** A session whose every line comes back; what is typed before it would be echoed by our terminal too. */
async function openCat(porthole: Porthole, cat: string): Promise<Pty> {
  const line = `printf 'list%s' ening; exec ${cat}`;
  const terminal = porthole.openPty(
    ["exec", "-it", "worker", "--", "sh", "-c", line],
    { env },
  );
  await terminal.waitFor("listening");
  return terminal;
}

testOnce("~~ sends one, and an x~. is the remote's", async (porthole) => {
  const terminal = await openCat(porthole, "cat");
  terminal.write("a~.\r");
  await terminal.waitFor("a~.\r\na~.\r\n");
  terminal.write("~~.\r");
  await terminal.waitFor("~.\r\n~.\r\n");
  terminal.write("\x04");
  assert.equal((await terminal.exit).code, 0);
  assert.doesNotMatch(terminal.output, /~~/);
});

testOnce(
  "~? tells of these keys, and the remote sees nothing",
  async (porthole) => {
    const terminal = await openCat(porthole, "cat -v");
    terminal.write("a\r");
    await terminal.waitFor("a\r\na\r\n");
    terminal.write("~?");
    await terminal.waitFor("~.");
    terminal.write("b\r");
    await terminal.waitFor("b\r\nb\r\n");
    terminal.write("\x04");
    assert.equal((await terminal.exit).code, 0);
    assert.doesNotMatch(terminal.output, /~\?.*\r\n~\?b/);
  },
);
