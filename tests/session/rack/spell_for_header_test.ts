import assert from "node:assert/strict";
import {
  isPlain,
  spellForHeader,
} from "../../../src/session/rack/spell_for_header.ts";

Deno.test("words that a header can carry stay as they are", () => {
  const words = ["ls", "-la", "a b", "'%\\\""];
  assert.equal(spellForHeader(words), words);
});

for (const shell of ["sh", "bash", "busybox sh"]) {
  Deno.test(`${shell} makes other words what they were`, async () => {
    const words = [
      "",
      "-n",
      "-- x",
      "%d%%\\n",
      "a\n\nb\n\n",
      "\t\r\x01\x7f",
      "é漢🙂",
      "$(date) `id` * ' \"",
      "x".repeat(3000),
    ];
    const [program = "", ...rest] = shell.split(" ");
    const spelled = spellForHeader(["printf", "[%s]", ...words]);
    assert.ok(spelled.every(isPlain));
    assert.equal(spelled[0], "sh");
    let output;
    try {
      output = await new Deno.Command(program, {
        args: [...rest, ...spelled.slice(1)],
      }).output();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      return console.log(`Cannot find ${program}; its test is skipped`);
    }
    assert.equal(
      new TextDecoder().decode(output.stdout),
      words.map((word) => `[${word}]`).join(""),
    );
  });
}
