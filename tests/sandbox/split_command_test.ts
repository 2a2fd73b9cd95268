import assert from "node:assert/strict";
import { splitCommand } from "./split_command.ts";

const words: readonly (readonly [string, readonly string[]])[] = [
  ["ls -la /", ["ls", "-la", "/"]],
  ["  a\tb\r\nc  ", ["a", "b", "c"]],
  [`sh -c 'echo "$1" | wc' ph 'a b'`, [
    "sh",
    "-c",
    'echo "$1" | wc',
    "ph",
    "a b",
  ]],
  [`'it'"'"'s'`, ["it's"]],
  [`a\\ b \\'`, ["a b", "'"]],
  // In double quotes too a backslash keeps whatever follows, and goes.
  [`"a\\nb\\"c"`, ['anb"c']],
  [`''`, [""]],
  [`a ''  ""b`, ["a", "", "b"]],
  // A # begins a comment at a word's start only.
  ["echo #foo bar", ["echo"]],
  ["echo a#b '#c' \\#d", ["echo", "a#b", "#c", "#d"]],
  ["echo #x\nnext", ["echo", "next"]],
  ["# foo", []],
  ["a && b | c $X", ["a", "&&", "b", "|", "c", "$X"]],
  [`'é\t😀\n#*$\`\\'`, ["é\t😀\n#*$`\\"]],
];

Deno.test("a command is split as the agent splits it", () => {
  for (const [command, expected] of words) {
    assert.deepEqual(splitCommand(command), {
      kind: "words",
      words: expected,
    }, command);
  }
});

Deno.test("an open quote and a last backslash are refused in the agent's words", () => {
  for (const command of ["'a", '"a', "a'", `"a\\"`]) {
    assert.deepEqual(splitCommand(command), {
      kind: "error",
      message: "EOF found when expecting closing quote",
    });
  }
  for (const command of ["a\\", '"a\\']) {
    assert.deepEqual(splitCommand(command), {
      kind: "error",
      message: "EOF found after escape character",
    });
  }
});
