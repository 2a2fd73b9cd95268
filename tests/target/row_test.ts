import assert from "node:assert/strict";
import fc from "fast-check";
import { renderRows, type Row } from "../../src/target/row.ts";

const id = "0123456789abcdef0123456789abcdef";
const row: Row<string> = {
  item: id,
  name: id,
  isId: true,
  status: "RUNNING",
  details: ["5h", "web:7", "us-east-1a", "HEALTHY"],
};
const dim = (text: string) => `<${text}>`;

Deno.test("renderRows writes the documented list where there are no colours", () => {
  assert.equal(
    renderRows([row, { ...row, name: "worker" }], { columns: 80 }),
    `1. ${id} (RUNNING)\n2. worker (RUNNING)\n`,
  );
});

for (
  const [columns, expected] of [
    [undefined, `1. ${id} (RUNNING) <5h  web:7  us-east-1a  HEALTHY>`],
    [80, `1. ${id} (RUNNING) <5h  web:7  us-east-1a  HEALTHY>`],
    [74, `1. ${id} (RUNNING) <5h  web:7  us-east-1a>`],
    [60, `1. ${id} (RUNNING) <5h  web:7>`],
    [46, `1. ${id} (RUNNING)`],
    [45, `1. ${id} (RUNNING)`],
    [40, `1. ${id}`],
    [20, "1. 0123456789abcd..."],
  ] as const
) {
  Deno.test(`renderRows leaves out what ${columns} columns have no room for`, () => {
    assert.equal(renderRows([row], { dim, columns }), `${expected}\n`);
  });
}

Deno.test("renderRows is never wider than the terminal", () => {
  const text = fc.stringMatching(/^[a-z:-]{0,40}$/);
  fc.assert(fc.property(
    text,
    fc.option(text, { nil: undefined }),
    fc.array(text),
    fc.integer({ min: 3, max: 120 }),
    (name, status, details, columns) => {
      const line = renderRows([
        {
          item: 0,
          name,
          isId: false,
          details,
          ...(status === undefined ? {} : { status }),
        },
      ], { dim: (text) => text, columns });
      assert.ok(line.length - 1 <= columns, JSON.stringify(line));
    },
  ));
});
