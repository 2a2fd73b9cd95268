import assert from "node:assert/strict";
import {
  cutText,
  measureTable,
  renderTable,
  type Table,
} from "../../src/output/render_table.ts";

const table: Table = {
  columns: [
    { title: "ID", rank: 0 },
    { title: "NAME", rank: 1, least: 4 },
    { title: "ZONE", rank: 3 },
    { title: "WHY", rank: 2, least: 8 },
  ],
  rows: [
    { cells: ["1", "web", "a", "it is as it should be"] },
    { cells: ["22", "web-canary", "b", "it is not"], below: "it is not" },
  ],
};

/** Each of these widths, with what fits into it. */
const WIDTHS: readonly (readonly [width: number | undefined, text: string])[] =
  [
    [
      undefined,
      "ID  NAME        ZONE  WHY\n" +
      "1   web         a     it is as it should be\n" +
      "22  web-canary  b     it is not\n",
    ],
    [
      40,
      "ID  NAME        WHY\n" +
      "1   web         it is as it should be\n" +
      "22  web-canary  it is not\n",
    ],
    [
      30,
      "ID  NAME        WHY\n" +
      "1   web         it is as it...\n" +
      "22  web-canary  it is not\n",
    ],
    [
      20,
      "ID  NAME\n" +
      "1   web\n" +
      "22  web-canary\n" +
      "    it is not\n",
    ],
    [
      10,
      "ID  NAME\n" +
      "1   web\n" +
      "22  web...\n" +
      "    it is not\n",
    ],
    [5, "ID\n1\n22\n    it is not\n"],
    [1, "I\n1\n2\n    it is not\n"],
  ];

for (const [width, text] of WIDTHS) {
  Deno.test(`renderTable leaves out, cuts and moves down what ${width} columns have no room for`, () => {
    assert.equal(renderTable(table, { width }), text);
  });
}

Deno.test("a table fits into its own width, and without rows it has its titles", () => {
  assert.equal(measureTable(table), 43);
  assert.equal(
    renderTable(table, { width: 43 }),
    renderTable(table),
  );
  assert.equal(
    renderTable({ ...table, rows: [] }),
    "ID  NAME  ZONE  WHY\n",
  );
});

Deno.test("only the titles stand back", () => {
  const text = renderTable(table, { dim: (line) => `<${line}>` });
  assert.match(text, /^<ID .*>\n1 /);
});

Deno.test("cutText shows that it has cut", () => {
  assert.equal(cutText("abcdef", 6), "abcdef");
  assert.equal(cutText("ab cdef", 6), "ab...");
  assert.equal(cutText("abcdef", 2), "ab");
  assert.equal(cutText("abcdef", -1), "");
});
