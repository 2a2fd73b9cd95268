import assert from "node:assert/strict";
import fc from "fast-check";
import type { OutputDevice } from "../../src/deps.ts";
import { takeTurns } from "../../src/terminal/take_turns.ts";
import { LONGEST_LINE, writeLines } from "../../src/terminal/write_lines.ts";

const encoder = new TextEncoder();

/** A device that takes its time between the bytes of a write, as a slow pipe does. */
function slowDevice(): OutputDevice & { text(): string } {
  let written = "";
  const decoder = new TextDecoder();
  return {
    isTerminal: false,
    writeText() {},
    async write(bytes) {
      const half = bytes.length >> 1;
      written += decoder.decode(bytes.subarray(0, half), { stream: true });
      await Promise.resolve();
      written += decoder.decode(bytes.subarray(half), { stream: true });
    },
    text: () => written,
  };
}

function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [...new Set(places.map((at) => at % (bytes.length + 1)))]
    .toSorted((a, b) => a - b);
  return [0, ...sorted].map((from, index) =>
    bytes.slice(from, sorted[index] ?? bytes.length)
  );
}

const text = fc.array(
  fc.constantFrom("a", "é", "日", "😀", "\n", "\r\n", "|", " "),
  { maxLength: 40 },
).map((parts) => parts.join(""));

Deno.test("lines of several who write at once are never mixed, however their bytes come", async () => {
  const writer = fc.record({
    text,
    cuts: fc.array(fc.nat(), { maxLength: 12 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(writer, { minLength: 2, maxLength: 5 }),
      fc.scheduler(),
      async (writers, scheduler) => {
        const device = slowDevice();
        const shared = takeTurns(device);
        const all = writers.map(async ({ text, cuts }, number) => {
          const lines = writeLines(shared, `${number} | `);
          for (const chunk of cutAt(encoder.encode(text), cuts)) {
            await scheduler.schedule(Promise.resolve());
            await lines.write(chunk);
            // The sender may use its buffer again.
            chunk.fill(0x3f);
          }
          await lines.end();
        });
        await scheduler.waitFor(Promise.all(all));
        const printed = device.text();
        assert(printed === "" || printed.endsWith("\n"));
        const lines = printed.split("\n").slice(0, -1);
        for (const [number, { text }] of writers.entries()) {
          const own = lines.filter((line) => line.startsWith(`${number} | `))
            .map((line) => `${line.slice(`${number} | `.length)}\n`).join("");
          const whole = text === "" || text.endsWith("\n") ? text : `${text}\n`;
          assert.equal(own, whole);
        }
        assert(lines.every((line) => /^\d \| /.test(line)), printed);
      },
    ),
    { seed: 20261128, numRuns: 300 },
  );
});

Deno.test("a line that is too long becomes several, none of which ends within a character", async () => {
  const device = slowDevice();
  const lines = writeLines(device, "x: ");
  const long = "日".repeat(50_000);
  for (const chunk of cutAt(encoder.encode(`${long}\nshort`), [7, 70_001])) {
    await lines.write(chunk);
  }
  await lines.end();
  const printed = device.text().split("\n");
  assert.equal(printed.at(-1), "");
  assert.equal(printed.at(-2), "x: short");
  const parts = printed.slice(0, -2);
  assert(parts.length >= 3);
  for (const part of parts) {
    assert(part.startsWith("x: 日"), part.slice(0, 10));
    assert(encoder.encode(part).length - 3 <= LONGEST_LINE);
    assert(!part.includes("\ufffd"));
  }
  assert.equal(parts.map((part) => part.slice(3)).join(""), long);
});

Deno.test("a line of the greatest length stays one", async () => {
  const device = slowDevice();
  const lines = writeLines(device, "");
  const longest = "z".repeat(LONGEST_LINE);
  await lines.write(encoder.encode(longest));
  await lines.write(encoder.encode("\n"));
  assert.equal(device.text(), `${longest}\n`);
});

Deno.test("a line without an end is written at the end, and nothing where there is none", async () => {
  const device = slowDevice();
  const lines = writeLines(device, "p ");
  await lines.write(encoder.encode("a\nb"));
  assert.equal(device.text(), "p a\n");
  await lines.end();
  await lines.end();
  assert.equal(device.text(), "p a\np b\n");
});
