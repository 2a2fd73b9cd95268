import assert from "node:assert/strict";
import type { DataChannel } from "../../../src/session/channel/data_channel.ts";
import { createEncodedInput } from "../../../src/session/channel/session_input.ts";

/** Input over a channel whose writes a test lets through. */
function openInput() {
  const over = { value: false };
  let written = 0;
  let release = () => {};
  const channel = {
    write() {
      written++;
      return new Promise<void>((resolve) => release = resolve);
    },
    send: () => void written++,
  } as unknown as DataChannel;
  const input = createEncodedInput({
    channel,
    started: Promise.resolve({
      stty: true,
      base64: true,
      dd: true,
      uniq: true,
    }),
    isOver: () => over.value,
    refuse: () => assert.fail("there is an stty"),
  });
  return {
    over,
    input,
    writer: input.stream.getWriter(),
    written: () => written,
    release: () => release(),
  };
}

const settle = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("input behind the end of its command is neither sent nor counted", async () => {
  const { over, input, writer, written } = openInput();
  await settle();
  over.value = true;
  await writer.write(new Uint8Array(100_000));
  await writer.close();
  assert.equal(written(), 0);
  assert.equal(input.sent(), 0);
});

Deno.test("what was on its way when the command ended does not count as sent", async () => {
  const { over, input, writer, written, release } = openInput();
  void writer.write(new Uint8Array(100_000)).catch(() => {});
  await settle();
  // The first only opens a batch.
  release();
  await settle();
  assert.equal(written(), 2);
  over.value = true;
  release();
  await settle();
  assert.equal(written(), 2);
  assert.equal(input.sent(), 0);
  // Nothing is left for a flush either.
  await writer.close();
});
