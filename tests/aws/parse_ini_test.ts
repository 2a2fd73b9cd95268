import assert from "node:assert/strict";
import fc from "fast-check";
import { IniError, parseIni, parseIniBlock } from "../../src/aws/parse_ini.ts";
import { propertyRuns } from "../session/property_runs.ts";

function parse(text: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    [...parseIni(text)].map(([name, settings]) => [
      name,
      Object.fromEntries(settings),
    ]),
  );
}

/** What Python 3.11's configparser.RawConfigParser makes of the same text. */
const READ: readonly (readonly [text: string, sections: object])[] = [
  ["", {}],
  ["# nothing\n; else\n", {}],
  ["[a]\nx=1\n", { a: { x: "1" } }],
  ["[a]\r\nx = 1\r\n\r\n[b]\r\ny=2", { a: { x: "1" }, b: { y: "2" } }],
  ["[a]\rx=1\r", { a: { x: "1" } }],
  ["[ a ]\nX : 1\n", { " a ": { x: "1" } }],
  ["[a] ; said of it\nx=1", { a: { x: "1" } }],
  ["[a]b]\nx=1", { "a]b": { x: "1" } }],
  ["  [a]\n  x=1\n  y=2\n", { a: { x: "1", y: "2" } }],
  ["[a]\nx=1 ; 2 # 3\n", { a: { x: "1 ; 2 # 3" } }],
  ["[a]\nx=\ny = \n", { a: { x: "", y: "" } }],
  ["[a]\nx = a=b:c\n", { a: { x: "a=b:c" } }],
  ["[a]\nx:y=z\n", { a: { x: "y=z" } }],
  ["[a]\nx =\n  y = 1\n  z = 2\nb = 3\n", {
    a: { x: "\ny = 1\nz = 2", b: "3" },
  }],
  ["[a]\nx = 1\n  2\n\n  3\n", { a: { x: "1\n2\n\n3" } }],
  ["[a]\nx = 1\n\n\n[b]\n", { a: { x: "1" }, b: {} }],
  ["[a]\nx = 1\n  # 2\n  3\n", { a: { x: "1\n3" } }],
  ["[a]\nx = 1\n  [b]\ny = 2\n", { a: { x: "1\n[b]", y: "2" } }],
  ["[a]\nzwei wörter = ja\n", { a: { "zwei wörter": "ja" } }],
  ["[DEFAULT]\nx=1\ny=1\n[a]\ny=2\n[b]\n", {
    a: { x: "1", y: "2" },
    b: { x: "1", y: "1" },
  }],
];

for (const [text, sections] of READ) {
  Deno.test(`parseIni reads as Python does: ${JSON.stringify(text)}`, () => {
    assert.deepEqual(parse(text), sections);
  });
}

const REFUSED: readonly (readonly [text: string, line: number])[] = [
  ["x=1\n[a]\n", 1],
  ["[a]\nsecret without a name\n", 2],
  ["[a]\n=secret\n", 2],
  ["[a]\nx=1\nX=2\n", 3],
  ["[a]\nx=1\n[b]\n[a]\n", 4],
  ["[]\n", 1],
  ["\n\n[a\n", 3],
];

for (const [text, line] of REFUSED) {
  Deno.test(`parseIni refuses what Python does, and shows no value: ${JSON.stringify(text)}`, () => {
    assert.throws(() => parse(text), (error) => {
      assert(error instanceof IniError);
      assert.equal(error.line, line);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });
}

Deno.test("parseIni reads any text or refuses it, and never crashes", () => {
  const line = fc.constantFrom(
    "[a]",
    "[b] x",
    "x = 1",
    "  y : 2",
    "z",
    "# c",
    "",
    "\t[DEFAULT]",
    "\uFEFF",
    "[profile 本番]",
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(line).map((lines) => lines.join("\n")),
  );
  fc.assert(
    fc.property(text, (text) => {
      try {
        parseIni(text);
      } catch (error) {
        assert(error instanceof IniError, String(error));
      }
    }),
    propertyRuns(),
  );
});

Deno.test("parseIniBlock reads a block's settings", () => {
  assert.deepEqual(
    [...parseIniBlock("\n endpoint_url = http://x?a=b \nnothing\n")],
    [["endpoint_url", "http://x?a=b"]],
  );
});
