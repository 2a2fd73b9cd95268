import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { createByteStore } from "../../../src/session/channel/byte_store.ts";

const anyBytes = fc.uint8Array({ maxLength: 200_000 });

Deno.test("what is taken is what was added since, whatever is added behind it", () => {
  fc.assert(
    fc.property(fc.array(fc.array(anyBytes, { maxLength: 4 })), (turns) => {
      const store = createByteStore();
      let taken: Uint8Array = new Uint8Array(0);
      let expected = Buffer.alloc(0);
      for (const turn of turns) {
        for (const bytes of turn) store.add(bytes);
        assert.ok(expected.equals(taken));
        expected = Buffer.concat(turn);
        assert.equal(store.length(), expected.length);
        taken = store.take();
        assert.ok(expected.equals(taken));
      }
    }),
    { numRuns: 30 },
  );
});

Deno.test("what was cleared does not come back", () => {
  const store = createByteStore();
  store.add(Uint8Array.of(1, 2));
  store.clear();
  store.add(Uint8Array.of(3));
  assert.deepEqual([...store.take()], [3]);
  assert.equal(store.take().length, 0);
});
