import assert from "node:assert/strict";
import { describeProgress, formatSize } from "../../src/transfer/progress.ts";

Deno.test("progress has what is known: bytes, share, rate, time left", () => {
  const table: readonly (readonly [
    bytes: number,
    total: number | undefined,
    elapsedMs: number,
    text: string,
  ])[] = [
    [0, undefined, 0, "0 B"],
    [512, 2_048, 100, "512 B of 2.0 KiB (25%)"],
    [1_048_576, undefined, 2_000, "1.0 MiB, 512.0 KiB/s"],
    [
      1_048_576,
      64 * 1_048_576,
      2_000,
      "1.0 MiB of 64.0 MiB (1%), 512.0 KiB/s, 2m6s left",
    ],
    [
      1_048_576,
      1e12,
      1_000,
      "1.0 MiB of 931.3 GiB (0%), 1.0 MiB/s, 264h54m34s left",
    ],
    // A file that grows has no share.
    [3_000, 2_000, 1_000, "2.9 KiB, 2.9 KiB/s"],
    [0, 2_000, 5_000, "0 B of 1.9 KiB (0%), 0 B/s"],
    [5, 0, 1_000, "5 B, 5 B/s"],
  ];
  for (const [bytes, total, elapsedMs, text] of table) {
    assert.equal(describeProgress({ bytes, total, elapsedMs }), text);
  }
  assert.equal(formatSize(5 * 1024 ** 5), "5.0 PiB");
});
