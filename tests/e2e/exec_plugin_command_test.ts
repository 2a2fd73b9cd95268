import assert from "node:assert/strict";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import {
  type DialingPlugin,
  installDialingPlugin,
} from "../session/plugin/install_dialing_plugin.ts";
import { recordCalls } from "./record_calls.ts";
import { testPorthole } from "./run_porthole.ts";
import { testOnce } from "./test_once.ts";

// Commands through AWS's plugin: its stand-in joins the sandbox, where they run on a real terminal.

const KMS = "This session is encrypted using AWS KMS.";
const sandbox = await startSandbox({
  unsignedUpgrades: true,
  customerMessage: KMS,
  services: 6,
  images: { "service-6/app": "no-base64" },
});
Deno.test.afterAll(() => sandbox.close());

/** Runs `body` with the stand-in in PATH. */
async function withPlugin(
  body: (
    env: Readonly<Record<string, string>>,
    plugin: DialingPlugin,
  ) => Promise<void>,
  options: Parameters<typeof installDialingPlugin>[1] = {},
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const plugin = await installDialingPlugin(folder, options);
    const PATH = `${folder}:${Deno.env.get("PATH")}`;
    await body({ ...sandbox.env, PATH, PORTHOLE_SESSION: "plugin" }, plugin);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** `exec -q` in the worker's container. */
const exec = (
  ...words: readonly string[]
) => ["exec", "-q", "worker", ...words];
const allBytes =
  'i=0; while [ $i -lt 256 ]; do printf "\\\\$(printf %03o $i)"; i=$((i+1)); done';

testPorthole(
  "a command through the plugin: its bytes alone, and its status",
  (porthole) =>
    withPlugin(async (env) => {
      const cases = [
        [`echo '${KMS}'; printf 'a\\r\\nb\\r'; exit 7`, `${KMS}\na\r\nb\r`, 7],
        ["kill -9 $$", "", 137],
        ["true", "", 0],
      ] as const;
      await Promise.all(cases.map(async ([script, expected, status]) => {
        const result = await porthole.run(exec("--", "sh", "-c", script), {
          env,
        });
        assert.deepEqual(
          [result.text, result.status, result.stderr],
          [expected, status, ""],
          script,
        );
      }));
    }),
);

testPorthole(
  "every byte through the plugin",
  (porthole) =>
    withPlugin(async (env) => {
      const { stdout } = await porthole.run(exec("--", "sh", "-c", allBytes), {
        env,
      });
      assert.deepEqual([...stdout], Array.from({ length: 256 }, (_, i) => i));
    }),
);

testPorthole(
  "many lines through the plugin",
  (porthole) =>
    withPlugin(async (env) => {
      const lines = await porthole.run(exec("--", "seq", "50000"), { env });
      const expected = Array.from({ length: 50_000 }, (_, i) => `${i + 1}\n`);
      assert(lines.text === expected.join(""), lines.stderr);
      assert.equal(lines.status, 0);
    }),
);

testPorthole(
  "a program that is not there through the plugin: 127, its reason on stderr",
  (porthole) =>
    withPlugin(async (env) => {
      const cases = [["nosuch", 127], ["/etc/passwd", 126]] as const;
      await Promise.all(cases.map(async ([word, status]) => {
        const result = await porthole.run(exec("--", word), { env });
        assert.equal(result.text, "");
        assert.equal(result.status, status, result.stderr);
        assert.match(result.stderr, new RegExp(`^error: .*${word}`));
      }));
    }),
);

testPorthole(
  "output that the plugin loses, and with it the status: 125",
  (porthole) =>
    withPlugin(async (env) => {
      for (const flags of [[], ["--no-binary"]]) {
        const result = await porthole.run(
          ["exec", "-q", ...flags, "worker", "--", "seq", "60000"],
          { env },
        );
        assert.equal(result.status, 125);
        assert.match(
          result.stderr,
          /^error: Cannot determine the exit status/m,
        );
        const whole = Array.from({ length: 60_000 }, (_, i) => `${i + 1}\n`)
          .join("");
        assert(result.text.length < whole.length);
        assert(whole.startsWith(result.text), result.text.slice(-200));
      }
      const early = await porthole.run(exec("--", "true"), { env });
      assert.equal(early.status, 0, "within what is not lost");
    }, { loseAfter: 20 }),
);

testPorthole(
  "a plugin that loses all: 125, and nothing was started",
  (porthole) =>
    withPlugin(async (env) => {
      const result = await porthole.run(
        ["exec", "-q", "--timeout", "3s", "worker", "--", "echo", "a"],
        { env },
      );
      // The wrapper waits for us, and we for the wrapper.
      assert.equal(result.status, 124, result.stderr);
      assert.equal(result.text, "");
    }, { loseAfter: -1 }),
);

testPorthole(
  "stderr apart through the plugin, and what has no base64",
  (porthole) =>
    withPlugin(async (env) => {
      const script = "echo out; echo err >&2; exit 4";
      const split = await porthole.run(
        exec("--stderr", "split", "--", "sh", "-c", script),
        { env },
      );
      assert.deepEqual([split.text, split.stderr, split.status], [
        "out\n",
        "err\n",
        4,
      ]);
      const plain = await porthole.run(
        ["exec", "-q", "service-6", "--", "sh", "-c", "echo out; exit 4"],
        { env },
      );
      assert.deepEqual([plain.text, plain.status], ["out\n", 4]);
      assert.match(plain.stderr, /warn\] .*The container has no base64/);
    }),
);

testPorthole(
  "-e through the plugin: the values arrive, and are no part of the command",
  (porthole) =>
    withPlugin(async (env) => {
      const calls = recordCalls(sandbox);
      const value = `it's "q" $HOME\n\t%s \\ é ${"long ".repeat(600)}.`;
      const result = await porthole.run(
        exec(
          "-e",
          `A=${value}`,
          "-e",
          "B=b",
          "--",
          "sh",
          "-c",
          'printf %s "$A$B"',
        ),
        { env },
      );
      assert.equal(result.text, `${value}b`);
      assert.deepEqual([result.status, result.stderr], [0, ""]);
      const { parameters } = calls.last("ExecuteCommand");
      assert(!JSON.stringify(parameters).includes("long long"));
    }),
);

testPorthole(
  "-e in an interactive session: a usage error through the plugin, the built-in client with auto",
  (porthole) =>
    withPlugin(async (env) => {
      const calls = recordCalls(sandbox);
      const refused = porthole.openPty(["exec", "-e", "A=b", "worker"], {
        env,
      });
      assert.equal((await refused.exit).code, 125);
      assert.match(
        refused.output,
        /error: Cannot use "--env" in an interactive/,
      );
      assert(!calls.names().includes("ExecuteCommand"));

      const pty = porthole.openPty(["exec", "-e", "A=b", "worker"], {
        env: { ...env, PORTHOLE_SESSION: "auto" },
      });
      await pty.waitFor(/[#$] $/);
      pty.write('echo "<$A>"; exit 5\r');
      await pty.waitFor("<b>\r\n");
      assert.equal((await pty.exit).code, 5);
      assert(!pty.output.includes("Starting session with"), pty.output);
    }),
);

testPorthole(
  "the plugin's text on KMS is no output, behind the wrapper or without it",
  (porthole) =>
    withPlugin(async (env) => {
      const bare = await porthole.run(exec("--no-shell", "--", "seq", "2"), {
        env,
      });
      assert.equal(bare.text, "1\n2\n");
      assert.equal(bare.status, 0);
      const json = await porthole.run(
        [
          "exec",
          "-q",
          "worker",
          "-o",
          "json",
          "--",
          "sh",
          "-c",
          "echo a; exit 3",
        ],
        { env },
      );
      const object = JSON.parse(json.text);
      assert.deepEqual([object.output, object.status, object.carrier], [
        "a\n",
        3,
        "plugin",
      ]);
    }),
);

for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  testPorthole(
    `${signal} through the plugin: ${status}, and the command is gone`,
    (porthole) =>
      withPlugin(async (env) => {
        const running = porthole.start(
          exec("--", "sh", "-c", "echo up; exec sleep 1000"),
          { env },
        );
        await running.waitFor("up\n");
        const { sessionId } = sandbox.sessions().at(-1) ?? { sessionId: "" };
        running.kill(signal);
        const result = await running.result;
        assert.equal(result.status, status, result.stderr);
        assert.equal(result.text, "up\n");
        await sandbox.waitFor(({ events }) =>
          events().some((event) =>
            event.kind === "exited" && event.sessionId === sessionId
          )
        );
      }),
  );
}

testOnce(
  "a command that no signal ends, through the plugin: what is left is told",
  (porthole) =>
    withPlugin(async (env) => {
      const running = porthole.start(
        exec(
          "--",
          "sh",
          "-c",
          "trap '' INT HUP; echo up; while :; do sleep 1; done",
        ),
        { env },
      );
      await running.waitFor("up\n");
      running.kill("SIGINT");
      const { status, stderr } = await running.result;
      assert.equal(status, 130, stderr);
      const [, group] =
        /may still be running in the container \(process group (\d+)\)/
          .exec(stderr) ?? [];
      assert(group, stderr);
      Deno.kill(-Number(group), "SIGKILL");
    }),
);

testPorthole(
  "the plugin of a command hears no Ctrl-C of the terminal's: the command gets it once, as a key",
  (porthole) =>
    withPlugin(async (env, plugin) => {
      const script =
        'trap "echo int" INT; echo up; sleep 1000 & wait; wait; kill $!';
      const pty = porthole.openPty(exec("--", "sh", "-c", script), { env });
      await pty.waitFor("up\r\n");
      pty.write("\x03");
      await pty.waitFor("int\r\n");
      await pty.exit;
      assert.deepEqual(await plugin.readSignals(), []);
      assert.equal(pty.output.match(/int\r\n/g)?.length, 1, pty.output);
    }),
);

testPorthole(
  "a child in the background leaves no session behind",
  (porthole) =>
    withPlugin(async (env) => {
      const result = await porthole.run(
        exec("--", "sh", "-c", "sleep 1000 & echo a; exit 4"),
        { env },
      );
      assert.deepEqual([result.text, result.status], ["a\n", 4]);
      const { sessionId } = sandbox.sessions().at(-1) ?? { sessionId: "" };
      await sandbox.waitFor(({ sessions }) =>
        sessions().find((one) => one.sessionId === sessionId)?.state ===
          "closed"
      );
    }),
);

testOnce(
  "a plugin that is killed in mid-session: 125, and TerminateSession",
  (porthole) =>
    withPlugin(async (env) => {
      const calls = recordCalls(sandbox);
      const running = porthole.start(
        exec("--", "sh", "-c", "echo up; exec sleep 1000"),
        { env },
      );
      await running.waitFor("up\n");
      await new Deno.Command("sh", {
        args: [
          "-c",
          // The record is an argument of the stand-in alone.
          `for p in /proc/[0-9]*; do case $(tr '\\0' ' ' <$p/cmdline 2>/dev/null) in *"$1 0 AWS_SSM"*) kill -9 \${p#/proc/};; esac; done`,
          "sh",
          `${env["PATH"]?.split(":")[0]}/signals`,
        ],
      }).output();
      const result = await running.result;
      assert.equal(result.status, 125);
      assert.equal(result.text, "up\n");
      assert.match(result.stderr, /error: .*session-manager-plugin.*SIGKILL/);
      await sandbox.waitFor(() => calls.names().includes("TerminateSession"));
    }),
);

testOnce(
  "stdin is not sent through the plugin, and that is said",
  (porthole) =>
    withPlugin(async (env) => {
      const result = await porthole.run(
        exec("--", "sh", "-c", "cat; echo end"),
        {
          env,
          stdin: new TextEncoder().encode("lost\n"),
        },
      );
      assert.equal(result.text, "end\n");
      assert.match(result.stderr, /warn\] .*Standard input is not sent/);
      assert.equal(result.status, 0);
    }),
);

testOnce(
  "-u and -w through the plugin",
  (porthole) =>
    withPlugin(async (env) => {
      const result = await porthole.run(
        ["exec", "-q", "worker", "-u", "root", "-w", "/tmp", "--", "pwd"],
        { env },
      );
      assert.deepEqual([result.text, result.status], ["/tmp\n", 0]);
    }),
);
