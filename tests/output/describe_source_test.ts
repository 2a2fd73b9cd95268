import assert from "node:assert/strict";
import { describeSource } from "../../src/output/describe_source.ts";

Deno.test("a source is told in a few words", () => {
  const told = [
    describeSource({ kind: "flag", name: "--region" }),
    describeSource({ kind: "env", name: "AWS_REGION" }),
    describeSource({ kind: "target" }),
    describeSource({ kind: "file", path: "a.yml", line: 3, column: 1 }),
    describeSource({ kind: "aws_profile", profile: "dev" }),
    describeSource({ kind: "default" }),
  ];
  assert.deepEqual(told, [
    "--region",
    "AWS_REGION",
    "TARGET",
    "a.yml:3:1",
    "AWS profile dev",
    "default",
  ]);
});
