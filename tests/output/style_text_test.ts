import assert from "node:assert/strict";
import { dimText, paintText, usesColor } from "../../src/output/style_text.ts";

Deno.test("colors are for a terminal that has them, unless it is said otherwise", () => {
  const ask = (
    choice: "auto" | "always" | "never",
    isTerminal: boolean,
    env: Readonly<Record<string, string>> = {},
  ) =>
    usesColor(choice, {
      env: (name) => env[name],
      stderr: { isTerminal } as never,
    });
  assert.equal(ask("auto", true), true);
  assert.equal(ask("auto", false), false);
  assert.equal(ask("auto", true, { NO_COLOR: "1" }), false);
  assert.equal(ask("auto", true, { NO_COLOR: "" }), true);
  assert.equal(ask("auto", true, { TERM: "dumb" }), false);
  assert.equal(ask("always", false, { NO_COLOR: "1", TERM: "dumb" }), true);
  assert.equal(ask("never", true), false);
});

Deno.test("a style ends with its text, and neighbors differ", () => {
  assert.equal(dimText("x"), "\x1b[2mx\x1b[22m");
  const paints = Array.from({ length: 6 }, (_, at) => paintText("x", at));
  assert.equal(new Set(paints).size, 6);
  assert.equal(paintText("x", 6), paints[0]);
  for (const text of paints) assert.ok(text.endsWith("x\x1b[39m"));
});
