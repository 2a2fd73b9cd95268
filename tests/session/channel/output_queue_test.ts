import assert from "node:assert/strict";
import { createOutputQueue } from "../../../src/session/channel/output_queue.ts";
import { RELAY_LIMITS } from "../../../src/session/session_limits.ts";

/** A queue, its reader, and what it told about being full. */
function startQueue() {
  const told: boolean[] = [];
  const queue = createOutputQueue((full) => told.push(full));
  return { queue, reader: queue.stream.getReader(), told };
}

const MIB = 1024 * 1024;

Deno.test("what waits is handed over as one chunk", async () => {
  const { queue, reader } = startQueue();
  for (const byte of [1, 2, 3]) queue.push(Uint8Array.of(byte));
  queue.push(new Uint8Array(0));
  assert.deepEqual((await reader.read()).value, Uint8Array.of(1, 2, 3));
});

Deno.test("a reader that waits is woken by the next bytes, and by the end", async () => {
  const { queue, reader } = startQueue();
  const first = reader.read();
  queue.push(Uint8Array.of(7));
  assert.deepEqual((await first).value, Uint8Array.of(7));
  const second = reader.read();
  queue.close();
  assert.equal((await second).done, true);
});

Deno.test("what was pushed before the end is still read, what comes after it is not", async () => {
  const { queue, reader } = startQueue();
  queue.push(Uint8Array.of(1));
  queue.close();
  queue.push(Uint8Array.of(2));
  assert.deepEqual((await reader.read()).value, Uint8Array.of(1));
  assert.equal((await reader.read()).done, true);
});

Deno.test("no chunk is longer than 256 KiB", async () => {
  const { queue, reader } = startQueue();
  for (let count = 0; count < 300; count++) queue.push(new Uint8Array(1024));
  assert.equal((await reader.read()).value?.length, 256 * 1024);
  assert.equal((await reader.read()).value?.length, 44 * 1024);
  queue.push(new Uint8Array(MIB));
  assert.equal((await reader.read()).value?.length, 256 * 1024);
});

Deno.test("what is pushed while a chunk is being written leaves that chunk alone", async () => {
  const { queue, reader } = startQueue();
  const sent: number[] = [];
  const received: number[] = [];
  const push = (length: number) => {
    const bytes = Uint8Array.from({ length }, (_, at) => sent.length + at);
    for (const byte of bytes) sent.push(byte);
    queue.push(bytes);
  };
  push(10);
  for (const length of [70_000, 3, 300_000, 1, 5, 200_000]) {
    const { value } = await reader.read();
    push(length);
    for (const byte of value ?? []) received.push(byte);
  }
  queue.close();
  for (let chunk; (chunk = await reader.read()).value !== undefined;) {
    for (const byte of chunk.value) received.push(byte);
  }
  assert.deepEqual(received, sent);
});

Deno.test("it is full beyond 1 MiB and free again below a quarter of it, told once each", async () => {
  const { queue, reader, told } = startQueue();
  for (let count = 0; count < 4; count++) {
    queue.push(new Uint8Array(256 * 1024));
  }
  assert.deepEqual(told, []);
  queue.push(Uint8Array.of(1));
  queue.push(Uint8Array.of(1));
  assert.deepEqual(told, [true]);
  for (let count = 0; count < 3; count++) await reader.read();
  assert.deepEqual(told, [true]);
  await reader.read();
  assert.deepEqual(told, [true, false]);
});

Deno.test("one of a relay is full beyond 1 MiB and free again below a quarter of it", async () => {
  const told: boolean[] = [];
  const queue = createOutputQueue(
    (full) => told.push(full),
    RELAY_LIMITS.output,
  );
  const reader = queue.stream.getReader();
  queue.push(new Uint8Array(MIB));
  assert.deepEqual(told, []);
  queue.push(Uint8Array.of(1));
  assert.deepEqual(told, [true]);
  for (let count = 0; count < 3; count++) await reader.read();
  assert.deepEqual(told, [true]);
  await reader.read();
  assert.deepEqual(told, [true, false]);
});

Deno.test("a reader that goes away lets the sender go on, and nothing is kept", async () => {
  const { queue, reader, told } = startQueue();
  queue.push(new Uint8Array(5 * MIB));
  await reader.cancel();
  assert.deepEqual(told, [true, false]);
  queue.push(new Uint8Array(5 * MIB));
  queue.close();
  assert.deepEqual(told, [true, false]);
});

Deno.test("a reader that goes away while it waits does no harm", async () => {
  const { queue, reader } = startQueue();
  const read = reader.read();
  queue.push(Uint8Array.of(1));
  await reader.cancel();
  assert.ok(await read);
  queue.push(Uint8Array.of(1));
});
