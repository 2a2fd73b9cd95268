import assert from "node:assert/strict";
import type { InputDevice, OutputDevice } from "../../src/deps.ts";
import { PortholeError } from "../../src/errors.ts";
import { recordSession } from "../../src/report/record_session.ts";

/** An outside with a clock, a terminal that changes its size, and a file in memory. */
function fakeOutside(
  { failWrite = false, failCheck = false, failSecond = false } = {},
) {
  let writes = 0;
  let ms = 1_700_000_000_000;
  let size = { columns: 80, rows: 24 };
  let onResize = () => {};
  const file = { text: "", opened: 0, closed: 0 };
  const deps: Parameters<typeof recordSession>[2] = {
    platform: "linux",
    now: () => new Date(ms),
    env: (name) => name === "TERM" ? "xterm" : undefined,
    terminalSize: () => size,
    onSignal(signal, handler) {
      assert.equal(signal, "SIGWINCH");
      onResize = handler;
      return () => void (onResize = () => {});
    },
    checkWritable: () =>
      failCheck ? Promise.reject(new Error("read-only")) : Promise.resolve(),
    openPrivateFile() {
      file.opened++;
      return Promise.resolve({
        write(bytes: Uint8Array) {
          if (failWrite || (failSecond && ++writes === 2)) {
            return Promise.reject(new Error("disk full"));
          }
          file.text += new TextDecoder().decode(bytes);
          return Promise.resolve();
        },
        close: () => void file.closed++,
      });
    },
  };
  const shown: string[] = [];
  const stdout: OutputDevice = {
    isTerminal: true,
    write(bytes) {
      shown.push(new TextDecoder().decode(bytes));
      return Promise.resolve();
    },
    writeText() {},
  };
  const stdin: InputDevice = {
    isTerminal: true,
    describe: () => Promise.resolve({ kind: "terminal" }),
    open: () => ReadableStream.from([new TextEncoder().encode("secret\r")]),
    setRaw() {},
  };
  return {
    deps,
    stdio: { stdin, stdout, stderr: stdout },
    file,
    shown,
    pass: (more: number) => void (ms += more),
    resize(columns: number, rows: number) {
      size = { columns, rows };
      onResize();
    },
  };
}

async function drain(stream: ReadableStream<Uint8Array>): Promise<string> {
  return await new Response(stream).text();
}

Deno.test("a recording has its head, output, sizes, and with --record-input keys", async () => {
  const outside = fakeOutside();
  const { stdio, finish } = await recordSession(
    { path: "a.cast", input: true },
    outside.stdio,
    outside.deps,
  );
  assert.equal(outside.file.opened, 0);
  const bytes = new TextEncoder().encode("é");
  outside.pass(5_000);
  await stdio.stdout.write(new TextEncoder().encode("$ "));
  outside.pass(250);
  await stdio.stdout.write(bytes.subarray(0, 1));
  await stdio.stdout.write(bytes.subarray(1));
  outside.resize(100, 30);
  outside.pass(1_000);
  assert.equal(await drain(stdio.stdin.open()), "secret\r");
  // Half a character is all that comes of the last one.
  await stdio.stdout.write(bytes.subarray(0, 1));
  await finish();
  // Nobody listens any more.
  outside.resize(10, 10);
  await new Promise((resolve) => setTimeout(resolve));
  const [head, ...events] = outside.file.text.trimEnd().split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(head, {
    version: 2,
    width: 80,
    height: 24,
    timestamp: 1_700_000_005,
    env: { TERM: "xterm" },
  });
  assert.deepEqual(events, [
    [0, "o", "$ "],
    [0.25, "o", "é"],
    [0.25, "r", "100x30"],
    [1.25, "i", "secret\r"],
    [1.25, "o", "\ufffd"],
  ]);
  assert.deepEqual([outside.file.opened, outside.file.closed], [1, 1]);
  assert.equal(outside.shown.length, 4);
});

Deno.test("without --record-input no key is recorded", async () => {
  const outside = fakeOutside();
  const { stdio, finish } = await recordSession(
    { path: "a.cast", input: false },
    outside.stdio,
    outside.deps,
  );
  assert.equal(await drain(stdio.stdin.open()), "secret\r");
  await finish();
  assert.ok(!outside.file.text.includes("secret"));
  assert.match(outside.file.text, /^\{"version":2,/);
});

Deno.test("a session that never began leaves no file", async () => {
  const outside = fakeOutside();
  const { finish } = await recordSession(
    { path: "a.cast", input: false },
    outside.stdio,
    outside.deps,
  );
  await finish();
  assert.equal(outside.file.opened, 0);
});

Deno.test("what cannot be written is told: at once, or at the end, and the session goes on", async () => {
  const early = fakeOutside({ failCheck: true });
  await assert.rejects(
    recordSession({ path: "a.cast", input: false }, early.stdio, early.deps),
    { code: "io_failed" },
  );
  await assert.rejects(
    recordSession({ path: "no/a.cast", input: false }, early.stdio, {
      ...early.deps,
      // The runtime's own text is empty here.
      checkWritable: () => Promise.reject(new Deno.errors.NotFound("")),
    }),
    (error: Error) => error.message.endsWith(": there is no such directory"),
  );
  const late = fakeOutside({ failWrite: true });
  const { stdio, finish } = await recordSession(
    { path: "a.cast", input: false },
    late.stdio,
    late.deps,
  );
  await stdio.stdout.write(new TextEncoder().encode("shown"));
  assert.deepEqual(late.shown, ["shown"]);
  await assert.rejects(finish(), (error: unknown) => {
    assert.ok(error instanceof PortholeError);
    assert.match(error.message, /recording to "a.cast": disk full/);
    return true;
  });
});

Deno.test("what comes after a gap is not written: the recording ends where it is whole", async () => {
  const outside = fakeOutside({ failSecond: true });
  const { stdio, finish } = await recordSession(
    { path: "a.cast", input: false },
    outside.stdio,
    outside.deps,
  );
  for (const text of ["lost", "later"]) {
    await stdio.stdout.write(new TextEncoder().encode(text));
  }
  await assert.rejects(finish(), { code: "io_failed" });
  assert.equal(outside.file.text.trimEnd().split("\n").length, 1);
  assert.equal(outside.file.closed, 1);
});
