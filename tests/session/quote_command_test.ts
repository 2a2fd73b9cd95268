import assert from "node:assert/strict";
import fc from "fast-check";
import { quoteCommand } from "../../src/session/quote_command.ts";
import { splitCommand } from "../sandbox/split_command.ts";
import { propertyRuns } from "./property_runs.ts";

const anyWord = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({
    unit: fc.constantFrom(..."'\"\\#$` \t\r\n*~!&|;<>()[]{}=a-é😀"),
  }),
).map((word) => word.replaceAll("\0", ""));

Deno.test("the agent's splitter gives any words back", () => {
  fc.assert(
    fc.property(fc.array(anyWord, { minLength: 1 }), (words) => {
      assert.deepEqual(splitCommand(quoteCommand(words)), {
        kind: "words",
        words,
      });
    }),
    propertyRuns(),
  );
});

for (
  const [words, text] of [
    [["ls", "-la", "/var/log"], "ls -la /var/log"],
    [["echo", ""], "echo ''"],
    [["echo", "#x"], "echo '#x'"],
    [["echo", "a b"], "echo 'a b'"],
    [["echo", "it's"], `echo 'it'"'"'s'`],
  ] as const
) {
  Deno.test(`${JSON.stringify(words)} becomes ${text}`, () => {
    assert.equal(quoteCommand(words), text);
  });
}
