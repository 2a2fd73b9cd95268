import assert from "node:assert/strict";
import fc from "fast-check";
import { interpretAnswer } from "../../src/target/interpret_answer.ts";
import type { Row } from "../../src/target/row.ts";

function taskRow(name: string, ...details: string[]): Row<string> {
  return { item: name, name, isId: true, details };
}

const tasks = [
  taskRow("12ab", "web:7", "us-east-1a"),
  taskRow("12cd", "web:8", "us-east-1b"),
  taskRow("9999", "web:8", "us-east-1b"),
];

const services = ["api", "api-canary", "payments-recorder-old", "7"].map(
  (name): Row<string> => ({ item: name, name, isId: false, details: ["x"] }),
);

async function read(
  answer: string,
  rows: readonly Row<string>[],
): Promise<string> {
  const meaning = await interpretAnswer(answer, rows);
  switch (meaning.kind) {
    case "row":
      return meaning.row.name;
    case "narrow":
      return `[${meaning.rows.map(({ name }) => name).join(" ")}]`;
    default:
      return meaning.kind;
  }
}

const cases: readonly [string, string][] = [
  ["1", "12ab"],
  [" 3 ", "9999"],
  ["03", "9999"],
  ["9", "9999"],
  ["12", "[12ab 12cd]"],
  ["12C", "12cd"],
  ["12ab", "12ab"],
  // A part of an id, as it is typed: letters that merely are in it in this order are none.
  ["2c", "12cd"],
  ["2d", "again"],
  ["WEB:7", "12ab"],
  ["1b", "[12cd 9999]"],
  ["!1a", "[12cd 9999]"],
  ["web:7 | 1b$", "again"],
  ["^web:7", "[12ab]"],
  ["web", "again"],
  ["0", "again"],
  ["4", "again"],
  ["-1", "again"],
  ["1.", "again"],
  ["nothing", "again"],
  ["", "empty"],
  ["  ", "empty"],
];
for (const [answer, expected] of cases) {
  Deno.test(`interpretAnswer reads "${answer}" among tasks as ${expected}`, async () => {
    assert.equal(await read(answer, tasks), expected);
  });
}

const serviceCases: readonly [string, string][] = [
  ["1", "api"],
  ["7", "7"],
  ["9", "again"],
  // A whole name is that one, though others hold it.
  ["api", "api"],
  ["API", "[api api-canary]"],
  ["canary", "api-canary"],
  // Nobody is sent where the letters merely happen to be.
  ["prod", "[payments-recorder-old]"],
  ["^api !canary", "[api]"],
  ["x", "again"],
];
for (const [answer, expected] of serviceCases) {
  Deno.test(`interpretAnswer reads "${answer}" among services as ${expected}`, async () => {
    assert.equal(await read(answer, services), expected);
  });
}

Deno.test("interpretAnswer takes every row by its number and by its whole id", async () => {
  const ids = fc.uniqueArray(fc.stringMatching(/^[0-9a-f]{32}$/), {
    minLength: 1,
    maxLength: 30,
  });
  await fc.assert(fc.asyncProperty(ids, fc.nat(), async (ids, seed) => {
    const rows = ids.map((id) => taskRow(id));
    const index = seed % rows.length;
    const row = rows[index];
    assert.ok(row);
    for (const answer of [String(index + 1), row.name]) {
      assert.deepEqual(await interpretAnswer(answer, rows), {
        kind: "row",
        row,
      });
    }
  }));
});

Deno.test("interpretAnswer never narrows to everything or nothing", async () => {
  await fc.assert(fc.asyncProperty(fc.string(), async (answer) => {
    for (const rows of [tasks, services]) {
      const meaning = await interpretAnswer(answer, rows);
      if (meaning.kind === "narrow") {
        assert.ok(
          meaning.rows.length > 0 && meaning.rows.length < rows.length,
        );
      }
    }
  }));
});
