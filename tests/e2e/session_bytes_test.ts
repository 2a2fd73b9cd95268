import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { testPorthole } from "./run_porthole.ts";
import { inEveryShell, startShellSandbox } from "./start_shell_sandbox.ts";
import { testOnce } from "./test_once.ts";

const sandbox = await startShellSandbox({
  services: 7,
  images: { "service-6/app": "no-stty", "service-7/app": "no-base64" },
});
Deno.test.afterAll(() => sandbox.close());
const env = { ...sandbox.env, PORTHOLE_SESSION: "builtin" };
const folder = await Deno.makeTempDir();
Deno.test.afterAll(() => Deno.remove(folder, { recursive: true }));

const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const random = new Uint8Array(randomBytes(1024 * 1024));
const text =
  "one\ntwo\r\nthree\n\rfour\n\n\x1b[31m\x04\x03 \ufffd é 🐚\ufffd\n" +
  `${"x".repeat(5000)}\nlast`;

async function writeFile(
  name: string,
  data: Uint8Array | string,
): Promise<string> {
  const path = `${folder}/${name}`;
  const bytes = typeof data === "string"
    ? new TextEncoder().encode(data)
    : data;
  await Deno.writeFile(path, bytes);
  return path;
}

const files = {
  everyByte: await writeFile("every-byte", everyByte),
  random: await writeFile("random", random),
  text: await writeFile("text", text),
};

testOnce(
  "every byte, and a mebibyte of any bytes",
  (porthole) =>
    inEveryShell(async ({ target }) => {
      const all = await porthole.run(
        ["exec", "-q", ...target, "--", "cat", files.everyByte, files.random],
        { env },
      );
      assert.equal(all.stderr, "");
      assert(equal(all.stdout, [...everyByte], 0), "every byte");
      assert(equal(all.stdout, random, 256), "random bytes");
      assert.equal(all.status, 0);
    }),
);

function equal(
  bytes: Uint8Array,
  expected: ArrayLike<number>,
  from: number,
): boolean {
  for (let at = 0; at < expected.length; at++) {
    if (bytes[from + at] !== expected[at]) return false;
  }
  return from > 0 ? bytes.length === from + expected.length : true;
}

for (const flag of ["--binary", "--no-binary"]) {
  testOnce(
    `${flag}: text as it is, with line ends, control bytes and U+FFFD`,
    (porthole) =>
      inEveryShell(async ({ target }) => {
        const result = await porthole.run(
          ["exec", "-q", flag, ...target, "--", "cat", files.text],
          { env },
        );
        assert.equal(result.text, text);
        assert.equal(result.stderr, "");
      }),
  );
}

testOnce(
  "--binary and --no-binary decide whether base64 is used",
  async (porthole) => {
    const session = sandbox.sessions().length;
    await porthole.run(["exec", "-q", "--binary", "worker", "--", "true"], {
      env,
    });
    await porthole.run(["exec", "-q", "--no-binary", "worker", "--", "true"], {
      env,
    });
    const [binary, plain] = sandbox.sessions().slice(session);
    assert.match(binary?.command ?? "", /\|base64\)/);
    assert.doesNotMatch(plain?.command ?? "", /\|base64\)/);
  },
);

testPorthole("without stty: no CR, no echo, no prompt", async (porthole) => {
  for (const flags of [[], ["--no-binary"]]) {
    const result = await porthole.run(
      ["exec", "-q", ...flags, "service-6", "--", "cat", files.text],
      { env },
    );
    assert.equal(result.text, text, flags.join());
    assert.equal(result.stderr, "");
    assert.equal(result.status, 0);
  }
});

testOnce(
  "without base64: said once, and text is exact",
  async (porthole) => {
    const result = await porthole.run(
      ["exec", "-q", "service-7", "--", "cat", files.text],
      { env },
    );
    assert.equal(result.text, text);
    assert.equal(result.stderr.match(/base64/g)?.length, 1, result.stderr);
    assert.equal(result.status, 0);
  },
);

testOnce(
  "--no-binary asks for no more than text: nothing is said without base64",
  async (porthole) => {
    const result = await porthole.run(
      ["exec", "-q", "--no-binary", "service-7", "--", "cat", files.text],
      { env },
    );
    assert.deepEqual([result.text, result.stderr], [text, ""]);
  },
);

for (const flags of [[], ["--no-binary"], ["--stderr", "split"]]) {
  testOnce(
    `a line is there before the next one is written ${flags.join(" ")}`,
    (porthole) =>
      inEveryShell(async ({ name, target }) => {
        const go = `${folder}/go-${name}-${flags.length}${flags[0]}`;
        const running = porthole.start(
          [
            "exec",
            "-q",
            ...flags,
            ...target,
            "--",
            "sh",
            "-c",
            `echo a; while ! [ -e "$1" ]; do sleep 0.1; done; echo b`,
            "sh",
            go,
          ],
          { env },
        );
        await running.waitFor("a\n");
        await Deno.writeTextFile(go, "");
        const result = await running.result;
        assert.equal(result.text, "a\nb\n");
      }),
  );
}

testOnce(
  "--stderr split: both exact, and the status",
  (porthole) =>
    inEveryShell(async ({ target }) => {
      const result = await porthole.run(
        [
          "exec",
          "-q",
          "--stderr",
          "split",
          ...target,
          "--",
          "sh",
          "-c",
          'cat "$1"; cat "$2" >&2; echo end; exit 3',
          "sh",
          files.random,
          files.text,
        ],
        { env },
      );
      assert(equal(result.stdout.subarray(0, random.length), random, 0));
      assert.equal(
        new TextDecoder().decode(result.stdout.subarray(random.length)),
        "end\n",
      );
      assert.equal(result.stderr, text);
      assert.equal(result.status, 3);
    }),
);

testOnce(
  "stderr is merged otherwise, in order",
  (porthole) =>
    inEveryShell(async ({ target }) => {
      const result = await porthole.run(
        [
          "exec",
          "-q",
          ...target,
          "--",
          "sh",
          "-c",
          "echo a; echo b >&2; echo c",
        ],
        { env },
      );
      assert.deepEqual([result.text, result.stderr], ["a\nb\nc\n", ""]);
    }),
);

testOnce(
  "--stderr split without base64: said, and merged",
  async (porthole) => {
    const result = await porthole.run(
      [
        "exec",
        "-q",
        "--no-binary",
        "--stderr",
        "split",
        "service-7",
        "--",
        "sh",
        "-c",
        "echo a; echo b >&2",
      ],
      { env },
    );
    assert.match(result.stderr, /no base64: stderr cannot be separated/);
    assert.equal(result.text, "a\nb\n");
  },
);
