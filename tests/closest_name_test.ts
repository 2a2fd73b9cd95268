import assert from "node:assert/strict";
import { closestName } from "../src/closest_name.ts";

const names = ["web", "worker", "legacy", "fargate-old"];

const cases: readonly [string, string | undefined][] = [
  ["wbe", "web"],
  ["wib", "web"],
  ["wroker", "worker"],
  ["wrkr", "worker"],
  ["fargat-old", "fargate-old"],
  ["xyz", undefined],
  ["database", undefined],
  ["WEB", "web"],
  ["fargateold", "fargate-old"],
  ["--worker", "worker"],
  ["worker", undefined],
  ["wo", undefined],
  ["legal", "legacy"],
  ["lega", "legacy"],
  ["gel", undefined],
  ["--", undefined],
  ["", undefined],
  ["w".repeat(200), undefined],
];
for (const [word, name] of cases) {
  Deno.test(`closestName: "${word.slice(0, 12)}" is ${name}`, () => {
    assert.equal(closestName(word, names), name);
  });
}

Deno.test("closestName has nothing to suggest among no names", () => {
  assert.equal(closestName("web", []), undefined);
});

Deno.test("closestName prefers the one name that the word begins", () => {
  const flags = ["--pick", "--timeout", "--tty", "--task-id"];
  assert.equal(closestName("--time", flags), "--timeout");
});
