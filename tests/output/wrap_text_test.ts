import assert from "node:assert/strict";
import { hangText, wrapText } from "../../src/output/wrap_text.ts";

Deno.test("wrapText breaks between words, and within one that is too long", () => {
  assert.deepEqual(wrapText("a few words", 5), ["a few", "words"]);
  assert.deepEqual(wrapText("0123456789ab c", 5), ["01234", "56789", "ab c"]);
  assert.deepEqual(wrapText("one two", Infinity), ["one two"]);
  assert.deepEqual(wrapText("", 5), [""]);
});

Deno.test("hangText keeps the text right of its heading", () => {
  assert.deepEqual(hangText("Name: ", "the first line and the second", 26), [
    "Name: the first line and",
    "      the second",
  ]);
});
