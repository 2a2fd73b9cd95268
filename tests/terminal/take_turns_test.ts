import assert from "node:assert/strict";
import { takeTurns } from "../../src/terminal/take_turns.ts";

Deno.test("each write is done before the next begins, and those who wait are served in turn", async () => {
  const order: string[] = [];
  const shared = takeTurns({
    isTerminal: false,
    writeText() {},
    async write([who]) {
      order.push(`${who} begins`);
      await new Promise((resolve) => queueMicrotask(() => resolve(undefined)));
      order.push(`${who} ends`);
    },
  });
  const writeTwice = async (who: number) => {
    await shared.write(Uint8Array.of(who));
    await shared.write(Uint8Array.of(who));
  };
  await Promise.all([writeTwice(1), writeTwice(2)]);
  assert.deepEqual(
    order,
    [1, 2, 1, 2].flatMap((who) => [`${who} begins`, `${who} ends`]),
  );
});

Deno.test("a write that fails is told to its writer, and to nobody else", async () => {
  let failing = true;
  const written: Uint8Array[] = [];
  const shared = takeTurns({
    isTerminal: false,
    writeText() {},
    write(bytes) {
      if (failing) {
        failing = false;
        return Promise.reject(new Deno.errors.BrokenPipe());
      }
      written.push(bytes);
      return Promise.resolve();
    },
  });
  const [first, second] = await Promise.allSettled([
    shared.write(Uint8Array.of(1)),
    shared.write(Uint8Array.of(2)),
  ]);
  assert.equal(first.status, "rejected");
  assert.equal(second.status, "fulfilled");
  assert.deepEqual(written, [Uint8Array.of(2)]);
});
