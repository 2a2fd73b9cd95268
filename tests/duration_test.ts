import assert from "node:assert/strict";
import fc from "fast-check";
import { describeAge, formatDuration, parseDuration } from "../src/duration.ts";

// The same cases on every run.
fc.configureGlobal({ seed: 20230101 });

Deno.test("a duration is read as Go reads it", () => {
  const durations: Record<string, number> = {
    "5m": 300_000,
    "1h30m": 5_400_000,
    "1.5h": 5_400_000,
    "1.1h": 3_960_000,
    "300ms": 300,
    "0": 0,
    "+0": 0,
    "-0": 0,
    "0s": 0,
    "+5m": 300_000,
    "-5m": -300_000,
    ".5s": 500,
    "5.s": 5_000,
    "1ns": 1e-6,
    "1us": 1e-3,
    "1µs": 1e-3,
    "1μs": 1e-3,
    "1h1h": 7_200_000,
    "30m1h": 5_400_000,
    "2562047h": 2562047 * 3_600_000,
  };
  for (const [text, ms] of Object.entries(durations)) {
    assert.equal(parseDuration(text), ms, text);
  }
});

Deno.test("what Go refuses is no duration", () => {
  const texts = [
    ..."|5|5x|m|.m|.|5 m| 5m|5m |5m garbage|--5m|+-5m|5M|1.5.5m|5m-3s|1e3s|5d|1w|∞|５m|0x1s|5m\n|NaN|1,5h"
      .split("|"),
    "2562048h",
    "9".repeat(400) + "h",
  ];
  for (const text of texts) {
    assert.equal(parseDuration(text), undefined, JSON.stringify(text));
  }
});

Deno.test("a duration is written in its shortest form", () => {
  const durations: [number, string][] = [
    [0, "0"],
    [600_000, "10m"],
    [5_400_000, "1h30m"],
    [3_600_000, "1h"],
    [3_601_000, "1h1s"],
    [1_500, "1.5s"],
    [300, "300ms"],
    [0.001, "0.001ms"],
    [-300_000, "-5m"],
  ];
  for (const [ms, text] of durations) assert.equal(formatDuration(ms), text);
});

Deno.test("an age is told in its largest unit", () => {
  const ages: [number, string][] = [
    [-5, "0s"],
    [59, "59s"],
    [60, "1m"],
    [3_599, "59m"],
    [3_600, "1h"],
    [48 * 3_600 - 1, "47h"],
    [48 * 3_600, "2d"],
    [71 * 3_600, "2d"],
  ];
  for (const [seconds, text] of ages) {
    const now = new Date(seconds * 1_000 + 999);
    assert.equal(describeAge(new Date(seconds < 0 ? 999 : 0), now), text);
  }
});

Deno.test("what is written is read back", () => {
  fc.assert(fc.property(fc.integer({ min: -1e12, max: 1e12 }), (ms) => {
    assert.equal(parseDuration(formatDuration(ms)), ms);
  }));
});

Deno.test("any text is a duration or not, without a crash", () => {
  const pieces = fc.constantFrom(
    "1",
    "0",
    ".",
    "h",
    "m",
    "s",
    "ms",
    "µs",
    "-",
    "+",
    " ",
    "x",
    "5m",
  );
  const texts = fc.oneof(
    fc.string(),
    fc.array(pieces).map((parts) => parts.join("")),
  );
  fc.assert(fc.property(texts, (text) => {
    const ms = parseDuration(text);
    assert.ok(ms === undefined || Number.isFinite(ms));
  }));
});
