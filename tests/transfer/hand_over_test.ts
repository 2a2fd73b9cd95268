import assert from "node:assert/strict";
import { createHandOver } from "../../src/transfer/hand_over.ts";

const bytes = (value: number) => Uint8Array.of(value);

Deno.test("pieces are handed over one at a time, and each is used before the next", async () => {
  const handOver = createHandOver();
  const seen: number[] = [];
  const reading = (async () => {
    for await (const piece of handOver.pieces) {
      await Promise.resolve();
      seen.push(piece[0]!);
    }
  })();
  for (const value of [1, 2, 3]) {
    await handOver.give(bytes(value));
    assert.equal(seen.at(-1), value);
  }
  handOver.close();
  await reading;
  await handOver.give(bytes(4));
  assert.deepEqual(seen, [1, 2, 3]);
});

Deno.test("a failure reaches the reader, also one that comes while a piece is used", async () => {
  const reason = new Error("broken");
  for (const isEarly of [true, false]) {
    const handOver = createHandOver();
    const using = Promise.withResolvers<void>();
    const used = Promise.withResolvers<void>();
    const reading = (async () => {
      for await (const _ of handOver.pieces) {
        using.resolve();
        await used.promise;
      }
    })();
    const given = handOver.give(bytes(1));
    await using.promise;
    if (isEarly) handOver.fail(reason);
    used.resolve();
    await given;
    handOver.fail(reason);
    await assert.rejects(reading, reason);
  }
});

Deno.test("a reader that has gone keeps nobody waiting", async () => {
  const handOver = createHandOver();
  const reading = (async () => {
    for await (const _ of handOver.pieces) throw new Error("full");
  })();
  await handOver.give(bytes(1));
  await handOver.give(bytes(2));
  await assert.rejects(reading, /full/);
});
