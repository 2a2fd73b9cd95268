import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { startProgram } from "./run_porthole.ts";
import { inEveryShell, startShellSandbox } from "./start_shell_sandbox.ts";
import { testOnce } from "./test_once.ts";

const sandbox = await startShellSandbox({
  services: 7,
  images: { "service-6/app": "no-stty", "service-7/app": "no-base64" },
});
Deno.test.afterAll(() => sandbox.close());
const env = { ...sandbox.env, PORTHOLE_SESSION: "builtin" };

const long = Deno.env.get("PORTHOLE_TEST_LONG") === "1";
const random = new Uint8Array(randomBytes((long ? 64 : 8) * 1024 * 1024));

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

testOnce(
  `${random.length / 1024 / 1024} MiB of any bytes, both ways`,
  async (porthole) => {
    const result = await porthole.run(["exec", "-q", "worker", "--", "cat"], {
      env,
      stdin: random,
    });
    assert.equal(sha256(result.stdout), sha256(random));
    assert.deepEqual([result.stderr, result.status], ["", 0]);
  },
);

testOnce(
  "a mebibyte into every shell, and the command's status",
  (porthole) =>
    inEveryShell(async ({ target }) => {
      const bytes = random.subarray(0, 1024 * 1024);
      const result = await porthole.run(
        ["exec", "-q", ...target, "--", "sh", "-c", "sha256sum; exit 9"],
        { env, stdin: bytes },
      );
      assert.equal(result.text, `${sha256(bytes)}  -\n`);
      assert.equal(result.status, 9);
    }),
);

testOnce(
  "gzip -d and tar on the far end",
  (porthole) =>
    inEveryShell(async ({ target }) => {
      const text = "all that glitters\n".repeat(10_000);
      const unpacked = await porthole.run(
        ["exec", "-q", ...target, "--", "gzip", "-d"],
        { env, stdin: new Uint8Array(gzipSync(text)) },
      );
      assert.equal(unpacked.text, text);

      const folder = await Deno.makeTempDir();
      try {
        await Deno.writeFile(`${folder}/file`, random.subarray(0, 100_000));
        const archive = await startProgram(
          ["tar", "-C", folder, "-cf", "-", "file"],
        ).result;
        const listed = await porthole.run(
          ["exec", "-q", ...target, "--", "tar", "-t"],
          { env, stdin: archive.stdout },
        );
        assert.deepEqual([listed.text, listed.status], ["file\n", 0]);
        await Deno.mkdir(`${folder}/out`);
        const extracted = await porthole.run(
          ["exec", "-q", ...target, "--", "tar", "-C", `${folder}/out`, "-x"],
          { env, stdin: archive.stdout },
        );
        assert.deepEqual([extracted.text, extracted.status], ["", 0]);
        assert.equal(
          sha256(await Deno.readFile(`${folder}/out/file`)),
          sha256(random.subarray(0, 100_000)),
        );
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    }),
);

testOnce(
  "a command that ends early: status 0, soon, with 8 MiB still to come",
  (porthole) =>
    inEveryShell(async ({ target }) => {
      const start = performance.now();
      const result = await startProgram([
        "sh",
        "-c",
        'head -c 8388608 /dev/zero | { "$@"; echo "status $?"; }',
        "sh",
        ...porthole.command([
          "exec",
          "-q",
          ...target,
          "--",
          "head",
          "-c",
          "10",
        ]),
      ], { env }).result;
      assert.equal(result.text, "\0".repeat(10) + "status 0\n");
      assert.equal(result.stderr, "");
      assert(performance.now() - start < 6_000);
      // Nothing of ours is left in the container, waiting for more.
      await sandbox.waitFor(({ sessions }) =>
        sessions().every(({ state }) => state === "closed")
      );
    }),
);

for (const [name, target] of [["base64", "worker"], ["printf", "service-7"]]) {
  testOnce(
    `${name}: a slow producer's line reaches the command before the next one`,
    async (porthole) => {
      const running = porthole.start(
        ["exec", "-q", target ?? "", "--", "cat"],
        { env, stdin: "silent" },
      );
      await running.write("first\n");
      await running.waitFor("first\n");
      for (const line of ["a\n", "bc\n", "part of a line", " and its end\n"]) {
        const start = performance.now();
        await running.write(line);
        await running.waitFor(line);
        const milliseconds = performance.now() - start;
        assert(milliseconds < 1_000, `${milliseconds} ms`);
      }
      await running.closeStdin();
      const result = await running.result;
      assert.equal(result.text, "first\na\nbc\npart of a line and its end\n");
      assert.equal(result.status, 0);
    },
  );
}

testOnce("every byte in a container without base64", async (porthole) => {
  const bytes = random.subarray(0, 100_000);
  const result = await porthole.run(
    ["exec", "-q", "service-7", "--", "sha256sum"],
    { env, stdin: bytes },
  );
  assert.equal(result.text, `${sha256(bytes)}  -\n`);
  assert.equal(result.status, 0);
});

testOnce(
  "without stty nothing is sent: 125, and the command is gone",
  async (porthole) => {
    const running = porthole.start(
      ["exec", "-q", "service-6", "--", "sh", "-c", "echo $$; exec sleep 1000"],
      { env, stdin: "silent" },
    );
    await running.waitFor("\n");
    await running.write("secret\n");
    const result = await running.result;
    assert.match(result.stderr, /^error: Cannot send stdin: .*no stty/m);
    assert.match(result.stderr, /^hint: -n /m);
    assert.equal(result.status, 125);
    assert.doesNotMatch(result.text, /secret/);
    await sandbox.waitFor(({ sessions }) =>
      ["exited", "closed"].includes(sessions().at(-1)?.state ?? "")
    );
  },
);

testOnce(
  "without stty, an input without bytes is no hindrance",
  async (porthole) => {
    const result = await porthole.run(
      ["exec", "-q", "service-6", "--", "wc", "-c"],
      { env, stdin: new Uint8Array() },
    );
    assert.deepEqual([result.text, result.stderr, result.status], [
      "0\n",
      "",
      0,
    ]);
  },
);

for (const stdin of ["null", "closed", new Uint8Array()] as const) {
  testOnce(
    `stdin ${typeof stdin === "string" ? stdin : "empty"}: at its end`,
    (porthole) =>
      inEveryShell(async ({ target }) => {
        const result = await porthole.run(
          ["exec", "-q", ...target, "--", "wc", "-c"],
          { env, stdin },
        );
        assert.equal(result.text.trim(), "0");
        assert.equal(result.status, 0);
      }),
  );
}

testOnce(
  "-n inside a while loop",
  (porthole) =>
    inEveryShell(async ({ target }) => {
      const loop = 'while read -r line; do "$@" "$line"; done';
      const result = await startProgram([
        "sh",
        "-c",
        loop,
        "sh",
        ...porthole.command(["exec", "-q", "-n", ...target, "--", "echo"]),
      ], { env, stdin: new TextEncoder().encode("a\nb\n") }).result;
      assert.deepEqual([result.text, result.status], ["a\nb\n", 0]);
    }),
);

testOnce(
  "stdin that nothing reads is warned of, with -q too; what is read in part is not",
  (porthole) =>
    inEveryShell(async ({ target }) => {
      const long = random.subarray(0, 2 * 1024 * 1024);
      const list = new TextEncoder().encode("app\netc\n");
      for (
        const [line, stdin, isUnread] of [
          ["exit 7", list, true],
          ["exec <&-; echo out; sleep .3; exit 7", list, true],
          ["sleep .3; exit 7", long, true],
          ["read -r x; exit 7", list, false],
          ["head -c 1 >/dev/null; sleep .2; exit 7", long, false],
          ["cat >/dev/null; exit 7", list, false],
          ["exit 7", new Uint8Array(), false],
        ] as const
      ) {
        const { status, stderr, text } = await porthole.run(
          ["exec", "-q", ...target, "--", "sh", "-c", line],
          { env, stdin },
        );
        assert.deepEqual([status, text], [
          7,
          line.includes("echo") ? "out\n" : "",
        ]);
        const warnings = stderr.split("\n").slice(0, -1);
        assert.equal(warnings.length, isUnread ? 1 : 0, `${line}: ${stderr}`);
        if (isUnread) assert.match(stderr, / \[warn\] .* read none of it; /);
      }
    }),
);

testOnce(
  "a stdin that stays open and silent costs a command nothing",
  async (porthole) => {
    const result = await porthole.run(
      ["exec", "-q", "worker", "--timeout", "30s", "--", "true"],
      { env, stdin: "silent" },
    );
    assert.deepEqual([result.status, result.stderr], [0, ""]);
  },
);
