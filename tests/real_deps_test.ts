import assert from "node:assert/strict";
import { createRealDeps } from "../src/real_deps.ts";
import { openPty } from "./e2e/pty.ts";

const PROGRAM = new URL("real_deps_program.ts", import.meta.url).pathname;
const CONFIG = new URL("../deno.json", import.meta.url).pathname;
// What the compiled program is allowed, and no more.
const ALLOW = ["read", "write", "env", "sys", "net", "run"].map((name) =>
  `--allow-${name}`
);
const ARGS = ["run", "--no-prompt", ...ALLOW, "--config", CONFIG, PROGRAM];

/** Runs a line of sh in which `"$@"` is the program; gives its stdout and stderr. */
async function runShell(line: string, task: string) {
  const { stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", line, "sh", Deno.execPath(), ...ARGS, task],
  })
    .output();
  return {
    stdout: new TextDecoder().decode(stdout),
    stderr: new TextDecoder().decode(stderr),
  };
}

function testOnUnix(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, fn, ignore: Deno.build.os === "windows" });
}

for (
  const [line, expected] of [
    ['printf x | "$@"', { kind: "pipe" }],
    ['"$@" </dev/null', { kind: "closed" }],
    ['"$@" <&-', { kind: "closed" }],
    ['"$@" </dev/zero', { kind: "pipe" }],
  ] as const
) {
  testOnUnix(`stdin of ${line} is ${expected.kind}`, async () => {
    assert.deepEqual(
      JSON.parse((await runShell(line, "describe")).stdout),
      expected,
    );
  });
}

testOnUnix("stdin from a file tells what remains of it", async () => {
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, "line 1\nline 2\n");
  assert.deepEqual(
    JSON.parse((await runShell(`"$@" <${file}`, "describe")).stdout),
    { kind: "file", remaining: 14 },
  );
  // A shell reads its lines byte by byte, and leaves the file right behind what it read.
  const { stdout } = await runShell(
    `{ read line; "$@"; } <${file}`,
    "describe",
  );
  assert.deepEqual(JSON.parse(stdout), { kind: "file", remaining: 7 });
  await Deno.remove(file);
});

for (const line of ['"$@" </dev/null', '"$@" <&-']) {
  testOnUnix(`${line} reads as an end`, async () => {
    assert.deepEqual(await runShell(line, "copy"), { stdout: "", stderr: "" });
  });
}

testOnUnix("bytes pass whole", async () => {
  const { stdout } = await runShell(
    'head -c 3000000 /dev/zero | tr "\\0" x | "$@" | cksum',
    "copy",
  );
  const expected = await runShell(
    'head -c 3000000 /dev/zero | tr "\\0" x | cksum',
    "",
  );
  assert.equal(stdout, expected.stdout);
});

testOnUnix(
  "a reader that has gone is a broken pipe, and no error for texts",
  async () => {
    assert.equal(
      (await runShell('"$@" | head -c 1 >/dev/null', "flood")).stderr,
      "broken pipe",
    );
    assert.equal(
      (await runShell('"$@" | head -c 1 >/dev/null', "texts")).stderr,
      "done",
    );
  },
);

Deno.test({
  name: "a log on a full disk stops nothing",
  ignore: Deno.build.os !== "linux",
  async fn() {
    assert.deepEqual(await runShell('"$@" 2>/dev/full', "log"), {
      stdout: "the work goes on",
      stderr: "",
    });
  },
});

Deno.test({
  name: "a cancelled read is over, and its bytes are the next reader's",
  ignore: Deno.build.os === "windows",
  sanitizeResources: false,
  sanitizeOps: false,
  async fn() {
    const pty = openPty({
      command: Deno.execPath(),
      args: [...ARGS, "cancel"],
    });
    await pty.waitFor('cancelled {"done":true}');
    pty.write("later\r");
    await pty.waitFor("later\r\nlater\r\n");
    assert.equal((await pty.exit).code, 0);
  },
});

Deno.test({
  name: "streams that another program left non-blocking work",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const program = new URL("nonblocking_program.ts", import.meta.url).pathname;
    const run = `"$1" run -A ${program} "$@"`;
    assert.deepEqual(
      await runShell(
        `{ printf a; sleep 0.1; head -c 300000 /dev/zero; } | ${run} | { sleep 0.1; wc -c; }`,
        "copy",
      ),
      { stdout: "300001\n", stderr: "" },
    );
    assert.deepEqual(
      await runShell(`${run} </dev/null | { sleep 0.2; wc -c; }`, "texts"),
      { stdout: "200000\n", stderr: "done" },
    );
  },
});

Deno.test("sleep ends early when its signal aborts", async () => {
  const { sleep } = createRealDeps();
  await sleep(1);
  await sleep(60_000, AbortSignal.abort());
  const controller = new AbortController();
  const nap = sleep(60_000, controller.signal);
  controller.abort();
  await nap;
});

testOnUnix("only a file that may be executed is executable", async () => {
  const { isExecutable } = createRealDeps();
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/program`, "", { mode: 0o755 });
  await Deno.writeTextFile(`${folder}/text`, "", { mode: 0o644 });
  assert.equal(await isExecutable(`${folder}/program`), true);
  assert.equal(await isExecutable(`${folder}/text`), false);
  assert.equal(await isExecutable(folder), false);
  assert.equal(await isExecutable(`${folder}/none`), false);
  await Deno.remove(folder, { recursive: true });
});

testOnUnix(
  "a spawned program has its streams, its environment and its end",
  async () => {
    const { spawn } = createRealDeps();
    const child = spawn({
      command: "sh",
      args: ["-c", 'read x; printf %s "$x $EXTRA $HOME"; exit 3'],
      env: { EXTRA: "extra" },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    });
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode("in\n"));
    await writer.close();
    assert.equal(
      await new Response(child.stdout).text(),
      `in extra ${Deno.env.get("HOME")}`,
    );
    assert.deepEqual(await child.exit, { code: 3, signal: null });
    child.kill("SIGTERM");

    const sleeper = spawn({
      command: "sleep",
      args: ["60"],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    });
    sleeper.kill("SIGTERM");
    assert.equal((await sleeper.exit).signal, "SIGTERM");
    assert.throws(() =>
      spawn({
        command: "/no/such",
        args: [],
        stdin: "null",
        stdout: "null",
        stderr: "null",
      })
    );
  },
);

testOnUnix("a signal calls its handler until it is let go", async () => {
  const { onSignal, sleep } = createRealDeps();
  const heard = new AbortController();
  const stop = onSignal("SIGWINCH", () => heard.abort());
  Deno.kill(Deno.pid, "SIGWINCH");
  // A listener alone does not keep a program running.
  await sleep(10_000, heard.signal);
  assert(heard.signal.aborted);
  stop();
});
