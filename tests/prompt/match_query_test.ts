import assert from "node:assert/strict";
import fc from "fast-check";
import { matchQuery } from "../../src/prompt/match_query.ts";

const names = ["web", "web-canary", "my-web", "worker", "fargate-old"];

const cases: readonly [query: string, expected: string][] = [
  ["web", "web web-canary my-web"],
  ["WEB", "web web-canary my-web"],
  ["wcn", "web-canary"],
  ["'wcn", ""],
  ["^web", "web web-canary"],
  ["web$", "web my-web"],
  ["!web", "worker fargate-old"],
  ["^web !canary", "web"],
  ["worker | old", "worker fargate-old"],
];
for (const [query, expected] of cases) {
  Deno.test(`matchQuery finds "${expected}" by ${query}`, () => {
    assert.equal(matchQuery(query, names, (name) => name).join(" "), expected);
  });
}

Deno.test("matchQuery puts the best match first", () => {
  assert.deepEqual(
    matchQuery("api", ["a-long-pipe-i", "api"], (name) => name),
    [
      "api",
      "a-long-pipe-i",
    ],
  );
});

Deno.test("matchQuery takes any text for a query, and gives some of the items once", () => {
  const text = fc.string({ unit: "grapheme" });
  fc.assert(fc.property(text, fc.array(text), (query, texts) => {
    const items = texts.map((text) => ({ text }));
    const found = matchQuery(query, items, ({ text }) => text);
    assert.equal(new Set(found).size, found.length);
    assert.ok(found.every((item) => items.includes(item)));
  }));
});
