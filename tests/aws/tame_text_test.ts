import assert from "node:assert/strict";
import fc from "fast-check";
import { tameText } from "../../src/aws/tame_text.ts";

Deno.test("tameText gives one short line without control or formatting characters", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 2000 }), (text) => {
      const tamed = tameText(text);
      assert.ok(tamed.length <= 400);
      assert.doesNotMatch(tamed, /[\p{Cc}\p{Cf}\u2028\u2029]/u);
    }),
  );
});

Deno.test("tameText keeps the words, without the full stop", () => {
  assert.equal(tameText("Service\n not\tfound."), "Service not found");
});

Deno.test("tameText hides stream URLs and tokens", () => {
  const text = tameText(
    'streamUrl wss://ssmmessages/v1/data-channel/x?y tokenValue="AAEA/secret" x-amz-security-token:IQoJ',
  );
  assert.doesNotMatch(text, /data-channel|secret|IQoJ/);
});
