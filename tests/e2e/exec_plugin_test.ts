import assert from "node:assert/strict";
import {
  installStandInPlugin,
  type StandIn,
  type StandInOptions,
} from "../session/plugin/stand_in_plugin.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { recordCalls } from "./record_calls.ts";
import { testPorthole } from "./run_porthole.ts";
import { testOnce } from "./test_once.ts";

const sandbox = await startSandbox();
Deno.test.afterAll(() => sandbox.close());

const [worker] = sandbox.tasks("worker");

/** Runs `body` with a stand-in for AWS's plugin in PATH. */
async function withPlugin(
  options: StandInOptions,
  body: (
    env: Readonly<Record<string, string>>,
    standIn: StandIn,
  ) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const standIn = await installStandInPlugin(folder, options);
    const PATH = `${folder}:${Deno.env.get("PATH")}`;
    await body({ ...sandbox.env, PATH }, standIn);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

testPorthole(
  "--session plugin without the plugin: AWS's page, and nothing started",
  async (porthole) => {
    const calls = recordCalls(sandbox);
    const env = { ...sandbox.env, PATH: "/usr/bin:/bin" };
    const custom = { ...env, PORTHOLE_SESSION: "plugin" };
    const plain = ["exec", "worker", "--", "ls"];
    for (
      const [args, variables, expected] of [
        [["--session", "plugin", ...plain], env, []],
        [["--via=ecs-exec", ...plain], custom, []],
        // Where it is the custom the route is found out first: Docker needs no plugin.
        [plain, custom, ["ListTasks", "DescribeTasks"]],
      ] as const
    ) {
      const before = calls.names().length;
      const result = await porthole.run(args, { env: variables });
      assert.match(
        result.stderr,
        /^error: session-manager-plugin not found in PATH$/m,
      );
      assert.match(
        result.stderr,
        /^see: https:\/\/docs\.aws\.amazon\.com\/systems-manager\/.*install-plugin\.html$/m,
      );
      assert.equal(result.text, "");
      assert.equal(result.status, 125);
      assert.deepEqual(calls.names().slice(before), expected);
    }
  },
);

testOnce(
  "a shell of the plugin's goes on after --timeout",
  (porthole) =>
    withPlugin({}, async (env) => {
      const pty = porthole.openPty(["exec", "--timeout", "6s", "worker"], {
        env,
      });
      await pty.waitFor("Starting session with SessionId: ");
      // The limit is for its opening, and over by then.
      await new Promise((resolve) => setTimeout(resolve, 7_000));
      pty.write("hello\r");
      await pty.waitFor("hello");
      pty.write("exit\r");
      assert.equal((await pty.exit).code, 0, pty.output);
    }),
);

testOnce(
  "a shell of run is the plugin's too, and its task is stopped after it",
  (porthole) =>
    withPlugin({}, async (env) => {
      const pty = porthole.openPty(["run", "worker"], { env });
      await pty.waitFor(
        "Starting session with SessionId: ecs-execute-command-",
      );
      pty.write("exit\r");
      const exit = await pty.exit;
      assert.equal(exit.code, 0, pty.output);
      assert.equal(exit.sttyAfter, exit.sttyBefore);
      await sandbox.waitFor(({ taskChanges }) =>
        taskChanges().at(-1)?.status === "STOPPED"
      );
    }),
);

testPorthole(
  "a shell is the plugin's: its arguments and environment",
  (porthole) =>
    withPlugin({}, async (env, standIn) => {
      const pty = porthole.openPty(["exec", "worker"], { env });
      await pty.waitFor(
        "Starting session with SessionId: ecs-execute-command-",
      );
      pty.write("hello\r");
      await pty.waitFor("remote: hello");
      pty.write("exit\r");
      await pty.waitFor("Exiting session with sessionId");
      const exit = await pty.exit;
      // Through the plugin the status is unknown.
      assert.equal(exit.code, 0);
      assert.equal(exit.sttyAfter, exit.sttyBefore);

      assert.deepEqual(await standIn.readArguments(), [
        "AWS_SSM_START_SESSION_RESPONSE",
        "us-east-1",
        "StartSession",
        "",
        JSON.stringify({
          Target: `ecs:default_${worker?.taskId}_${
            worker?.runtimeIds["worker"]
          }`,
        }),
        sandbox.url,
      ]);
      const { AWS_SSM_START_SESSION_RESPONSE = "", ...others } = await standIn
        .readEnvironment();
      const session = JSON.parse(AWS_SSM_START_SESSION_RESPONSE);
      const { sessionId } = sandbox.sessions().at(-1) ?? { sessionId: "" };
      assert.deepEqual(Object.keys(session), [
        "SessionId",
        "StreamUrl",
        "TokenValue",
      ]);
      assert.equal(session.SessionId, sessionId);
      assert.match(
        session.StreamUrl,
        new RegExp(`^ws://.*/${sessionId}\\?role=`),
      );
      assert.notEqual(session.TokenValue, "");
      // The plugin renews the session by itself, as whoever we are.
      assert.deepEqual(
        others,
        Object.fromEntries(
          Object.entries(sandbox.env).filter(([name]) =>
            name.startsWith("AWS_")
          ),
        ),
      );
    }),
);

testPorthole(
  "the plugin gets the command unwrapped in a terminal",
  (porthole) =>
    withPlugin({}, async (env) => {
      const calls = recordCalls(sandbox);
      const pty = porthole.openPty(
        ["exec", "-it", "worker", "--", "echo", "a b"],
        { env },
      );
      await pty.waitFor("Starting session with SessionId");
      pty.write("exit\r");
      assert.equal((await pty.exit).code, 0);
      assert.equal(
        calls.last("ExecuteCommand").parameters["command"],
        "echo 'a b'",
      );
    }),
);

testPorthole(
  "Ctrl-C, Ctrl-Z and Ctrl-\\ are the plugin's",
  (porthole) =>
    withPlugin({}, async (env, standIn) => {
      const pty = porthole.openPty(["exec", "worker"], { env });
      await pty.waitFor("Starting session with SessionId");
      pty.write("ready\r");
      await pty.waitFor("remote: ready");
      for (
        const [key, signal] of [["\x03", "INT"], ["\x1a", "TSTP"], [
          "\x1c",
          "QUIT",
        ]] as const
      ) {
        pty.write(key);
        await pty.waitFor(`<${signal}>`);
      }
      pty.write("exit\r");
      assert.equal((await pty.exit).code, 0);
      assert.deepEqual(await standIn.readSignals(), ["INT", "TSTP", "QUIT"]);
    }),
);

for (const [signal, status] of [["SIGTERM", 143], ["SIGHUP", 129]] as const) {
  testPorthole(
    `${signal} ends the plugin, the session and the raw terminal`,
    (porthole) =>
      withPlugin({}, async (env) => {
        const calls = recordCalls(sandbox);
        const pty = porthole.openPty(["exec", "worker"], { env });
        await pty.waitFor("Starting session with SessionId");
        pty.write("ready\r");
        await pty.waitFor("remote: ready");
        await pty.kill(signal);
        const exit = await pty.exit;
        assert.equal(exit.code, status);
        assert.equal(exit.sttyAfter, exit.sttyBefore);
        assert(calls.names().includes("TerminateSession"));
      }),
  );
}

testPorthole(
  "--session plugin --no-shell into a pipe: line ends as they were, and a warning that -q keeps",
  (porthole) =>
    withPlugin({ remote: "printf 'a\\r\\nb\\r\\n'" }, async (env) => {
      const calls = recordCalls(sandbox);
      const result = await porthole.run(
        ["exec", "-q", "worker", "--session=plugin", "--no-shell", "--", "ls"],
        { env },
      );
      assert.equal(calls.last("ExecuteCommand").parameters["command"], "ls");
      assert.equal(result.text, "a\nb\n");
      assert.match(result.stderr, /^[^\n]*\[warn\].*unknown[^\n]*\n$/);
      assert.equal(result.status, 0);
    }),
);

testPorthole(
  "--session auto into a pipe leaves the plugin alone",
  (porthole) =>
    withPlugin({}, async (env, standIn) => {
      const result = await porthole.run(
        ["exec", "worker", "--", "sh", "-c", "echo a; exit 7"],
        { env },
      );
      assert.equal(result.text, "a\n");
      assert.equal(result.status, 7);
      await assert.rejects(standIn.readArguments());
    }),
);

testPorthole(
  "a plugin that fails: 125, the terminal restored",
  (porthole) =>
    withPlugin({ remote: ":", ending: "none", status: 2 }, async (env) => {
      const pty = porthole.openPty(["exec", "worker"], { env });
      await pty.waitFor("error: Cannot determine how the session ended");
      const exit = await pty.exit;
      assert.equal(exit.code, 125);
      assert.equal(exit.sttyAfter, exit.sttyBefore);
    }),
);

// --- a plugin that is not one to use

const LINE = /\[(info|warn)\] .*session-manager-plugin/gm;

for (
  const [what, options, reason] of [
    ["is no program", { versionScript: "exit 126" }, "Cannot execute .*126"],
    [
      "hangs at its version",
      { versionScript: 'trap "" TERM INT; while :; do sleep 0.1; done' },
      "Cannot execute .* within 2 s",
    ],
    ["does not sign", { version: "1.2.763.0" }, "does not sign its connection"],
  ] as const satisfies readonly [string, StandInOptions, string][]
) {
  testPorthole(
    `a plugin that ${what}: auto takes the built-in client, with one line`,
    (porthole) =>
      withPlugin(options, async (env, standIn) => {
        const pty = porthole.openPty(["exec", "worker"], { env });
        await pty.waitFor(/[#$] $/);
        pty.write("exit 5\r");
        assert.equal((await pty.exit).code, 5);
        assert.match(
          pty.output.replaceAll("\r\n", "\n"),
          new RegExp(`info\\] .*${reason}.*using the built-in client .*https:`),
        );
        assert.equal(pty.output.match(LINE)?.length, 1, pty.output);
        await assert.rejects(standIn.readArguments());
      }),
  );
}

for (
  const versionScript of [
    "exit 127",
    'trap "" TERM INT; while :; do sleep 0.1; done',
  ]
) {
  testPorthole(
    `a plugin whose --version is "${versionScript}": --session plugin starts nothing`,
    (porthole) =>
      withPlugin({ versionScript }, async (env) => {
        const calls = recordCalls(sandbox);
        const pty = porthole.openPty(
          ["exec", "--session", "plugin", "worker"],
          { env },
        );
        assert.equal((await pty.exit).code, 125);
        assert.match(pty.output, /error: Cannot execute "/);
        assert.match(pty.output, /see: https:/);
        assert.deepEqual(calls.names(), []);
      }),
  );
}

testPorthole(
  "a plugin that does not sign: --session plugin warns in one line, with -q too, and goes on",
  (porthole) =>
    withPlugin({ version: "1.2.331.0" }, async (env) => {
      const pty = porthole.openPty(
        ["exec", "-q", "--session", "plugin", "worker"],
        { env },
      );
      await pty.waitFor("Starting session with SessionId");
      pty.write("ready\r");
      await pty.waitFor("remote: ready");
      pty.write("exit\r");
      assert.equal((await pty.exit).code, 0);
      assert.equal(pty.output.match(LINE)?.length, 1, pty.output);
      assert.match(pty.output, /warn\] .*does not sign.*as an argument/);
    }),
);

// --- a plugin that dies, or never opens its session

for (
  const [how, options, status] of [
    ["exits with 3", { opening: "exit 3" }, 125],
    ["crashes", { opening: "kill -SEGV $$" }, 125],
    ["exits with 3 in mid-session", { remote: "kill -9 $PPID" }, 125],
    // It always ends with 0: that is all that there is to know.
    ["ends without a word", { opening: "exit 0" }, 0],
  ] as const satisfies readonly [string, StandInOptions, number][]
) {
  testPorthole(
    `a plugin that ${how} under a shell: ${status}, and TerminateSession`,
    (porthole) =>
      withPlugin(options, async (env) => {
        const calls = recordCalls(sandbox);
        const pty = porthole.openPty(["exec", "worker"], { env });
        const exit = await pty.exit;
        assert.equal(exit.code, status, pty.output);
        assert.equal(exit.sttyAfter, exit.sttyBefore);
        assert.equal(countOf("TerminateSession", calls.names()), 1);
      }),
  );
}

/** It hears of nothing, and changes nothing of the terminal. */
const neverOpen = { opening: 'trap "" INT TERM; while :; do sleep 0.1; done' };

for (
  const [key, signal, status] of [
    ["\x03", undefined, 130],
    ["", "SIGTERM", 143],
  ] as const
) {
  testPorthole(
    `a plugin that never opens its session: ${
      signal ?? "Ctrl-C"
    } is ${status}, and TerminateSession`,
    (porthole) =>
      withPlugin(neverOpen, async (env) => {
        const calls = recordCalls(sandbox);
        const pty = porthole.openPty(["exec", "worker"], { env });
        await pty.waitFor("Starting session with SessionId");
        if (signal === undefined) pty.write(key);
        else await pty.kill(signal);
        const exit = await pty.exit;
        assert.equal(exit.code, status, pty.output);
        assert.equal(exit.sttyAfter, exit.sttyBefore);
        assert.equal(countOf("TerminateSession", calls.names()), 1);
      }),
  );
}

testPorthole(
  "a plugin that Ctrl-C ends before its session is open: 130 all the same",
  (porthole) =>
    withPlugin({ opening: "trap - INT; exec sleep 1000" }, async (env) => {
      const calls = recordCalls(sandbox);
      const pty = porthole.openPty(["exec", "worker"], { env });
      await pty.waitFor("Starting session with SessionId");
      pty.write("\x03");
      assert.equal((await pty.exit).code, 130, pty.output);
      assert.equal(countOf("TerminateSession", calls.names()), 1);
    }),
);

testPorthole(
  "a plugin that never opens its session: --timeout is 124, and TerminateSession",
  (porthole) =>
    withPlugin(neverOpen, async (env) => {
      const calls = recordCalls(sandbox);
      const pty = porthole.openPty(["exec", "--timeout", "1s", "worker"], {
        env,
      });
      const exit = await pty.exit;
      assert.equal(exit.code, 124, pty.output);
      assert.equal(exit.sttyAfter, exit.sttyBefore);
      const result = await porthole.run(
        ["exec", "--timeout=1s", "--session=plugin", "worker", "--", "ls"],
        { env },
      );
      assert.equal(result.status, 124, result.stderr);
      assert.equal(countOf("TerminateSession", calls.names()), 2);
    }),
);

testPorthole(
  "a session that is open is not ended by --timeout",
  (porthole) =>
    withPlugin({}, async (env) => {
      const pty = porthole.openPty(["exec", "--timeout", "2s", "worker"], {
        env,
      });
      await pty.waitFor("Starting session with SessionId");
      pty.write("ready\r");
      await pty.waitFor("remote: ready");
      // As long as the limit again, which began before.
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      pty.write("still\r");
      await pty.waitFor("remote: still");
      pty.write("exit\r");
      assert.equal((await pty.exit).code, 0);
    }),
);

function countOf(name: string, names: readonly string[]): number {
  return names.filter((one) => one === name).length;
}
