import assert from "node:assert/strict";
import fc from "fast-check";
import type { Message } from "../../../src/session/channel/message.ts";
import {
  createReceiveOrder,
  type ReceiveOrder,
} from "../../../src/session/channel/receive_order.ts";
import { RELAY_LIMITS } from "../../../src/session/session_limits.ts";
import { propertyRuns } from "../property_runs.ts";

function numbered(sequence: number, length = 0): Message {
  return {
    type: "output_stream_data",
    createdAt: 0,
    sequence,
    flags: 0,
    id: "00000000-0000-0000-0000-000000000000",
    payloadType: 1,
    payload: new Uint8Array(length),
  };
}

/** What comes of messages with these numbers: `+` acknowledged, then what is in order now. */
function accept(order: ReceiveOrder, ...sequences: number[]): string[] {
  return sequences.map((sequence) => {
    const { acknowledge, deliver } = order.accept(numbered(sequence));
    return (acknowledge ? "+" : "-") +
      deliver.map((message) => message.sequence).join();
  });
}

Deno.test("what comes in order goes through", () => {
  assert.deepEqual(accept(createReceiveOrder(), 0, 1, 2), ["+0", "+1", "+2"]);
});

Deno.test("what comes early waits, acknowledged, for what is missing", () => {
  assert.deepEqual(accept(createReceiveOrder(), 2, 1, 4, 0, 3), [
    "+",
    "+",
    "+",
    "+0,1,2",
    "+3,4",
  ]);
});

Deno.test("duplicates are acknowledged again and delivered once", () => {
  assert.deepEqual(accept(createReceiveOrder(), 0, 0, 2, 2, 1, 2, 1, 0), [
    "+0",
    "+",
    "+",
    "+",
    "+1,2",
    "+",
    "+",
    "+",
  ]);
});

Deno.test("beyond 10 000 waiting a message is not acknowledged: it must come again", () => {
  const order = createReceiveOrder();
  for (let sequence = 1; sequence <= 10_000; sequence++) {
    accept(order, sequence);
  }
  assert.deepEqual(accept(order, 10_001, 5), ["-", "+"]);
  assert.equal(order.accept(numbered(0)).deliver.length, 10_001);
  assert.deepEqual(accept(order, 10_001), ["+10001"]);
});

Deno.test("beyond 16 MiB waiting a message is not acknowledged, and what was delivered makes room", () => {
  const order = createReceiveOrder();
  const mebibyte = 1024 * 1024;
  const acknowledged = (sequence: number) =>
    order.accept(numbered(sequence, mebibyte)).acknowledge;
  for (let sequence = 1; sequence <= 16; sequence++) {
    assert.ok(acknowledged(sequence));
  }
  assert.ok(!acknowledged(17));
  assert.ok(acknowledged(16), "one that is there is not kept twice");
  assert.equal(order.accept(numbered(0)).deliver.length, 17);
  assert.ok(acknowledged(18));
});

Deno.test("a relay keeps 4 MiB ahead of their turn", () => {
  const order = createReceiveOrder(RELAY_LIMITS.ahead);
  const acknowledged = (sequence: number) =>
    order.accept(numbered(sequence, 1024 * 1024)).acknowledge;
  assert.deepEqual([1, 2, 3, 4, 5].map(acknowledged), [
    true,
    true,
    true,
    true,
    false,
  ]);
});

Deno.test("a message is new once, and not when it could not be kept", () => {
  const order = createReceiveOrder();
  const news = (sequence: number, length = 0) =>
    order.accept(numbered(sequence, length)).isNew;
  assert.deepEqual([news(0), news(0), news(2), news(2), news(0)], [
    true,
    false,
    true,
    false,
    false,
  ]);
  assert.ok(!news(3, 17 * 1024 * 1024));
});

Deno.test("a gap is known as one until it is filled", () => {
  const order = createReceiveOrder();
  assert.ok(!order.hasGap());
  accept(order, 0, 2);
  assert.ok(order.hasGap());
  accept(order, 1);
  assert.ok(!order.hasGap());
});

Deno.test("in any order, with any repetition, each is delivered once and in order", () => {
  const anyArrivals = fc.integer({ min: 1, max: 60 }).chain((count) =>
    fc.tuple(
      fc.array(fc.nat({ max: count - 1 }), { maxLength: 100 }),
      fc.shuffledSubarray(Array.from({ length: count }, (_, i) => i), {
        minLength: count,
        maxLength: count,
      }),
    )
  );
  fc.assert(
    fc.property(anyArrivals, ([first, all]) => {
      const order = createReceiveOrder();
      const delivered = [...first, ...all].flatMap((sequence) => {
        const { acknowledge, deliver } = order.accept(numbered(sequence));
        assert.ok(acknowledge);
        return deliver.map((message) => message.sequence);
      });
      assert.deepEqual(delivered, all.map((_, index) => index));
    }),
    propertyRuns(),
  );
});
