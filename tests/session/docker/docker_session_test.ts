import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { waitUntil } from "../../docker/engine/run_program.ts";
import { useEngine } from "../../docker/engine/use_engine.ts";

const engine = useEngine();
const size = 64 * 1024 * 1024;

for (const carrier of ["unix", "mtls", "ssh"] as const) {
  const test = (name: string, body: () => Promise<void>) =>
    engine.test(
      `${carrier}: ${name}`,
      body,
      carrier,
    );

  test("the status is the command's own", async () => {
    const rows = [
      ["exit 0", 0],
      ["exit 7", 7],
      ["nosuchprogram", 127],
      ["/etc/passwd", 126],
      ["kill -TERM $$", 143],
      ["kill -KILL $$", 137],
    ] as const;
    await Promise.all(rows.map(async ([script, status]) => {
      const { end } = await engine.run(carrier, ["sh", "-c", script]);
      assert.deepEqual(end, { kind: "status", status }, script);
    }));
  });

  test("stdout and stderr come apart", async () => {
    const script = "echo one; echo two >&2; echo three";
    const { output, stderr } = await engine.run(carrier, ["sh", "-c", script]);
    assert.equal(output, "one\nthree\n");
    assert.equal(stderr, "two\n");
  });

  test("stdin reaches its end, and output that comes after it arrives", async () => {
    const { output, end } = await engine.run(
      carrier,
      ["sh", "-c", "wc -c; sleep 0.3; echo after; exit 3"],
      {},
      "x".repeat(100_000),
    );
    assert.deepEqual([output, end], [
      "100000\nafter\n",
      { kind: "status", status: 3 },
    ]);
  });

  test(`${size >> 20} MiB come back as they went`, async () => {
    const session = await engine.open(carrier, ["cat"], { stdin: true });
    const sent = createHash("sha256");
    const received = createHash("sha256");
    const send = async () => {
      const writer = session.input.getWriter();
      for (let left = size; left > 0; left -= 65_536) {
        const chunk = crypto.getRandomValues(new Uint8Array(65_536));
        sent.update(chunk);
        await writer.write(chunk);
      }
      await writer.close();
    };
    let count = 0;
    const receive = async () => {
      for await (const chunk of session.output) {
        received.update(chunk);
        count += chunk.length;
      }
    };
    await Promise.all([send(), receive()]);
    assert.deepEqual(await session.exit, { kind: "status", status: 0 });
    assert.equal(count, size);
    assert.equal(received.digest("hex"), sent.digest("hex"));
  });

  test("a terminal knows its size, the next one, and each key at once", async () => {
    const session = await engine.open(carrier, ["sh", "-c", KEYS], {
      tty: true,
      stdin: true,
      size: { columns: 91, rows: 31 },
    });
    const writer = session.input.getWriter();
    const reader = session.output.getReader();
    const decoder = new TextDecoder();
    let text = "";
    const readUntil = async (end: string) => {
      while (!text.includes(end)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`Cannot find ${end} in ${text}`);
        text += decoder.decode(value);
      }
    };
    await readUntil("31 91");
    await readUntil("ready");
    // Ctrl-P begins what detaches from Docker's terminals by default, and is held back then.
    await writer.write(Uint8Array.of(0x10));
    await readUntil("got 10");
    session.resize({ columns: 120, rows: 40 });
    session.resize({ columns: 133, rows: 43 });
    await readUntil("43 133");
    await writer.write(new TextEncoder().encode("x"));
    while (!(await reader.read()).done);
    assert.deepEqual(await session.exit, { kind: "status", status: 5 });
  });

  test("nothing is left in the container", () =>
    waitUntil(
      async () => (await engine.listProcesses()).length === 0,
      "processes are left",
      5_000,
    ));
}

/** Waits for a size, a key, another size and a key. */
const KEYS =
  `stty raw -echo; w() { until [ "$(stty size)" = "$1" ]; do sleep 0.05; done; echo "$1"; }; w "31 91"; echo ready; ` +
  `echo got $(dd bs=1 count=1 2>/dev/null | od -An -tx1); w "43 133"; dd bs=1 count=1 2>/dev/null; exit 5`;

engine.test(
  "user, directory and environment are what is asked for",
  async () => {
    const { output } = await engine.run("unix", [
      "sh",
      "-c",
      'id -un; pwd; echo "$GREETING"',
    ], {
      user: "app",
      workdir: "/etc",
      env: [{ name: "GREETING", value: "a b=c" }],
    });
    assert.equal(output, "app\n/etc\na b=c\n");
  },
);

/** A machine that has not all capabilities cannot give them. */
const hasAllCapabilities = /^CapBnd:\s+0*1f{9,}$/m.test(
  await Deno.readTextFile("/proc/self/status").catch(() => ""),
);

engine.test(
  "a privileged command has all capabilities, or says why not",
  async () => {
    const { output, end } = await engine.run(
      "unix",
      ["grep", "CapEff", "/proc/self/status"],
      { privileged: true },
    );
    if (hasAllCapabilities) {
      assert.match(output, /f{9}/);
      return;
    }
    assert(end.kind === "failed");
    assert.match(
      end.error.message,
      /^Cannot start the command: unable to apply caps/,
    );
  },
);

engine.test(
  "the shell's report of a command that cannot start is an error, not stderr",
  async () => {
    for (
      const [word, code] of [
        ["nosuchprogram", "command_not_found"],
        ["/etc/passwd", "not_executable"],
      ] as const
    ) {
      for (const stderr of ["split", "merge"] as const) {
        const record = await engine.run("unix", [word], { stderr });
        assert.deepEqual([record.output, record.stderr], ["", ""]);
        assert(record.end.kind === "failed");
        assert.equal(record.end.error.code, code);
        assert.match(
          record.end.error.message,
          new RegExp(`^Cannot start the command: ${word}: .*[^\\n]$`),
        );
      }
    }
    // What only looks like it is stderr.
    const own = await engine.run("unix", [
      "sh",
      "-c",
      "echo porthole: it was me >&2; exit 3",
    ]);
    assert.equal(own.stderr, "porthole: it was me\n");
    assert.deepEqual(own.end, { kind: "status", status: 3 });
  },
);

engine.test("words arrive as they are", async () => {
  const words = ["a b", "'", '"', "$HOME", "`id`", "\\", "*", "é😀", "-n", ""];
  const { output } = await engine.run("unix", ["printf", "<%s>", ...words]);
  assert.equal(output, words.map((word) => `<${word}>`).join(""));
});

engine.test("stderr can be put into the output", async () => {
  const { output, stderr } = await engine.run(
    "unix",
    ["sh", "-c", "echo one; sleep 0.2; echo two >&2"],
    { stderr: "merge" },
  );
  assert.deepEqual([output, stderr], ["one\ntwo\n", ""]);
});

engine.test("put into the output, stderr keeps its place in it", async () => {
  const lines = Array.from({ length: 300 }, (_, at) => `o${at}\ne${at}\n`);
  const script =
    "i=0; while [ $i -lt 300 ]; do echo o$i; echo e$i >&2; i=$((i + 1)); done";
  for (const input of [undefined, ""]) {
    const { output, stderr } = await engine.run("unix", ["sh", "-c", script], {
      stderr: "merge",
    }, input);
    assert.deepEqual([output, stderr], [lines.join(""), ""]);
  }
});

engine.test("the value of a variable is in nobody's words", async () => {
  const value = "v" + crypto.randomUUID();
  const all = 'for f in /proc/[0-9]*/cmdline; do tr "\\0" "\\n" <$f; done; ' +
    'test "${#SECRET}" = 37';
  for (const input of [undefined, ""]) {
    const { output, end } = await engine.run("unix", ["sh", "-c", all], {
      env: [{ name: "SECRET", value }],
    }, input);
    assert.deepEqual(end, { kind: "status", status: 0 });
    assert.match(output, /porthole/);
    assert(!output.includes(value));
  }
});

engine.test("a container without sh runs the command as it is", async () => {
  const { id } = engine.engine().bare;
  const request = { containerId: id };
  const { output, end } = await engine.run("unix", ["cat"], request, "hello");
  assert.deepEqual([output, end], ["hello", { kind: "status", status: 0 }]);
  const failed = await engine.run("unix", ["false"], request);
  assert.deepEqual(failed.end, { kind: "status", status: 1 });
});

engine.test(
  "Docker's report of a command that cannot start is an error, not output",
  async () => {
    for (
      const [words, code] of [
        [["nosuchprogram"], "command_not_found"],
        [["/etc/passwd"], "not_executable"],
      ] as const
    ) {
      for (const tty of [false, true]) {
        const { output, end } = await engine.run("unix", words, {
          containerId: engine.engine().bare.id,
          tty,
        });
        assert.equal(output, "");
        assert(end.kind === "failed");
        assert.equal(end.error.code, code);
        assert.match(
          end.error.message,
          /^Cannot start the command: exec: "[^"]*": .*[^\n]$/,
        );
      }
    }
  },
);

engine.test(
  "a user or a directory that the container does not have is an error",
  async () => {
    const noUser = await engine.run("unix", ["true"], { user: "nobody-there" });
    assert(noUser.end.kind === "failed");
    assert.equal(noUser.output, "");
    assert.match(noUser.end.error.message, /unable to find user nobody-there/);
    const noFolder = await engine.run("unix", ["true"], {
      workdir: "/nowhere",
    });
    assert(noFolder.end.kind === "failed");
    assert.equal(noFolder.output, "");
    assert.match(noFolder.end.error.message, /chdir to cwd \("\/nowhere"\)/);
  },
);

engine.test("what only looks like Docker's report is output", async () => {
  const text = "OCI runtime exec failed: it was me";
  const { output, end } = await engine.run("unix", [
    "sh",
    "-c",
    `printf '${text}'; exit 126`,
  ]);
  assert.deepEqual([output, end], [text, { kind: "status", status: 126 }]);
});

engine.test("a slow reader holds the command back", async () => {
  const session = await engine.open("unix", [
    "sh",
    "-c",
    "head -c 64m /dev/zero; echo done >&2",
  ]);
  let done = false;
  const watching = (async () => {
    for await (const _ of session.stderr!) done = true;
  })();
  await engine.deps().sleep(1_000);
  assert.equal(done, false);
  let count = 0;
  for await (const chunk of session.output) count += chunk.length;
  await watching;
  assert.equal(count, 64 * 1024 * 1024);
});
