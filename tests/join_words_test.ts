import assert from "node:assert/strict";
import { joinWords } from "../src/join_words.ts";

Deno.test("words are listed as a sentence lists them", () => {
  assert.equal(joinWords([]), "");
  assert.equal(joinWords(["a"]), "a");
  assert.equal(joinWords(["a", "b"], "or"), "a or b");
  assert.equal(joinWords(["a", "b", "c"]), "a, b and c");
});
