import assert from "node:assert/strict";
import { matchOutput } from "./match_output.ts";

Deno.test("matchOutput takes what differs from run to run, and nothing else", () => {
  const id = "a8a5a91ee0385785252133232de909f6";
  const cases: readonly (readonly [string, string, boolean])[] = [
    ["one\ntwo\n", "one\r\ntwo\r\n", true],
    ["one", "two", false],
    ["one", "one\ntwo", false],
    ["one\n…", "one", true],
    ["one\n…", "one\ntwo\nthree\n", true],
    ["…\nthree", "one\ntwo\nthree\n", true],
    ["…\nthree", "one\ntwo\n", false],
    ["a … c", "a b c", true],
    ["a … c", "a b\nc", false],
    ["a.c", "abc", false],
    [
      "2026/11/22 12:00:00 [info] x",
      "2030/01/02 03:04:05 [info] x",
      true,
    ],
    [`Task ID: ${id}`, `Task ID: ${"0".repeat(32)}`, true],
    [`Task ID: ${id}`, "Task ID: 0", false],
  ];
  for (const [shown, output, expected] of cases) {
    assert.equal(matchOutput(shown, output), expected, `${shown} / ${output}`);
  }
});
