import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { startRack } from "../sandbox/start_rack.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { startProgram, testPorthole } from "./run_porthole.ts";

const sandbox = await startSandbox({ unsignedUpgrades: true });
const relay = startRack(sandbox);
const handoff = startRack(sandbox, { handsOff: true });
Deno.test.afterAll(async () => {
  await relay.close();
  await handoff.close();
  await sandbox.close();
});

/** Nothing of AWS's is there. */
const ways = [
  { name: "a relay", env: { PORTHOLE_RACK: relay.secretUrl } },
  { name: "a hand-off", env: { PORTHOLE_RACK: handoff.secretUrl } },
];

for (const { name, env } of ways) {
  for (
    const [command, status] of [
      ["exit 0", 0],
      ["exit 7", 7],
      ["exit 126", 126],
      ["exit 127", 127],
      ["kill -TERM $$", 143],
    ] as const
  ) {
    testPorthole(
      `${name}: "${command}" ends with ${status}`,
      async (porthole) => {
        const result = await porthole.run(
          ["exec", "worker", "--command", command],
          { env },
        );
        assert.equal(result.status, status, result.stderr);
        assert.equal(result.text, "");
      },
    );
  }

  testPorthole(`${name}: output alone is on stdout`, async (porthole) => {
    const result = await porthole.run(
      ["exec", "default/worker", "--", "printf", "a\\nb"],
      { env },
    );
    assert.equal(result.text, "a\nb");
    assert.equal(result.status, 0, result.stderr);
  });

  testPorthole(`${name}: a command that is missing`, async (porthole) => {
    const result = await porthole.run(["exec", "worker", "--", "nosuch"], {
      env,
    });
    assert.equal(result.status, 127, result.stderr);
    assert.match(result.stderr, /Cannot start the command: nosuch: not found/);
  });

  testPorthole(
    `${name}: words that a header cannot carry arrive as they are`,
    async (porthole) => {
      const words = [
        "a\nb\n",
        "é'\"",
        "-n",
        "%s\\",
        "",
        " x ",
        "\x7f\t",
        "$(x)",
      ];
      const result = await porthole.run(
        ["exec", "worker", "--", "printf", "[%s]", ...words],
        { env },
      );
      assert.equal(result.text, words.map((word) => `[${word}]`).join(""));
      assert.equal(result.status, 0, result.stderr);
    },
  );

  testPorthole(`${name}: user, directory and variables`, async (porthole) => {
    const result = await porthole.run([
      "exec",
      "worker",
      "-w",
      "/",
      "-e",
      "A=é\n'",
      "--command",
      'pwd; printf %s "$A"',
    ], { env });
    assert.equal(result.text, "/\né\n'");
    assert.equal(result.status, 0, result.stderr);
  });

  // The machines that test are slow: the whole size is for those that have the time.
  for (const long of [false, true]) {
    const [out, into] = long ? [20_000_000, 8_000_000] : [2_000_000, 800_000];

    testPorthole(`${name}: ${out} bytes out, exactly`, async (porthole) => {
      const file = await Deno.makeTempFile();
      const bytes = randomBytes(out);
      await Deno.writeFile(file, bytes);
      const result = await porthole.run(["exec", "worker", "--", "cat", file], {
        env,
      });
      assert.equal(result.status, 0, result.stderr);
      assert.equal(digest(result.stdout), digest(bytes));
      await Deno.remove(file);
    }, { long });

    testPorthole(`${name}: ${into} bytes in, exactly`, async (porthole) => {
      const bytes = randomBytes(into);
      const result = await porthole.run(["exec", "worker", "--", "sha256sum"], {
        env,
        stdin: new Uint8Array(bytes),
      });
      assert.equal(result.status, 0, result.stderr);
      assert.equal(result.text, `${digest(bytes)}  -\n`);
    }, { long });
  }

  testPorthole(`${name}: -n, and a file as stdin`, async (porthole) => {
    const none = await porthole.run(["exec", "worker", "-n", "--", "cat"], {
      env,
      stdin: new TextEncoder().encode("unread"),
    });
    assert.deepEqual([none.text, none.status], ["", 0], none.stderr);
    const file = await Deno.makeTempFile();
    await Deno.writeTextFile(file, "one\ntwo");
    const read = await porthole.run(["exec", "worker", "--", "cat"], {
      env,
      stdin: { file },
    });
    assert.deepEqual([read.text, read.status], ["one\ntwo", 0], read.stderr);
    await Deno.remove(file);
  });

  testPorthole(`${name}: a shell in a terminal`, async (porthole) => {
    const pty = porthole.openPty(["exec", "worker"], {
      env,
      columns: 91,
      rows: 33,
    });
    await pty.waitFor(/[$#] /);
    pty.write("stty size; echo do''ne\r");
    await pty.waitFor("33 91");
    await pty.waitFor("done");
    pty.write("sh -c 'echo slee''ping; sleep 100'\r");
    await pty.waitFor("sleeping");
    pty.write("\x03");
    await pty.waitFor(/[$#] /);
    pty.write("exit 5\r");
    assert.equal((await pty.exit).code, 5);
  });

  testPorthole(`${name}: -o json`, async (porthole) => {
    const { text, status } = await porthole.run(
      ["exec", "worker", "-o", "json", "--", "sh", "-c", "echo out; exit 3"],
      { env },
    );
    const object = JSON.parse(text);
    assert.equal(status, 3);
    assert.equal(object.status, 3);
    assert.equal(object.output, "out\n");
    assert.equal(object.container, null);
    assert.equal(object.runtime_id, null);
    assert.equal(object.cluster, "default");
    assert.equal(object.service, "worker");
    assert.equal(
      object.rack.carrier,
      name === "a relay" ? "relay" : "handoff",
    );
  });
}

for (const { name, env } of ways) {
  testPorthole(`${name}: Ctrl-C reaches the command`, async (porthole) => {
    const running = porthole.start(
      [
        "exec",
        "worker",
        "--",
        "sh",
        "-c",
        "trap 'echo heard; exit 9' INT; echo ready; while :; do sleep 0.1; done",
      ],
      { env },
    );
    await running.waitFor("ready");
    running.kill("SIGINT");
    await running.waitFor("heard");
    assert.equal((await running.result).status, 130);
    await relay.waitFor(() => relay.running() === 0);
  });
}

testPorthole(
  "a command that goes on is told, with how to end it",
  async (porthole) => {
    const running = porthole.start(
      [
        "exec",
        "worker",
        "--timeout",
        "1s",
        "--",
        "sh",
        "-c",
        "trap '' INT; sleep 8",
      ],
      { env: { PORTHOLE_RACK: relay.secretUrl } },
    );
    const { status, stderr } = await running.result;
    assert.equal(status, 124);
    assert.match(
      stderr,
      /may still be running .*\(process group \d+\); to end it: porthole exec --cluster default --task-id \w{12} --command 'kill -TERM -\d+'/,
    );
    assert.ok(!stderr.includes("secret-token"));
  },
);

for (const { name, env } of ways) {
  testPorthole(`${name}: the reader of stdout may go`, async (porthole) => {
    const [program, ...words] = porthole.command([
      "exec",
      "worker",
      "--",
      "yes",
      "line",
    ]);
    const result = await startProgram(
      [
        "bash",
        "-c",
        '"$@" | head -1; exit ${PIPESTATUS[0]}',
        "bash",
        program,
        ...words,
      ],
      { env },
    ).result;
    assert.equal(result.text, "line\n");
    assert.equal(result.status, 141, result.stderr);
  });
}

testPorthole(
  "what cannot be had over a rack is refused before anything is started",
  async (porthole) => {
    const before = relay.connections().opened;
    const env = { PORTHOLE_RACK: relay.secretUrl };
    for (
      const [args, says, expected] of [
        [["exec", "worker", "-c", "worker", "--", "ls"], "over a rack", 125],
        [
          ["exec", "worker", "--", "echo", "x".repeat(15_000)],
          "15000 is the most",
          125,
        ],
        [
          ["status", "worker"],
          "only exec in one task, cp, run, tasks and doctor go through one",
          2,
        ],
      ] as const
    ) {
      const { status, stderr, text } = await porthole.run(args, { env });
      assert.equal(status, expected, stderr);
      assert.ok(stderr.includes(says), stderr);
      assert.equal(text, "");
    }
    // The first two have asked which kind of rack it is, and no more.
    assert.equal(relay.connections().opened, before + 2);
  },
);

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
