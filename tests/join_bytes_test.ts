import assert from "node:assert/strict";
import { joinBytes } from "../src/join_bytes.ts";

Deno.test("joinBytes joins in order, and copies only where there are several", () => {
  const [a, b, none] = [
    Uint8Array.of(1, 2),
    Uint8Array.of(3),
    new Uint8Array(),
  ];
  assert.deepEqual(joinBytes([]), none);
  assert.deepEqual(joinBytes([none, none]), none);
  assert.equal(joinBytes([none, a, none]), a);
  assert.deepEqual(joinBytes([a, none, b, a]), Uint8Array.of(1, 2, 3, 1, 2));
});
