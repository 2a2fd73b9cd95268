import assert from "node:assert/strict";
import { parseLogTime, resolveLogTime } from "../src/log_time.ts";

const now = Date.parse("2026-11-28T12:00:00Z");

Deno.test("a time is so long ago, or a date with its offset", () => {
  for (
    const [text, expected] of [
      ["10m", now - 600_000],
      ["1h30m", now - 5_400_000],
      ["0", now],
      ["2026-11-28T11:00:00Z", now - 3_600_000],
      ["2026-11-28T13:00:00.5+01:00", now + 500],
      ["2026-11-28 11:00Z", now - 3_600_000],
      ["2026-11-28t11:00:00z", now - 3_600_000],
    ] as const
  ) {
    const time = parseLogTime(text);
    assert.ok(time !== undefined, text);
    assert.equal(resolveLogTime(time, now), expected, text);
  }
});

Deno.test("what could mean several times, or none, is no time", () => {
  for (
    const text of [
      "",
      "10",
      "-5m",
      "yesterday",
      "2026-11-28",
      "2026-11-28T11:00:00",
      "2026-13-45T11:00:00Z",
      "1 hour",
      "10m ago",
      "1700000000",
    ]
  ) assert.equal(parseLogTime(text), undefined, text);
});

Deno.test("no time is before 1970", () => {
  assert.equal(resolveLogTime({ kind: "ago", ms: 1e18 }, now), 0);
});
