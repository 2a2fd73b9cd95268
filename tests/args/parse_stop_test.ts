import assert from "node:assert/strict";
import { expectUsageError, parse } from "./parse.ts";

const ID = "0123456789abcdef0123456789abcdef";
const ARN = `arn:aws:ecs:eu-west-1:123456789012:task/prod/${ID}`;

function parseStop(words: readonly string[]) {
  const invocation = parse(["stop", ...words]);
  assert.equal(invocation.kind, "stop");
  return invocation as Extract<typeof invocation, { kind: "stop" }>;
}

Deno.test("stop names tasks by id, the start of it, and ARN", () => {
  const { tasks, shared, yes, wait } = parseStop(["12ab", ARN, "-y", "--wait"]);
  assert.deepEqual(tasks, [
    { kind: "prefix", prefix: "12ab" },
    { kind: "id", id: ID },
  ]);
  assert.deepEqual([shared.cluster?.value, shared.region?.value], [
    "prod",
    "eu-west-1",
  ]);
  assert.deepEqual([yes, wait], [true, true]);
});

Deno.test("slips of stop", () => {
  for (
    const [words, text] of [
      [[], "none was named"],
      [["web"], "it is not a task's id"],
      [["prod/web"], "it is not a task's id"],
      [[""], "it is not a task's id"],
      [["12ab", "--reason", "x".repeat(256)], "longer than 255"],
      [["12ab", "--", "ls"], "unexpected argument"],
      [[ARN, ARN.replace("prod", "test")], "Cannot use"],
      [[ARN, "--cluster", "test"], "Cannot use"],
    ] as const
  ) expectUsageError(["stop", ...words], text);
});
