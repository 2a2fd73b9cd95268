import assert from "node:assert/strict";
import { copyInput } from "../../src/terminal/copy_input.ts";

const encoder = new TextEncoder();

/** Keys typed at a remote that takes them only when it is let. */
function startTyping() {
  const keyboard = new TransformStream<Uint8Array, Uint8Array>();
  const typing = keyboard.writable.getWriter();
  const gate = Promise.withResolvers<void>();
  const heard = { input: "", left: 0, help: 0, dropped: 0, bytes: 0 };
  const remote = new WritableStream<Uint8Array>({
    async write(bytes) {
      await gate.promise;
      heard.input += new TextDecoder().decode(bytes);
    },
  });
  const copying = copyInput(
    {
      isTerminal: true,
      describe: () => Promise.resolve({ kind: "terminal" }),
      open: () => keyboard.readable,
      setRaw: () => {},
    },
    remote.getWriter(),
    {
      interactive: true,
      signal: new AbortController().signal,
      onBytes: (count) => heard.bytes += count,
      onLeave: () => void heard.left++,
      onHelp: () => void heard.help++,
      onDropped: () => void heard.dropped++,
      onGone: () => assert.fail("the terminal is there"),
      onError: (error) => assert.fail(String(error)),
    },
  );
  return {
    heard,
    copying,
    /** Resolves once it has been read. */
    type: (text: string) => typing.write(encoder.encode(text)),
    open: gate.resolve,
  };
}

Deno.test("keys are read and watched while the remote takes none", async () => {
  const { heard, copying, type } = startTyping();
  for (let count = 0; count < 1000; count++) await type("x".repeat(1024));
  await type("\r~?");
  await type("\r~.");
  await copying;
  assert.deepEqual(heard, {
    input: "",
    left: 1,
    help: 1,
    dropped: 0,
    bytes: 1000 * 1024 + 2,
  });
});

Deno.test("keys that waited arrive in order, none of them twice", async () => {
  const { heard, type, open, copying } = startTyping();
  const typed = Array.from({ length: 500 }, (_, index) => `${index}\r`);
  for (const [index, text] of typed.entries()) {
    if (index === 250) open();
    await type(text);
  }
  await type("~.");
  await copying;
  while (heard.input.length < typed.join("").length) await Promise.resolve();
  assert.equal(heard.input, typed.join(""));
});

Deno.test("beyond 8 MiB keys are dropped, told once, and ~. is still heard", async () => {
  const { heard, type, open, copying } = startTyping();
  const mebibyte = "x".repeat(1024 * 1024);
  for (let count = 0; count < 20; count++) await type(mebibyte);
  assert.equal(heard.dropped, 1);
  assert.equal(heard.bytes, 8 * 1024 * 1024, "what was dropped is not counted");
  await type("\r~?");
  assert.equal(heard.help, 1);
  open();
  while (heard.input.length < heard.bytes) await Promise.resolve();
  await type("\r");
  await type("later\r~.");
  await copying;
  assert.equal(heard.left, 1);
  while (!heard.input.endsWith("later\r")) await Promise.resolve();
  assert.equal(heard.dropped, 1);
});

Deno.test("what was read while the remote had no room is not sent once copying is stopped", async () => {
  const stopped = new AbortController();
  const gate = Promise.withResolvers<void>();
  const taken: number[] = [];
  const writer = new WritableStream<Uint8Array>({
    async write({ length }) {
      taken.push(length);
      await gate.promise;
    },
  }).getWriter();
  let read = 0;
  const copying = copyInput(
    {
      isTerminal: false,
      describe: () => Promise.resolve({ kind: "pipe" }),
      open: () =>
        new ReadableStream({
          pull: (controller) => controller.enqueue(new Uint8Array(++read)),
        }, { highWaterMark: 0 }),
      setRaw: () => {},
    },
    writer,
    {
      interactive: false,
      signal: stopped.signal,
      onBytes: () => {},
      onLeave: () => {},
      onHelp: () => {},
      onDropped: () => {},
      onGone: () => {},
      onError: (error) => assert.fail(String(error)),
    },
  );
  while (read < 2) await Promise.resolve();
  stopped.abort();
  gate.resolve();
  await copying;
  await writer.close();
  assert.deepEqual(taken, [1]);
});
