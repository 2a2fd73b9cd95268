import assert from "node:assert/strict";
import { hideSecrets } from "../../src/aws/hide_secrets.ts";
import { tameText } from "../../src/aws/tame_text.ts";

Deno.test("a secret is hidden as it is, as JSON writes it, and where another stands in it", () => {
  const cases: [string, readonly string[], string][] = [
    ["a s3cret, s3cret", ["s3cret"], "a …, …"],
    ["s3cret-long and s3cret", ["s3cret", "s3cret-long"], "… and …"],
    ['{"x":"a\\"b\\\\c"}', ['a"b\\c'], '{"x":"…"}'],
    ["a.b+c(d) axb", ["a.b+c(d)"], "… axb"],
    // A short one is a word by itself: in others it is nothing.
    ["1 of 11, x1, 1.5 and 1", ["1"], "… of 11, x1, 1.5 and …"],
    ["abc abcd", ["abc"], "… abcd"],
    ["abcd xabcdx", ["abcd"], "… x…x"],
    ["nothing", ["", "none"], "nothing"],
  ];
  for (const [text, secrets, hidden] of cases) {
    assert.equal(hideSecrets(text, secrets), hidden);
  }
});

Deno.test("no stream URL and no token stands in a text of AWS's, encrypted or not, however often", () => {
  assert.equal(
    tameText("to wss://a/b?c and WS://127.0.0.1/d."),
    "to wss://… and wss://…",
  );
  assert.equal(
    tameText('token=abc, "TokenValue": "def" and Token: ghi'),
    'token=…, "TokenValue": "…" and Token: …',
  );
  assert.equal(tameText("a\u200bb\u202ec\n\td"), "a b c d");
  assert.equal(tameText("x".repeat(400)), "x".repeat(400));
  assert.equal(tameText("x".repeat(401)), `${"x".repeat(399)}…`);
});
