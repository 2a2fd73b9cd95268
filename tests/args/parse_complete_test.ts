import assert from "node:assert/strict";
import { expectUsageError, parse } from "./parse.ts";

function parseComplete(words: readonly string[]) {
  const invocation = parse(["__complete", ...words]);
  assert.equal(invocation.kind, "complete");
  return invocation as Extract<typeof invocation, { kind: "complete" }>;
}

Deno.test("__complete takes a kind, shared flags and a TARGET in any order", () => {
  for (
    const words of [
      ["tasks", "prod/web", "--region", "eu-west-1"],
      ["--region", "eu-west-1", "tasks", "prod/web"],
      ["tasks", "--region", "eu-west-1", "prod/web"],
    ]
  ) {
    const { candidates, shared, typed } = parseComplete(words);
    assert.equal(candidates, "tasks");
    assert.equal(shared.cluster?.value, "prod");
    assert.equal(shared.service?.value, "web");
    assert.equal(shared.region?.value, "eu-west-1");
    assert.deepEqual(typed, ["__complete", ...words]);
  }
});

Deno.test("what is to become a target may be begun in any way", () => {
  for (const prefix of ["", "we", "prod/", "prod/w", "a/b/c", "arn:aws:"]) {
    const { candidates, ...rest } = parseComplete(["targets", prefix]);
    assert.equal(candidates, "targets");
    assert.equal(rest.prefix, prefix);
    assert.equal(rest.shared.service, undefined);
  }
});

Deno.test("an empty word before the cursor is no TARGET", () => {
  assert.equal(parseComplete(["containers", ""]).shared.service, undefined);
  // Names of AWS's own files are the same wherever they are typed.
  assert.equal(parseComplete(["profiles", "a/b/c"]).candidates, "profiles");
});

Deno.test("__complete of nothing that can be completed is a mistake, for the caller to swallow", () => {
  expectUsageError(["__complete"], '""', "");
  expectUsageError(["__complete", "accounts"], '"accounts"');
  expectUsageError(["__complete", "tasks", "web", "more"], '"more"');
  assert.equal(parseComplete(["clusters", "--help"]).candidates, "clusters");
});
