import assert from "node:assert/strict";
import {
  escapeControls,
  quotePath,
  quoteValue,
  toLine,
} from "../src/quote_value.ts";

Deno.test("a value is echoed up to its hundredth character, and a path whole", () => {
  assert.equal(quoteValue("x".repeat(100)), `"${"x".repeat(100)}"`);
  assert.equal(quoteValue("x".repeat(101)), `"${"x".repeat(100)}…"`);
  assert.equal(quoteValue("y".repeat(1_000_000)), `"${"y".repeat(100)}…"`);
  // A character of two units is not cut in half.
  assert.equal(quoteValue("😀".repeat(101)), `"${"😀".repeat(100)}…"`);
  assert.equal(quotePath("/x".repeat(200)), `"${"/x".repeat(200)}"`);
});

Deno.test("nothing in a line acts on a terminal, ends the line or turns its text around", () => {
  const marks = [
    0x00,
    0x07,
    0x0a,
    0x0d,
    0x1b,
    0x7f,
    0x80,
    0x9b,
    0x9f, // controls
    0x2028,
    0x2029, // ends of lines and paragraphs
    0x061c,
    0x200e,
    0x200f,
    0x202a,
    0x202e,
    0x2066,
    0x2069, // directions
    0xd800,
    0xdfff, // halves of characters
  ];
  for (const mark of marks) {
    const escaped = `a\\u${mark.toString(16).padStart(4, "0")}b`;
    const text = `a${String.fromCharCode(mark)}b`;
    assert.equal(escapeControls(text), escaped);
    assert.equal(toLine(text), escaped);
    assert.equal(JSON.parse(quoteValue(text)), text);
  }
  assert.equal(escapeControls("é 😀 \u00a0"), "é 😀 \u00a0");
});

Deno.test("a line has 4000 characters of a text, and shows where it was cut", () => {
  assert.equal(toLine("x".repeat(4_000)), "x".repeat(4_000));
  assert.equal(toLine("x".repeat(4_001)), `${"x".repeat(4_000)}…`);
  // What is escaped gets longer, and is not cut in the middle.
  assert.equal(toLine("\x1b".repeat(4_001)), `${"\\u001b".repeat(4_000)}…`);
});
