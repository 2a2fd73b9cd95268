import assert from "node:assert/strict";
import { readErrorStyle } from "../../src/args/read_error_style.ts";
import { readWords } from "../../src/args/read_words.ts";

function styleOf(words: readonly string[], logFormat?: string) {
  return readErrorStyle(
    readWords(words),
    (name) => name === "PORTHOLE_LOG_FORMAT" ? logFormat : undefined,
  );
}

Deno.test("-o json is found on a command line that cannot be understood", () => {
  for (
    const words of [
      ["exec", "-o", "json"],
      ["exec", "-ojson"],
      ["exec", "-o=json"],
      ["exec", "-no=json"],
      ["exec", "-no", "json", "--what"],
      ["exec", "--what", "--output=json"],
      ["exec", "--output", "json", "a", "b"],
      ["exec", "a", "b", "-o", "json"],
    ]
  ) {
    assert.equal(styleOf(words).output, "json", words.join(" "));
  }
  for (
    const words of [["exec", "-o", "text"], ["exec", "--", "-o", "json"], [
      "exec",
      "json",
    ], ["exec", "-o", "json", "-o", "text"]]
  ) {
    assert.equal(styleOf(words).output, "text", words.join(" "));
  }
});

Deno.test("--log-format json is seen where the parser gave up", () => {
  const format = (words: readonly string[], variable?: string) =>
    styleOf(words, variable).logFormat;
  assert.equal(format(["exec", "--log-format", "json", "--nope"]), "json");
  assert.equal(format(["exec", "--log-format=json", "a", "b"]), "json");
  assert.equal(format(["exec", "--nope", "--log-format=json"]), "json");
  assert.equal(format(["exec", "a", "b"], "json"), "json");
  assert.equal(format(["exec", "--log-format=text", "a"], "json"), "text");
  assert.equal(format(["exec", "--", "--log-format=json"]), "text");
});
