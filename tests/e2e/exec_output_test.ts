import assert from "node:assert/strict";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { recordCalls } from "./record_calls.ts";
import { startProgram, testPorthole } from "./run_porthole.ts";

const sandbox = await startSandbox();
Deno.test.afterAll(() => sandbox.close());
const { env } = sandbox;
const { PORTHOLE_CONFIG: _, ...envWithoutConfig } = env;

/** What `ls -la /` prints in the container, which shows the files of this machine. */
async function listRoot(): Promise<string> {
  const { text } = await startProgram(["ls", "-la", "/"], {
    env: { LANG: "C.UTF-8" },
  }).result;
  return withoutLinkCounts(text);
}

/** The links of /proc are as many as there are processes. */
function withoutLinkCounts(listing: string): string {
  return listing.replaceAll(/^(\S{10}) +\d+ /gm, "$1 ");
}

/** The four documented lines, with nothing before, between and after them. */
function assertLogLines(stderr: string, words: string): void {
  const task = sandbox.tasks("worker")[0]?.taskId;
  const lines = [
    "Starting exec",
    `Task ID: ${task}`,
    "Container: worker",
    `Command: ${words}`,
  ];
  const time = String.raw`\d{4}/\d\d/\d\d \d\d:\d\d:\d\d`;
  assert.equal(
    stderr.replaceAll(new RegExp(`^${time} `, "gm"), "TIME "),
    lines.map((line) => `TIME [info] worker/default ${line}\n`).join(""),
  );
}

for (
  const [name, args] of [
    ["as TARGET", ["worker"]],
    ["with --service", ["--service", "worker"]],
    ["after its cluster", ["default/worker"]],
  ] as const
) {
  testPorthole(
    `the service ${name}: its listing, and four log lines`,
    async (porthole) => {
      const before = await listRoot();
      const result = await porthole.run(
        ["exec", ...args, "--", "ls", "-la", "/"],
        { env },
      );
      // Whoever else works on this machine may touch / in the meantime.
      const listing = withoutLinkCounts(result.text);
      assert([before, await listRoot()].includes(listing), listing);
      assert(!result.text.includes("\r"));
      assertLogLines(result.stderr, "ls -la /");
      assert.equal(result.status, 0);
    },
  );
}

testPorthole(
  "the service of a configuration file, found or named",
  async (porthole) => {
    const folder = await Deno.makeTempDir();
    try {
      const text = "region: us-east-1\ncluster: default\nservice: worker\n";
      await Deno.writeTextFile(`${folder}/ecspresso.yml`, text);
      await Deno.writeTextFile(`${folder}/other.yml`, text);
      for (const config of [[], ["--config", "other.yml"]]) {
        const result = await porthole.run(
          ["exec", ...config, "--", "cat", "etc/hostname"],
          { env: envWithoutConfig, cwd: folder },
        );
        assert.equal(result.text, "worker\n");
        assertLogLines(result.stderr, "cat etc/hostname");
        assert.equal(result.status, 0);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

testPorthole("words arrive as they were typed", async (porthole) => {
  const words = ["A B", 'c"d', "$HOME", "", "#x", "é"];
  const result = await porthole.run(
    [
      "exec",
      "web",
      "--pick",
      "first",
      "-c",
      "sidecar",
      "--",
      "printf",
      "%s\\n",
      ...words,
    ],
    { env },
  );
  assert.equal(result.text, 'A B\nc"d\n$HOME\n\n#x\né\n');
  assert.match(result.stderr, /Container: sidecar\n/);
  assert.equal(result.status, 0);
});

testPorthole("more awkward words", async (porthole) => {
  const words = [
    "a\nb",
    "\t",
    "\\",
    "\\n",
    "'",
    "`id`",
    "$(id)",
    "*",
    "~",
    "-n",
    "--",
    "!!",
    "a;b",
    "a&b",
    "|",
    ">",
    "{{x}}",
    "%s",
    "日本語",
    "🐚",
    " ",
    "=",
    "\x1b[31m",
  ];
  const result = await porthole.run(
    ["exec", "worker", "--", "printf", "<%s>", ...words],
    { env },
  );
  assert.equal(result.text, words.map((word) => `<${word}>`).join(""));
  assert.equal(result.status, 0);
});

testPorthole(
  "--command is a line for the container's shell",
  async (porthole) => {
    const result = await porthole.run(
      ["exec", "worker", "--command", "echo a && echo b | tr b c; echo $0 >&2"],
      { env },
    );
    assert.equal(result.text, "a\nc\nsh\n");
    assertLogLines(
      result.stderr,
      "echo a && echo b | tr b c; echo $0 >&2",
    );
    assert.equal(result.status, 0);
  },
);

testPorthole(
  "--no-shell sends the words as they are, and says that the status is unknown",
  async (porthole) => {
    const calls = recordCalls(sandbox);
    const result = await porthole.run(
      ["exec", "worker", "--no-shell", "--", "echo", "a b"],
      { env },
    );
    assert.equal(
      calls.last("ExecuteCommand").parameters["command"],
      "echo 'a b'",
    );
    assert.equal(result.text, "a b\n");
    assert.match(result.stderr, /status of the command is unknown/);
    assert.equal(result.status, 0);
  },
);

testPorthole(
  "--no-shell: what the remote terminal adds to line ends is taken back, and nothing else",
  async (porthole) => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `${i + 1}\n`);
    const odd = "a\rb\r\nc\n\n\r\r\n\r";
    for (
      const [words, expected] of [
        [["seq", "2"], "1\n2\n"],
        // Long enough for line ends to fall between two messages.
        [["seq", "20000"], lines.join("")],
        [["printf", odd], odd],
        [["printf", "\n"], "\n"],
        [["printf", "\r"], "\r"],
        [["true"], ""],
      ] as const
    ) {
      const result = await porthole.run(
        ["exec", "-q", "worker", "--no-shell", "--", ...words],
        { env },
      );
      assert(result.text === expected, `${words}`);
      // -q keeps it: a failure would look the same.
      assert.match(
        result.stderr,
        /^[^\n]*\[warn\][^\n]* The exit status of the command is unknown: [^\n]*\n$/,
      );
      assert.equal(result.status, 0);
    }
  },
);

testPorthole(
  "--no-shell: a stdin that is not sent is told of, and -n is how to say so",
  async (porthole) => {
    for (const [flags, told] of [[[], true], [["-n"], false]] as const) {
      const result = await porthole.run(
        ["exec", "-q", ...flags, "worker", "--no-shell", "--", "echo", "a"],
        { env, stdin: new TextEncoder().encode("lost\n") },
      );
      assert.equal(result.text, "a\n");
      assert.equal(
        /warn\] .*Standard input is not sent/.test(result.stderr),
        told,
        result.stderr,
      );
    }
  },
);

testPorthole(
  "--no-shell in a terminal: the remote's own line ends, and no warning",
  async (porthole) => {
    const pty = porthole.openPty(
      ["exec", "-q", "-it", "worker", "--no-shell", "--", "printf", "a\nb\n"],
      { env: { ...env, PORTHOLE_SESSION: "builtin" } },
    );
    assert.equal((await pty.exit).code, 0);
    assert.equal(pty.output, "a\r\nb\r\n");
  },
);

testPorthole("every byte arrives as it is", async (porthole) => {
  const script =
    'i=0; while [ $i -lt 256 ]; do printf "\\\\$(printf %03o $i)"; i=$((i+1)); done';
  const result = await porthole.run(
    ["exec", "worker", "--", "sh", "-c", script],
    { env },
  );
  assert.deepEqual(
    [...result.stdout],
    Array.from({ length: 256 }, (_, i) => i),
  );
});

testPorthole(
  "what is printed arrives while the command still runs",
  async (porthole) => {
    const running = porthole.start(
      ["exec", "worker", "--", "sh", "-c", "echo first; read line; echo $line"],
      { env, stdin: "silent" },
    );
    await running.waitFor("first\n");
    await running.write("second\n");
    await running.waitFor("second\n");
    const result = await running.result;
    assert.equal(result.text, "first\nsecond\n");
    assert.equal(result.status, 0);
  },
);

testPorthole("a command without output", async (porthole) => {
  const result = await porthole.run(["exec", "worker", "--", "true"], { env });
  assert.equal(result.text, "");
  assertLogLines(result.stderr, "true");
  assert.equal(result.status, 0);
});

testPorthole(
  "| head -1 ends porthole, as it would end any program",
  async (porthole) => {
    const result = await startProgram([
      "sh",
      "-c",
      '{ "$@"; echo "status $?" >&2; } | head -1',
      "sh",
      ...porthole.command(["exec", "worker", "--", "yes"]),
    ], { env }).result;
    assert.equal(result.text, "y\n");
    assert.match(result.stderr, /^status 141$/m);
    // Nothing is left behind in the container.
    await sandbox.waitFor(({ sessions }) =>
      ["exited", "closed"].includes(sessions().at(-1)?.state ?? "")
    );
  },
);

testPorthole("-q leaves the output alone", async (porthole) => {
  const result = await porthole.run(
    ["exec", "-q", "worker", "--", "echo", "a"],
    {
      env,
    },
  );
  assert.deepEqual([result.text, result.stderr, result.status], ["a\n", "", 0]);
});

testPorthole("--log-format json writes one object a line", async (porthole) => {
  const { stderr } = await porthole.run(
    ["exec", "worker", "--log-format", "json", "--", "echo", "a"],
    { env },
  );
  const lines = stderr.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ level, prefix, message }) => [level, prefix, message]),
    [
      ["info", "worker/default", "Starting exec"],
      [
        "info",
        "worker/default",
        `Task ID: ${sandbox.tasks("worker")[0]?.taskId}`,
      ],
      ["info", "worker/default", "Container: worker"],
      ["info", "worker/default", "Command: echo a"],
    ],
  );
});

testPorthole(
  "--log-format json writes an error as one object too",
  async (porthole) => {
    const { stderr, status } = await porthole.run(
      ["exec", "worker", "-c", "wroker", "--log-format", "json", "--", "echo"],
      { env },
    );
    const { error } = JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? "");
    assert.equal(error.code, "container_not_found");
    assert.match(error.hint, /"worker"/);
    assert.equal(status, 125);
  },
);
