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
  Deno.test(`matchQuery finds "${expected}" by ${query}`, async () => {
    const found = await matchQuery(query, names, (name) => name);
    assert.equal(found.join(" "), expected);
  });
}

Deno.test("matchQuery puts the best match first", async () => {
  assert.deepEqual(
    await matchQuery("api", ["a-long-pipe-i", "api"], (name) => name),
    [
      "api",
      "a-long-pipe-i",
    ],
  );
});

Deno.test("matchQuery takes any text for a query, and gives some of the items once", async () => {
  const text = fc.string({ unit: "grapheme" });
  await fc.assert(
    fc.asyncProperty(text, fc.array(text), async (query, texts) => {
      const items = texts.map((text) => ({ text }));
      const found = await matchQuery(query, items, ({ text }) => text);
      assert.equal(new Set(found).size, found.length);
      assert.ok(found.every((item) => items.includes(item)));
    }),
  );
});
