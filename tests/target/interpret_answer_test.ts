import assert from "node:assert/strict";
import fc from "fast-check";
import {
  interpretAnswer,
  type TaskRow,
} from "../../src/target/interpret_answer.ts";
import { task } from "./fake_access.ts";

const rows: readonly TaskRow[] = [
  { task: task("12ab"), details: "web:7  us-east-1a" },
  { task: task("12cd"), details: "web:8  us-east-1b" },
  { task: task("9999"), details: "web:8  us-east-1b" },
];

function read(answer: string): string {
  const meaning = interpretAnswer(answer, rows);
  switch (meaning.kind) {
    case "row":
      return meaning.row.task.id;
    case "narrow":
      return meaning.rows.map(({ task }) => task.id).join(" ");
    default:
      return meaning.kind;
  }
}

const cases: readonly [string, string][] = [
  ["1", "12ab"],
  [" 3 ", "9999"],
  ["03", "9999"],
  ["9", "9999"],
  ["12", "12ab 12cd"],
  ["12C", "12cd"],
  ["12ab", "12ab"],
  ["WEB:7", "12ab"],
  ["1b", "12cd 9999"],
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
  Deno.test(`interpretAnswer reads "${answer}" as ${expected}`, () => {
    assert.equal(read(answer), expected);
  });
}

Deno.test("interpretAnswer takes every row by its number and by its whole id", () => {
  const ids = fc.uniqueArray(fc.stringMatching(/^[0-9a-f]{32}$/), {
    minLength: 1,
    maxLength: 30,
  });
  fc.assert(fc.property(ids, fc.nat(), (ids, seed) => {
    const rows = ids.map((id) => ({ task: task(id), details: "" }));
    const index = seed % rows.length;
    const row = rows[index];
    assert.ok(row);
    assert.deepEqual(interpretAnswer(String(index + 1), rows), {
      kind: "row",
      row,
    });
    if (rows.length > 1) {
      assert.deepEqual(interpretAnswer(row.task.id, rows), {
        kind: "row",
        row,
      });
    }
  }));
});

Deno.test("interpretAnswer never narrows to everything or nothing", () => {
  fc.assert(fc.property(fc.string(), (answer) => {
    const meaning = interpretAnswer(answer, rows);
    if (meaning.kind === "narrow") {
      assert.ok(meaning.rows.length > 1 && meaning.rows.length < rows.length);
    }
  }));
});
