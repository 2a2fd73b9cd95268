import assert from "node:assert/strict";
import {
  createMultiplexer,
  HALF_CLOSED_MS,
  type Multiplexer,
  STUCK_MS,
} from "../../../src/session/port/create_multiplexer.ts";
import {
  muxCommands,
  type MuxFrame,
  takeMuxFrames,
  writeMuxFrame,
} from "../../sandbox/mux_frames.ts";
import { Buffer } from "node:buffer";

const { syn, fin, psh, nop } = muxCommands;
const text = new TextEncoder();
const tick = () => new Promise((resolve) => setTimeout(resolve));

/** A multiplexer whose other end is this test; `slow`: it takes a frame in two pieces. */
function startTest({ slow = false } = {}): {
  readonly mux: Multiplexer;
  /** What was sent since the last call, as "command id data". */
  sent(): Promise<readonly string[]>;
  bring(command: number, id: number, data?: string | Uint8Array): void;
  readonly reading: () => boolean;
  readonly stuck: number[];
  /** How many waits have begun. */
  readonly begun: () => number;
  /** How many waits go on. */
  readonly waits: () => number;
  /** Ends the waits of so many milliseconds that go on. */
  pass(ms: number): Promise<void>;
} {
  const chunks: Uint8Array[] = [];
  const naps: { ms: number; wake: () => void; signal?: AbortSignal }[] = [];
  const stuck: number[] = [];
  let reading = true;
  let begun = 0;
  const mux = createMultiplexer({
    async send(bytes) {
      const half = slow ? bytes.length >> 1 : bytes.length;
      chunks.push(bytes.slice(0, half));
      if (!slow) return;
      await null;
      chunks.push(bytes.slice(half));
    },
    setReading: (wanted) => reading = wanted,
    onStuck: (ms) => stuck.push(ms),
    sleep: (ms, signal) =>
      new Promise((wake) => {
        begun++;
        naps.push({ ms, wake, ...(signal && { signal }) });
        signal?.addEventListener("abort", () => wake());
      }),
  });
  return {
    mux,
    async sent() {
      await tick();
      const taken = takeMuxFrames(Buffer.concat(chunks.splice(0)));
      assert.equal(taken?.rest.length, 0);
      return taken!.frames.map(({ command, id, data }: MuxFrame) =>
        `${command} ${id} ${data}`.trim()
      );
    },
    bring: (command, id, data = "") =>
      mux.push(
        writeMuxFrame(
          command,
          id,
          typeof data === "string" ? text.encode(data) : data,
        ),
      ),
    reading: () => reading,
    stuck,
    begun: () => begun,
    waits: () => naps.filter(({ signal }) => signal?.aborted !== true).length,
    async pass(ms) {
      for (const nap of naps.filter((one) => one.ms === ms)) {
        naps.splice(naps.indexOf(nap), 1);
        if (nap.signal?.aborted !== true) nap.wake();
      }
      await tick();
    },
  };
}

const decode = (bytes: Uint8Array | undefined) =>
  bytes === undefined ? undefined : new TextDecoder().decode(bytes);

Deno.test("streams are numbered 3, 5, 7, and each gets its own data and end", async () => {
  const { mux, sent, bring } = startTest();
  const [a, b, c] = [mux.open(), mux.open(), mux.open()];
  assert.deepEqual(await sent(), [`${syn} 3`, `${syn} 5`, `${syn} 7`]);
  await b.write(text.encode("to b"));
  assert.deepEqual(await sent(), [`${psh} 5 to b`]);
  bring(psh, 7, "from c");
  bring(psh, 3, "from a");
  bring(fin, 3);
  bring(psh, 9, "from nobody");
  bring(nop, 0);
  assert.equal(decode(await a.read()), "from a");
  assert.equal(await a.read(), undefined);
  assert.equal(decode(await c.read()), "from c");
  a.close();
  b.close();
  assert.deepEqual(await sent(), [`${fin} 3`, `${fin} 5`]);
  assert.equal(mux.size(), 1);
  // What comes for a stream that has ended comes to nothing.
  bring(psh, 5, "late");
  assert.equal(await b.read(), undefined);
});

Deno.test("frames of two writers never mix, and long data is cut", async () => {
  const { mux, sent } = startTest({ slow: true });
  const [a, b] = [mux.open(), mux.open()];
  await Promise.all([
    a.write(new Uint8Array(70_000).fill(97)),
    b.write(new Uint8Array(70_000).fill(98)),
  ]);
  const lengths = (await sent()).filter((line) => line.startsWith(`${psh} `))
    .map((line) => [line.split(" ")[1], line.split(" ")[2]!.length]);
  const of = (id: string) =>
    lengths.filter(([of]) => of === id).map(([, length]) => length);
  assert.deepEqual(of("3"), [32_768, 32_768, 4_464]);
  assert.deepEqual(of("5"), [32_768, 32_768, 4_464]);
});

Deno.test("a refusal belongs to the stream that ends without a byte", async () => {
  const { mux, bring } = startTest();
  const [a, b] = [mux.open(), mux.open()];
  bring(psh, 3, "x");
  mux.noteRefusal();
  bring(fin, 3);
  bring(fin, 5);
  assert.deepEqual([a.isRefused(), b.isRefused()], [false, true]);
  // One that nobody waited for leaves no suspicion behind.
  const c = mux.open();
  c.close();
  mux.noteRefusal();
  bring(fin, 7);
  const d = mux.open();
  bring(fin, 9);
  assert.equal(await d.read(), undefined);
  assert.equal(d.isRefused(), false);
});

Deno.test("a half-closed stream waits for its answer, and not for ever", async () => {
  const { mux, sent, bring, pass } = startTest();
  const [a, b] = [mux.open(), mux.open()];
  a.closeWrite();
  b.closeWrite();
  await sent();
  bring(psh, 3, "slow answer");
  bring(fin, 3);
  assert.equal(decode(await a.read()), "slow answer");
  assert.equal(await a.read(), undefined);
  a.close();
  assert.deepEqual(await sent(), [`${fin} 3`]);
  await pass(HALF_CLOSED_MS);
  assert.deepEqual(await sent(), [`${fin} 5`]);
  assert.equal(await b.read(), undefined);
});

Deno.test("each byte of an answer starts the wait again", async () => {
  const { mux, sent, bring, pass, waits, begun } = startTest();
  const a = mux.open();
  a.closeWrite();
  await sent();
  // The wait that had begun before it counts no more.
  bring(psh, 3, "x");
  assert.deepEqual([begun(), waits()], [2, 1]);
  assert.deepEqual(await sent(), []);
  await pass(HALF_CLOSED_MS);
  assert.deepEqual(await sent(), [`${fin} 3`]);
});

Deno.test("only so many half-closed streams are kept: the oldest makes room", async () => {
  const { mux, sent } = startTest();
  for (let count = 0; count < 130; count++) mux.open().closeWrite();
  assert.deepEqual(
    (await sent()).filter((line) => line.startsWith(`${fin} `)),
    [`${fin} 3`, `${fin} 5`],
  );
  assert.equal(mux.size(), 128);
});

Deno.test("a reader that is slow pauses the session, and gets every byte", async () => {
  const { mux, bring, reading, pass, stuck } = startTest();
  const a = mux.open();
  const piece = new Uint8Array(60_000).fill(7);
  let sum = 0;
  while (reading()) {
    bring(psh, 3, piece);
    sum += piece.length;
  }
  assert(sum <= 5 * 1024 * 1024);
  // Alone it holds up nobody.
  await pass(STUCK_MS);
  assert.deepEqual(stuck, []);
  let got = 0;
  while (got < sum) got += (await a.read())!.length;
  assert.equal(reading(), true);
});

Deno.test("a reader that takes nothing is cut off where others wait", async () => {
  const { mux, sent, bring, reading, pass, stuck } = startTest();
  const [a, b] = [mux.open(), mux.open()];
  const first = a.read();
  await sent();
  const piece = new Uint8Array(60_000);
  while (reading()) bring(psh, 3, piece);
  await first;
  // One that is merely slow is not.
  await a.read();
  await pass(STUCK_MS);
  assert.deepEqual([stuck, reading()], [[], false]);
  await pass(STUCK_MS);
  assert.deepEqual(stuck, [STUCK_MS]);
  assert.equal(reading(), true);
  assert.deepEqual(await sent(), [`${fin} 3`]);
  await a.cut;
  bring(psh, 5, "goes on");
  assert.equal(decode(await b.read()), "goes on");
});

Deno.test("the end of the session ends every stream, and new ones at once", async () => {
  const { mux, sent, waits } = startTest();
  const a = mux.open();
  const reading = a.read();
  a.closeWrite();
  await sent();
  assert.equal(waits(), 1);
  mux.close();
  assert.equal(waits(), 0);
  assert.equal(await reading, undefined);
  await a.write(text.encode("lost"));
  assert.equal(await mux.open().read(), undefined);
  assert.deepEqual(await sent(), []);
});
