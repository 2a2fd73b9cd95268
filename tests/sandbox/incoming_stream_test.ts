import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { startIncomingStream } from "./incoming_stream.ts";
import { decodeMessage, encodeMessage, type Message } from "./message_codec.ts";

function message(sequenceNumber: number): Message {
  const decoded = decodeMessage(Buffer.from(
    encodeMessage({
      messageType: "input_stream_data",
      sequenceNumber,
      flags: 0,
      payloadType: 1,
      payload: Buffer.from("x"),
      createdDate: 0,
    }).frame,
  ));
  assert(decoded.kind === "message");
  return decoded.message;
}

Deno.test("messages that come while one is held up are taken in order, however they come", async () => {
  const held = Promise.withResolvers<void>();
  const processed: number[] = [];
  const acknowledged = new Set<number>();
  const stream = startIncomingStream(
    ({ sequenceNumber }) => {
      processed.push(sequenceNumber);
      return sequenceNumber === 0 ? held.promise : undefined;
    },
    ({ sequenceNumber }) =>
      acknowledged.add(sequenceNumber).has(sequenceNumber),
    () => {},
  );
  for (const number of [0, 2, 1, 4, 3]) stream.receive(message(number));
  assert.deepEqual(processed, [0]);
  held.resolve();
  await held.promise;
  await Promise.resolve();
  assert.deepEqual(processed, [0, 1, 2, 3, 4]);
  assert.equal(acknowledged.size, 5);
  assert.equal(stream.blocked(), false);
});
