import assert from "node:assert/strict";
import { copyOutput } from "../../src/terminal/copy_output.ts";

Deno.test("output that cannot be written any more is read to its end, and not tried again", async () => {
  const tried: number[] = [];
  const errors: unknown[] = [];
  let counted = 0;
  let isReadToEnd = false;
  const chunks = [1, 2, 3, 4];
  await copyOutput(
    new ReadableStream({
      pull(controller) {
        const size = chunks.shift();
        if (size !== undefined) controller.enqueue(new Uint8Array(size));
        else {
          isReadToEnd = true;
          controller.close();
        }
      },
    }),
    {
      isTerminal: false,
      write({ length }) {
        tried.push(length);
        return length === 2
          ? Promise.reject(new Deno.errors.BrokenPipe("gone"))
          : Promise.resolve();
      },
      writeText: () => {},
    },
    {
      signal: new AbortController().signal,
      onBytes: (count) => counted += count,
      onError: (error) => errors.push(error),
    },
  );
  // What came later would be output with a hole in it.
  assert.deepEqual(tried, [1, 2]);
  assert.equal(counted, 1);
  assert.equal(errors.length, 1);
  assert.equal(isReadToEnd, true);
});

Deno.test("a chunk that comes when copying has been stopped is read, and not written", async () => {
  const written: number[] = [];
  let counted = 0;
  const stop = new AbortController();
  const chunks = [1, 2, 3];
  let isReadToEnd = false;
  await copyOutput(
    // Nothing is held ready: each chunk is pulled by a read, the second one behind the stop.
    new ReadableStream({
      pull(controller) {
        const size = chunks.shift();
        if (size === 2) stop.abort();
        if (size !== undefined) controller.enqueue(new Uint8Array(size));
        else {
          isReadToEnd = true;
          controller.close();
        }
      },
    }, { highWaterMark: 0 }),
    {
      isTerminal: false,
      write: ({ length }) => Promise.resolve(void written.push(length)),
      writeText: () => {},
    },
    { signal: stop.signal, onBytes: (count) => counted += count },
  );
  assert.deepEqual(written, [1]);
  assert.equal(counted, 1);
  assert.equal(isReadToEnd, true);
});
