import assert from "node:assert/strict";
import { withinTimeout } from "../../src/limits/within_timeout.ts";

const never = new Promise<never>(() => {});

function limit(value: number) {
  return { timeoutMs: { value, source: { kind: "default" } } } as const;
}

Deno.test("what is answered in time is the answer, and the clock is stopped", async () => {
  const clocks: (AbortSignal | undefined)[] = [];
  const waiting = {
    sleep(_ms: number, signal?: AbortSignal) {
      clocks.push(signal);
      return never;
    },
  };
  const answer = Promise.resolve(7);
  assert.equal(await withinTimeout(answer, limit(1_000), waiting), 7);
  assert.deepEqual(clocks.map((signal) => signal?.aborted), [true]);
});

Deno.test("what takes longer is given up, and told how to wait longer", async () => {
  const over = { sleep: () => Promise.resolve() };
  await assert.rejects(withinTimeout(never, limit(90_000), over), {
    code: "timed_out",
    message: /within 1m30s$/,
    hint: /--timeout/,
  });
});

Deno.test("without a limit no clock runs", async () => {
  const deps = {
    sleep: () => {
      throw new Error("not expected");
    },
  };
  assert.equal(await withinTimeout(Promise.resolve(7), limit(0), deps), 7);
});
