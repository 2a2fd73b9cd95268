import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { placeWords } from "../../src/session/place_words.ts";
import { Base64Damage } from "../../src/session/reply/decode_base64.ts";
import {
  createSessionKeys,
  wrapCommand,
  WRAPPER_VERSION,
} from "../../src/session/wrap_command.ts";
import { describeVariables } from "../../src/session/variables.ts";
import { KEYS, runWrapped, type Shell, splitForTest } from "./run_wrapped.ts";

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
      "uniq",
      "cat",
      "head",
      "printf",
      "sleep",
      "kill",
      "wc",
      "seq",
      "tr",
      "env",
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

  test("what a command leaves of its stdin is counted, however much there is", async () => {
    const long = Buffer.from("abcdefghij".repeat(40_000));
    const list = Buffer.from("one\ntwo\nthree\n");
    for (
      const [line, input, isUnread] of [
        ["sleep .3; exit 3", list, true],
        ["sleep .3; exit 3", long, true],
        ["exec <&-; sleep .3; exit 3", list, true],
        ["sleep .2; head -c 1 >/dev/null; exit 3", list, false],
        ["sleep .2; head -c 1 >/dev/null; exit 3", long, false],
        ["cat >/dev/null; exit 3", list, false],
        ["sleep .2; cat >/dev/null; exit 3", long, false],
        // As long as the mark that keeps an empty pipe from blocking.
        ["head -c 1 >/dev/null; sleep .2; exit 3", Buffer.alloc(38), false],
        ["exit 3", list, true],
        ["exit 3", long, true],
      ] as const
    ) {
      const run = () =>
        runWrapped(shell, ["sh", "-c", line], {
          input,
          binary: input === long,
          splitStderr: input === list,
        });
      let result = await run();
      // Where the machine is too busy for the mark to come in time, the wrapper says that it does not know.
      for (
        let i = 0;
        i < 4 && isUnread && result.inputLeft === undefined;
        i++
      ) {
        result = await run();
      }
      const { status, inputSent, inputLeft } = result;
      assert.deepEqual(
        [status, inputLeft === "all" || inputLeft === inputSent],
        [3, isUnread],
        `${line}: ${inputLeft} of ${inputSent}`,
      );
      assert.deepEqual([result.foreign, result.output.length], ["", 0]);
    }
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
    const env = [{ name: "A", value: "x 'y' $z" }];
    const words = placeWords(["sh", "-c", 'pwd; printf "%s" "$A"'], {
      workdir: "/usr",
      env,
    });
    const result = await runWrapped(shell, words, { env });
    assert.equal(result.output.toString(), "/usr\nx 'y' $z");
    const missing = placeWords(["pwd"], { workdir: "/no/such" });
    assert.equal((await runWrapped(shell, missing)).status, 126);
  });

  test("frames that come twice, or three times, change nothing", async () => {
    const same = Buffer.alloc(8_000);
    const text = Buffer.from("all that glitters\n".repeat(200));
    for (
      const [input, pieces] of [
        [randomBytes(20_000), undefined],
        [randomBytes(7_650), 10],
        [same, undefined],
        [same, 7],
        [text, 40],
        [Buffer.from("x"), 1],
        [Buffer.alloc(0), undefined],
      ] as const
    ) {
      for (const copies of [2, 3]) {
        const result = await runWrapped(shell, ["sh", "-c", "cat; exit 4"], {
          binary: true,
          input,
          copies,
          ...(pieces === undefined ? {} : { pieces }),
        });
        assert.equal(sha(result.output), sha(input), `${input.length} bytes`);
        assert.deepEqual([result.status, result.foreign, result.inputBroken], [
          4,
          "",
          false,
        ]);
      }
    }
  });

  test("what the container exports is the command's, by whatever letter", async () => {
    const letters = "abcdefghijklmnopqrstuvwxyz";
    const names = [...letters, ...letters.toUpperCase()];
    const around = Object.fromEntries(
      names.map((name) => [name, `own ${name}`]),
    );
    const show = names.map((name) => `"$${name}"`).join(" ");
    const expected = names.map((name) => `own ${name}\n`).join("");
    const env = [{ name: "GIVEN", value: "x" }];
    for (
      const options of [
        {},
        { binary: true, splitStderr: true },
        { binary: true, input: Buffer.from("typed\n"), env },
        { interactive: true, env },
      ]
    ) {
      const result = await runWrapped(
        shell,
        ["sh", "-c", `printf "%s\\n" ${show}; exit 3`],
        { around, ...options },
      );
      assert.equal(result.status, 3);
      assert.equal(
        result.output.toString().replaceAll("\r\n", "\n"),
        expected,
      );
    }
  });

  test("variables arrive with every byte, and are in no command line", async () => {
    const env = [
      { name: "ALL", value: everyCharacter() },
      { name: "n", value: "1" },
      { name: "IFS", value: "/" },
      { name: "v", value: "-n $(id) `id` %s \\n\n\n" },
      // A letter of its own: all processes of the machine are looked at, those of other tests too.
      { name: "LONG", value: "ǂ".repeat(20_000) },
      { name: "TWICE", value: "first" },
      { name: "TWICE", value: "last" },
    ];
    const show = 'printf "%s\\0" "$ALL" "$n" "$v" "$LONG" "$TWICE" ' +
      '"${PORTHOLE_ENV-unset}"; cat /proc/[0-9]*/cmdline';
    for (const copies of [1, 2]) {
      const result = await runWrapped(
        shell,
        placeWords(["sh", "-c", show], { env }),
        { env, binary: true, copies },
      );
      const [all, n, v, long, twice, carried, ...lines] = result.output
        .toString().split("\0");
      assert.deepEqual([all, n, v, twice, carried], [
        env[0]?.value,
        "1",
        env[3]?.value,
        "last",
        "unset",
      ]);
      assert.equal(long, env[4]?.value);
      assert.ok(lines.includes(show));
      assert.ok(!lines.join(" ").includes("ǂ"));
      assert.ok(!lines.join(" ").includes(KEYS.secret));
    }
  });

  test("the secret is nowhere that another process can look", async () => {
    const spy = "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ; env";
    for (const binary of [true, false]) {
      const result = await runWrapped(shell, ["sh", "-c", spy], {
        binary,
        input: Buffer.from("x"),
      });
      assert.ok(result.output.includes(KEYS.nonce), "it did look");
      assert.ok(!result.output.includes(KEYS.secret));
      assert.ok(!result.output.includes(`${KEYS.secret.slice(0, 6)} `));
    }
  });

  test("a status that carries the nonce is output", async () => {
    const forged = `\x1e${KEYS.nonce}:0\x1e`;
    const line = `printf '\\036${KEYS.nonce}:0\\036'; echo ALERT; exit 4`;
    for (const options of [{}, { binary: true }, { interactive: true }]) {
      const result = await runWrapped(shell, ["sh", "-c", line], options);
      assert.equal(result.status, 4);
      assert.equal(
        result.output.toString().replaceAll("\r", ""),
        `${forged}ALERT\n`,
      );
    }
  });

  test("what is written to /dev/tty is no output, and told apart", async () => {
    const line = "echo hello; sleep .1; echo test >/dev/tty; seq 1 1000; " +
      "printf YWJj >/dev/tty; echo end; exit 3";
    for (const options of [{ binary: true }, { splitStderr: true }]) {
      const result = await runWrapped(shell, ["sh", "-c", line], options);
      const numbers = Array.from({ length: 1000 }, (_, at) => `${at + 1}\n`);
      assert.equal(
        result.output.toString(),
        `hello\n${numbers.join("")}end\n`,
      );
      assert.equal(result.foreign, "test\nYWJj");
      assert.equal(result.status, 3);
    }
  });

  test("a child in the background does not keep the wrapper", async () => {
    for (
      const options of [
        {},
        { binary: true },
        { splitStderr: true },
        { binary: true, input: Buffer.from("x") },
        { splitStderr: true, input: Buffer.from("x") },
      ]
    ) {
      for (const [text, size] of [["a", 1], ["=", 30_000]] as const) {
        const line = `(trap '' HUP TERM; exec sleep 60) & echo $!; ` +
          `head -c ${size} /dev/zero | tr '\\0' '${text}'; exit 4`;
        const result = await runWrapped(shell, ["sh", "-c", line], options);
        const [pid, output] = result.output.toString().split("\n");
        Deno.kill(Number(pid), "SIGKILL");
        assert.equal(output, text.repeat(size));
        assert.equal(result.status, 4);
      }
    }
  });

  test("nothing of the wrapper is left behind, whatever input was still to come", async () => {
    const own = `: ${crypto.randomUUID()}`;
    for (
      const line of ["exit 3", "head -c 9 >/dev/null", "sleep 1.2", "cat"]
    ) {
      await runWrapped(shell, ["sh", "-c", `${own}; ${line}`], {
        binary: true,
        input: randomBytes(400_000),
      });
    }
    const left = async () => {
      const { stdout } = await new Deno.Command("ps", {
        args: ["-eo", "args"],
      }).output();
      return new TextDecoder().decode(stdout).split("\n")
        .filter((args) => args.includes(own));
    };
    // What looks after the terminal once a second sees that it is gone.
    for (let round = 0; round < 100 && (await left()).length > 0; round++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.deepEqual(await left(), []);
  });

  for (const signal of ["TERM", "HUP", "INT", "QUIT", "USR1", "ALRM"]) {
    // busybox's own sh never heeds QUIT.
    if (shell.name === "busybox" && signal === "QUIT") continue;
    test(`kill -${signal} 0 ends the command and not its wrapper`, async () => {
      const number = { TERM: 15, HUP: 1, INT: 2, QUIT: 3, USR1: 10, ALRM: 14 }[
        signal
      ] ?? 0;
      for (
        const options of [
          {},
          { binary: true },
          { splitStderr: true },
          { binary: true, input: Buffer.from("x\n") },
          { interactive: true },
        ]
      ) {
        const ended = await runWrapped(
          shell,
          ["sh", "-c", `echo before; kill -${signal} 0; sleep 5`],
          options,
        );
        assert.equal(ended.status, 128 + number);
        // On a terminal the shell names the signal.
        assert.match(
          ended.output.toString(),
          options.interactive ? /^before\r\n/ : /^before\n$/,
        );
        const trapped = await runWrapped(
          shell,
          [
            "sh",
            "-c",
            `trap 'echo trapped; exit 9' ${signal}; kill -${signal} 0; sleep 5`,
          ],
          options,
        );
        assert.deepEqual(
          [trapped.output.toString().trimEnd(), trapped.status],
          ["trapped", 9],
        );
      }
    });
  }

  test("input behind a kill 0 that the command has trapped arrives whole", async () => {
    const input = randomBytes(30_000);
    const result = await runWrapped(
      shell,
      [
        "sh",
        "-c",
        "trap : TERM HUP INT; kill -TERM 0; kill -HUP 0; kill -INT 0; cat",
      ],
      { binary: true, input },
    );
    assert.equal(sha(result.output), sha(input));
  });

  test("a terminal that the command changed: all of the input, or its failure", async () => {
    const input = randomBytes(100_000);
    for (const change of ["raw", "sane", "-icanon", "echo"]) {
      const line = `stty ${change} </dev/tty; cat`;
      const result = await runWrapped(shell, ["sh", "-c", line], {
        binary: true,
        input,
      }).catch((error) => error);
      if (result instanceof Base64Damage) continue;
      assert.equal(result.inputBroken, true, change);
    }
    // Where it no longer matters it is no failure.
    const late = await runWrapped(
      shell,
      ["sh", "-c", "cat; stty sane </dev/tty; exit 3"],
      { binary: true, input },
    );
    assert.deepEqual([late.inputBroken, late.status], [false, 3]);
    assert.equal(sha(late.output), sha(input));
  });

  // busybox's sh has its applets built in: it always finds them.
  if (shell.name === "busybox") continue;

  test("a variable that the shell keeps for itself is a failure that says so", async () => {
    const env = [{ name: "PPID", value: "x" }];
    const words = placeWords(["true"], { env });
    const inBash = { ...shell, tools: ["sh=/bin/bash", "true", "stty"] };
    const result = await runWrapped(inBash, words, { env });
    assert.equal(result.status, 126);
    assert.match(result.startFailure ?? "", /^PPID: readonly/);
  });

  test("without uniq, and without dd, input and output are exact all the same", async () => {
    const input = randomBytes(3_000);
    for (const missing of ["uniq", "dd", "base64"]) {
      const tools = ["sh", "stty", "base64", "dd", "uniq", "cat", "od", "sleep"]
        .filter((tool) => tool !== missing);
      const bare = { ...shell, tools };
      const result = await runWrapped(bare, ["od", "-An", "-v", "-tx1"], {
        binary: true,
        input,
        copies: 2,
      });
      assert.equal(
        result.output.toString().replaceAll(/\s/g, ""),
        input.toString("hex"),
      );
    }
  });

  test("without stty and base64 text is still exact, stdin too", async () => {
    const bare = { ...shell, tools: ["sh", "cat", "printf"] };
    const result = await runWrapped(bare, ["printf", "a\\nb\\r\\nc"]);
    assert.deepEqual(result.capabilities, {
      stty: false,
      base64: false,
      dd: false,
      uniq: false,
    });
    assert.equal(result.output.toString(), "a\nb\r\nc");
  });

  test("without base64 stdin goes through printf, and without sleep nothing is amiss", async () => {
    const tools = ["sh", "cat", "printf", "stty"];
    const bytes = Buffer.from("100% \\n plain\0\t'\"\n  é\n\n");
    const result = await runWrapped({ ...shell, tools }, ["cat"], {
      input: bytes,
    });
    assert.equal(result.capabilities?.base64, false);
    assert.equal(result.inputBroken, false);
    assert.deepEqual(result.output, bytes);
  });
}

Deno.test("the wrapper stays short", () => {
  const variables = describeVariables([{ name: "A", value: "b" }]);
  const options = {
    interactive: false,
    stdin: true,
    binary: true,
    splitStderr: true,
  };
  const { command } = wrapCommand(
    ["true"],
    options,
    createSessionKeys(),
    variables,
  );
  assert.ok(command.length <= 1650, `${command.length} characters`);
});

/** Every code point that a byte can be, but NUL. */
function everyCharacter(): string {
  return String.fromCodePoint(
    ...Array.from({ length: 255 }, (_, at) => at + 1),
  );
}

function sha(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

Deno.test("the tests' own splitter refuses a quote that is left open", () => {
  assert.throws(() => splitForTest("sh -c 'echo"), /A quote is left open/);
});

Deno.test("a wrapper that has changed has a new version: racks and clients of other versions speak with it", () => {
  const keys = { nonce: "0123456789abcdef", secret: "f".repeat(32) };
  const env = [{ name: "A", value: "'" }];
  const texts = [false, true].flatMap((interactive) =>
    [false, true].flatMap((stdin) =>
      [false, true].flatMap((binary) =>
        [false, true].flatMap((splitStderr) =>
          ["", describeVariables(env)].map((variables) =>
            wrapCommand(
              variables === "" ? ["ls"] : placeWords(["ls"], { env }),
              { interactive, stdin, binary, splitStderr },
              keys,
              variables,
            ).command
          )
        )
      )
    )
  );
  const digest = createHash("sha256").update(
    [...texts, describeVariables(env)].join("\0"),
  ).digest("hex");
  assert.deepEqual({ version: WRAPPER_VERSION, digest }, {
    version: 3,
    digest: "b4ad08bd89ab51bf38146f052f3b374ad252e7d1473ca025f24d44e23406e9ef",
  });
});
