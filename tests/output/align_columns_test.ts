import assert from "node:assert/strict";
import { alignColumns } from "../../src/output/align_columns.ts";

const ROWS = [
  ["a", "first words of the last column"],
  ["longer", "second"],
] as const;

Deno.test("columns are as wide as their longest cells", () => {
  assert.deepEqual(alignColumns(ROWS), [
    "a       first words of the last column",
    "longer  second",
  ]);
  assert.deepEqual(
    alignColumns([["a", "bbb", "c"], ["aa", "b", ""]], { indent: 2, gap: 1 }),
    ["  a  bbb c", "  aa b"],
  );
  assert.deepEqual(alignColumns([]), []);
});

Deno.test("the last column is wrapped below itself", () => {
  assert.deepEqual(alignColumns(ROWS, { indent: 2, width: 36 }), [
    "  a       first words of the last",
    "          column",
    "  longer  second",
  ]);
});

Deno.test("the last column stands below the others where it has no room beside them", () => {
  assert.deepEqual(alignColumns(ROWS, { indent: 2, width: 26 }), [
    "  a",
    "        first words of the",
    "        last column",
    "  longer",
    "        second",
  ]);
});

Deno.test("a text without a width stays as it is", () => {
  assert.deepEqual(alignColumns([["a", "  two  blanks "]]), [
    "a    two  blanks",
  ]);
});
