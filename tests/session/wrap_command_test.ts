import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { placeWords } from "../../src/session/place_words.ts";
import { wrapCommand } from "../../src/session/wrap_command.ts";
import { NONCE, runWrapped, type Shell } from "./run_wrapped.ts";

const ALL_SHELLS: readonly Shell[] = [
  { name: "dash", argv: ["/bin/dash"] },
  { name: "bash", argv: ["/bin/bash", "--posix"] },
  {
    name: "busybox",
    argv: ["/bin/busybox", "sh"],
    tools: [
      "sh",
      "stty",
      "base64",
      "dd",
      "cat",
      "head",
      "printf",
      "sleep",
      "kill",
      "wc",
    ].map(
      (name) => `${name}=/bin/busybox`,
    ),
  },
];

const SHELLS = ALL_SHELLS.filter(({ argv }) => existsSync(argv[0]));

for (const shell of SHELLS) {
  const test = (name: string, body: () => Promise<void>) =>
    Deno.test({
      name: `wrapper in ${shell.name}: ${name}`,
      fn: body,
      sanitizeOps: false,
      sanitizeResources: false,
    });

  for (
    const [line, status] of [
      ["exit 0", 0],
      ["exit 7", 7],
      ["exit 255", 255],
      ["kill -9 $$", 137],
      ["kill -15 $$", 143],
    ] as const
  ) {
    for (const binary of [false, true]) {
      test(`${line} gives ${status}${binary ? ", encoded" : ""}`, async () => {
        const result = await runWrapped(shell, ["sh", "-c", line], { binary });
        assert.deepEqual([result.status, result.output.toString()], [
          status,
          "",
        ]);
      });
    }
  }

  test("a missing program is 127 and a file without the bit 126", async () => {
    const missing = await runWrapped(shell, ["nosuchprogram"]);
    assert.equal(missing.status, 127);
    assert.equal(missing.startFailure, "nosuchprogram: not found");
    assert.equal(missing.output.toString(), "");
    const passwd = await runWrapped(shell, ["/etc/passwd"], { binary: true });
    assert.equal(passwd.status, 126);
    assert.match(
      passwd.startFailure ?? "",
      /^\/etc\/passwd: .*Permission denied$/,
    );
    const apart = await runWrapped(shell, ["nosuchprogram"], {
      splitStderr: true,
    });
    assert.equal(apart.startFailure, "nosuchprogram: not found");
  });

  test("a command that ends with 127 by itself keeps its output", async () => {
    for (const text of ["porthole", "portholes are round", "porthole: x"]) {
      const line = `echo "${text}"; sleep 0.05; echo more; exit 127`;
      const result = await runWrapped(shell, ["sh", "-c", line]);
      assert.deepEqual(
        [result.startFailure, result.output.toString(), result.status],
        [undefined, `${text}\nmore\n`, 127],
      );
    }
  });

  test("a builtin's name does not end the wrapper", async () => {
    assert.equal((await runWrapped(shell, ["exit", "3"])).status, 127);
  });

  test("words arrive unchanged", async () => {
    const words = [
      "A B",
      'c"d',
      "$HOME",
      "",
      "#x",
      "é",
      "a'b",
      "`id`",
      "\\",
      "*",
      "line\nbreak",
    ];
    const result = await runWrapped(shell, ["printf", "%s\\n", ...words]);
    assert.equal(
      result.output.toString(),
      words.map((word) => `${word}\n`).join(""),
    );
  });

  test("text is clean: no CR, no echo, nothing of the wrapper", async () => {
    const result = await runWrapped(shell, [
      "sh",
      "-c",
      "echo out; echo err >&2; printf end",
    ]);
    assert.equal(result.output.toString(), "out\nerr\nend");
    assert.equal(result.status, 0);
  });

  test("random bytes through the encoding are exact", async () => {
    const bytes = randomBytes(300_000);
    const file = Deno.makeTempFileSync();
    Deno.writeFileSync(file, bytes);
    const result = await runWrapped(shell, ["cat", file], { binary: true });
    assert.equal(sha(result.output), sha(bytes));
    assert.equal(result.status, 0);
  });

  test("random stdin arrives exact, with a real end", async () => {
    const bytes = randomBytes(200_000);
    const result = await runWrapped(shell, ["cat"], {
      binary: true,
      input: bytes,
    });
    assert.equal(sha(result.output), sha(bytes));
    assert.equal(result.status, 0);
  });

  test("a command that reads a part of its stdin ends with its own status", async () => {
    const result = await runWrapped(shell, ["sh", "-c", "head -c 3; exit 4"], {
      input: Buffer.from("abcdefghij".repeat(20_000)),
    });
    assert.deepEqual([result.output.toString(), result.status], ["abc", 4]);
  });

  // `exec`: dash can lose an interrupt that comes while it starts a program.
  test("byte 03 ends the command and not the report of its status", async () => {
    for (const binary of [false, true]) {
      const result = await runWrapped(shell, [
        "sh",
        "-c",
        "echo up; exec sleep 60",
      ], {
        binary,
        interruptOn: "up\n",
      });
      assert.deepEqual([result.output.toString(), result.status], [
        "up\n",
        130,
      ]);
    }
  });

  test("stderr kept apart is exact in both streams, live, and the status comes last", async () => {
    const out = randomBytes(50_000);
    const err = randomBytes(30_000);
    const folder = Deno.makeTempDirSync();
    Deno.writeFileSync(`${folder}/out`, out);
    Deno.writeFileSync(`${folder}/err`, err);
    const line = `cat ${folder}/out & cat ${folder}/err >&2; wait; exit 9`;
    const result = await runWrapped(shell, ["sh", "-c", line], {
      splitStderr: true,
    });
    Deno.removeSync(folder, { recursive: true });
    assert.deepEqual(
      [sha(result.output), sha(result.stderr), result.status],
      [sha(out), sha(err), 9],
    );
  });

  test("stderr apart leaves stdin and interrupts as they are", async () => {
    const fed = await runWrapped(shell, [
      "sh",
      "-c",
      "cat; echo bad >&2; exit 2",
    ], {
      splitStderr: true,
      input: Buffer.from("fed"),
    });
    assert.deepEqual(
      [fed.output.toString(), fed.stderr.toString(), fed.status],
      ["fed", "bad\n", 2],
    );
    const cut = await runWrapped(
      shell,
      ["sh", "-c", "echo up; exec sleep 60"],
      {
        splitStderr: true,
        interruptOn: "up\n",
      },
    );
    assert.equal(cut.status, 130);
  });

  test("another directory and environment", async () => {
    const words = placeWords(["sh", "-c", 'pwd; printf "%s" "$A"'], {
      workdir: "/usr",
      env: [{ name: "A", value: "x 'y' $z" }],
    });
    const result = await runWrapped(shell, words);
    assert.equal(result.output.toString(), "/usr\nx 'y' $z");
    const missing = placeWords(["pwd"], { workdir: "/no/such" });
    assert.equal((await runWrapped(shell, missing)).status, 126);
  });

  // busybox's sh has its applets built in: it always finds them.
  if (shell.name === "busybox") continue;

  test("without stty and base64 text is still exact, stdin too", async () => {
    const bare = { ...shell, tools: ["sh", "cat", "printf"] };
    const result = await runWrapped(bare, ["printf", "a\\nb\\r\\nc"]);
    assert.deepEqual(result.capabilities, { stty: false, base64: false });
    assert.equal(result.output.toString(), "a\nb\r\nc");
  });

  test("without base64 stdin goes through printf", async () => {
    const tools = ["sh", "cat", "printf", "stty"];
    const bytes = Buffer.from("100% \\n plain\0\t'\"\n  é\n\n");
    const result = await runWrapped({ ...shell, tools }, ["cat"], {
      input: bytes,
    });
    assert.deepEqual(result.capabilities, { stty: true, base64: false });
    assert.deepEqual(result.output, bytes);
  });
}

Deno.test("the wrapper stays short", () => {
  const options = { interactive: false, stdin: true, binary: true };
  const { command } = wrapCommand(["true"], options, NONCE);
  assert.ok(command.length < 800, `${command.length} characters`);
});

function sha(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
