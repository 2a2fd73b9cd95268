import assert from "node:assert/strict";
import { expectUsageError, parse } from "./parse.ts";

const ID = "0123456789abcdef0123456789abcdef";

function parseLogs(words: readonly string[]) {
  const invocation = parse(["logs", ...words]);
  assert.equal(invocation.kind, "logs");
  return invocation as Extract<typeof invocation, { kind: "logs" }>;
}

Deno.test("logs of a service, and of one task", () => {
  const plain = parseLogs(["prod/web"]);
  assert.equal(plain.shared.service?.value, "web");
  assert.deepEqual(
    [plain.follow, plain.previous, plain.prefix, plain.output, plain.lines],
    [false, false, "auto", "text", undefined],
  );
  assert.deepEqual(parseLogs([ID]).task, { kind: "id", id: ID });
  assert.deepEqual(parseLogs(["--task-id", "01ab"]).task, {
    kind: "prefix",
    prefix: "01ab",
  });
});

Deno.test("-n is a number of lines here, -f follows, and both stand with others", () => {
  assert.equal(parseLogs(["web", "-n", "5"]).lines, 5);
  assert.equal(parseLogs(["web", "-n5"]).lines, 5);
  assert.equal(parseLogs(["web", "-n=5"]).lines, 5);
  const both = parseLogs(["-fn", "7", "web", "-c", "app"]);
  assert.deepEqual([both.follow, both.lines, both.container], [true, 7, "app"]);
});

Deno.test("-n of exec still is no stdin", () => {
  const invocation = parse(["exec", "-n", "web", "--", "true"]);
  assert.ok(invocation.kind === "exec" && invocation.noStdin);
});

Deno.test("times, patterns and a regular expression", () => {
  const { since, until, pattern, grep } = parseLogs([
    "web",
    "--since=2h",
    "--until=2026-11-28T12:00:00Z",
    "--filter",
    "?ERROR ?WARN",
    "--grep",
    "time(d )?out",
  ]);
  assert.deepEqual(since, { kind: "ago", ms: 7_200_000 });
  assert.equal(until?.kind, "at");
  assert.equal(pattern, "?ERROR ?WARN");
  assert.ok(grep?.test("timed out") && !grep.test("fine"));
});

Deno.test("slips of logs", () => {
  for (
    const [words, text] of [
      [["--since", "yesterday"], "it is not a time"],
      [["--until", "10"], "it is not a time"],
      [["--grep", "("], "it is not a regular expression"],
      [["-n", "many"], "it is not a whole number"],
      [["-n", "1000000"], "it is more than 100000"],
      [["-n", "99999999999"], "it must be at most 999999999"],
      [["-f", "--previous"], "what is over cannot be followed"],
      [["-f", "--until", "5m"], "what is over cannot be followed"],
      [["web", "db"], "unexpected argument"],
      [["web", "--", "ls"], "unexpected argument"],
      [["cluster/"], "it is not a service"],
      [["--via", "docker"], 'it is a flag of "exec"'],
      [[ID, "--task-id", "ffff"], "they name different tasks"],
    ] as const
  ) expectUsageError(["logs", ...words], text);
});
