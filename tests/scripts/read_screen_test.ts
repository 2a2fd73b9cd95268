import assert from "node:assert/strict";
import { readScreen, type ScreenLine } from "../../scripts/read_screen.ts";

function textOf(lines: readonly ScreenLine[]): string[] {
  return lines.map((line) => line.map(({ text }) => text).join(""));
}

Deno.test("readScreen reads what a terminal shows in the end", () => {
  const cases: readonly (readonly [output: string, lines: string[]])[] = [
    ["one\r\ntwo\r\n", ["one", "two", ""]],
    ["one\ntwo", ["one", "   two"]],
    ["50%\r100%", ["100%"]],
    ["question? yes\rq\x1b[K", ["q"]],
    ["ab\b\bcd", ["cd"]],
    ["trailing   ", ["trailing"]],
    ["\x1b]0;a title\x07$ \x1b[?2004hls\x1b[?2004l", ["$ ls"]],
    ["\x1b]0;a title\x1b\\text\x07", ["text"]],
    ["é😀\b!", ["é!"]],
  ];
  for (const [output, lines] of cases) {
    assert.deepEqual(textOf(readScreen(output)), lines, JSON.stringify(output));
  }
});

Deno.test("readScreen wraps what is wider than the terminal, and nothing else", () => {
  assert.deepEqual(textOf(readScreen("12345\r\n1234567890a\x1b[0m\r\n", 5)), [
    "12345",
    "12345",
    "67890",
    "a",
    "",
  ]);
});

Deno.test("readScreen keeps styles, and where they end", () => {
  const plain = { bold: false, dim: false };
  const [line] = readScreen(
    "a\x1b[2mb\x1b[22mc\x1b[1;31md\x1b[39me\x1b[0mf\x1b[mg",
  );
  assert.deepEqual(line, [
    { text: "a", style: plain },
    { text: "b", style: { bold: false, dim: true } },
    { text: "c", style: plain },
    { text: "d", style: { bold: true, dim: false, color: 1 } },
    { text: "e", style: { bold: true, dim: false } },
    { text: "fg", style: plain },
  ]);
});
