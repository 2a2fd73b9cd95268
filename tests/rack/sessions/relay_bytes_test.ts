import assert from "node:assert/strict";
import { PortholeError } from "../../../src/errors.ts";
import { relayBytes } from "../../../src/rack/sessions/relay_bytes.ts";
import type { SessionEnd } from "../../../src/session/session.ts";

/** A session and a client whose every step the test takes. */
function open(options: { readonly withStderr?: boolean } = {}) {
  const output = Promise.withResolvers<
    ReadableStreamDefaultController<Uint8Array>
  >();
  const readable = new ReadableStream<Uint8Array>({
    start: (controller) => output.resolve(controller),
  });
  const stderr = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encode("oops"));
      controller.close();
    },
  });
  const input: string[] = [];
  let writes: Promise<void> = Promise.resolve();
  const exit = Promise.withResolvers<SessionEnd>();
  const gone = new AbortController();
  const ended = new AbortController();
  const sent: string[] = [];
  const taken: number[] = [];
  const late: (() => void)[] = [];
  let ends = 0;
  const relayed = relayBytes({
    kind: "stream",
    output: readable,
    ...(options.withStderr ? { stderr } : {}),
    input: new WritableStream({
      async write(chunk) {
        await writes;
        input.push(new TextDecoder().decode(chunk));
      },
      close: () => void input.push("end"),
    }),
    resize: () => {},
    end: () => {
      ends++;
      return Promise.reject(new Error("it is nobody's to hear"));
    },
    exit: exit.promise,
  }, {
    send: (stream, bytes) => {
      sent.push(`${stream} ${new TextDecoder().decode(bytes)}`);
      return Promise.resolve();
    },
    onTaken: (bytes) => void taken.push(bytes),
    gone: gone.signal,
    ended: ended.signal,
  }, {
    sleep: (_, signal) =>
      new Promise((resolve) => {
        late.push(resolve);
        signal?.addEventListener("abort", () => resolve());
      }),
  });
  return {
    relayed,
    output: output.promise,
    input,
    holdWrites: (until: Promise<void>) => writes = until,
    exit,
    gone,
    ended,
    sent,
    taken,
    late,
    ends: () => ends,
  };
}

const encode = (text: string) => new TextEncoder().encode(text);
const turn = () => new Promise((resolve) => setTimeout(resolve));
const STATUS: SessionEnd = { kind: "status", status: 3 };

Deno.test("a session that is carried to its end: all output, then its status", async () => {
  const { relayed, output, exit, sent, ends } = open({ withStderr: true });
  const controller = await output;
  controller.enqueue(encode("abc"));
  controller.enqueue(encode("de"));
  controller.close();
  exit.resolve(STATUS);
  assert.deepEqual(await relayed.done, {
    end: STATUS,
    bytes: { in: 0, out: 9 },
  });
  assert.deepEqual(sent.toSorted(), ["stderr oops", "stdout abc", "stdout de"]);
  assert.equal(ends(), 0);
});

Deno.test("output that broke off is no end, whatever the status", async () => {
  const { relayed, output, exit } = open();
  const controller = await output;
  controller.enqueue(encode("abc"));
  await turn();
  controller.error(new PortholeError("session_lost", "cut"));
  exit.resolve(STATUS);
  assert.deepEqual(await relayed.done, {
    end: undefined,
    bytes: { in: 0, out: 3 },
  });
});

Deno.test("input is taken in order, counted when it is, and ended behind its last byte", async () => {
  const { relayed, output, exit, input, taken, holdWrites } = open();
  const held = Promise.withResolvers<void>();
  holdWrites(held.promise);
  const bytes = encode("ab");
  relayed.write(bytes);
  bytes.fill(0);
  relayed.write(encode("cd"));
  relayed.write(encode("e"));
  relayed.closeInput();
  await turn();
  assert.deepEqual([input, taken], [[], []]);
  held.resolve();
  await turn();
  assert.equal(input.join(""), "abcdeend");
  assert.equal(taken.reduce((sum, count) => sum + count), 5);
  (await output).close();
  exit.resolve(STATUS);
  assert.deepEqual((await relayed.done).bytes, { in: 5, out: 0 });
});

Deno.test("a client that is gone or cancels asks the command to end; a rack that ends it does so at once", async () => {
  const gone = open();
  gone.gone.abort();
  assert.equal(gone.ends(), 1);
  gone.relayed.cancel();
  assert.equal(gone.ends(), 2);

  const ended = open();
  ended.ended.abort("revoked");
  assert.equal(ended.ends(), 2);
  // Its output may take so long, and no longer: nobody reads it.
  ended.exit.resolve(STATUS);
  ended.late[0]!();
  assert.deepEqual(await ended.relayed.done, {
    end: undefined,
    bytes: { in: 0, out: 0 },
  });
  for (const one of [gone]) {
    (await one.output).close();
    one.exit.resolve(STATUS);
    await one.relayed.done;
    // What comes after the end ends nothing.
    one.ended.abort("restart");
    assert.equal(one.ends(), 2);
  }
});
