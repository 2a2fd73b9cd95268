import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import {
  createToken,
  findByToken,
  readBasic,
} from "../../../src/rack/users/token.ts";

Deno.test("a token is a name and 256 random bits, of which only a hash is kept", () => {
  const one = createToken("ann");
  const [name, secret = ""] = one.token.split(".");
  assert.equal(name, "ann");
  assert.equal(Buffer.from(secret, "base64url").length, 32);
  assert.equal(one.sha256, createHash("sha256").update(secret).digest("hex"));
  assert.match(one.id, /^[0-9a-f]{32}$/);
  const other = createToken("ann");
  assert.notEqual(other.token, one.token);
  assert.notEqual(other.id, one.id);
});

Deno.test("a user is found by their own token alone", () => {
  const ann = createToken("ann");
  const bob = createToken("bob");
  const users = new Map([["ann", ann], ["bob", bob]]);
  assert.equal(findByToken(ann.token, users), ann);
  assert.equal(findByToken(bob.token, users), bob);
  const secret = ann.token.slice(4);
  for (
    const token of [
      "",
      ".",
      "ann",
      "ann.",
      secret,
      `.${secret}`,
      `bob.${secret}`,
      `nobody.${secret}`,
      `ANN.${secret}`,
      ` ann.${secret}`,
      `ann.${secret} `,
      `ann.${secret}\0`,
      `ann.${secret}.`,
      `ann.${secret.slice(0, -1)}`,
      `ann.${ann.sha256}`,
      "__proto__.x",
    ]
  ) assert.equal(findByToken(token, users), undefined, token);
});

Deno.test("the password of a Basic authorization counts, the user name does not", () => {
  const basic = (text: string) => `Basic ${btoa(text)}`;
  assert.equal(readBasic(basic("convox:a.b")), "a.b");
  assert.equal(readBasic(basic(":a.b")), "a.b");
  assert.equal(readBasic(basic("x:a:b")), "a:b");
  assert.equal(readBasic(`basic ${btoa("x:y")}`), "y");
  for (
    const text of [
      undefined,
      "",
      "Basic",
      "Basic ",
      "Basic !",
      basic("nocolon"),
      `Bearer ${btoa("x:y")}`,
      `Basic ${btoa("x:y")} x`,
      `Basic ${btoa(`x:${"y".repeat(2_000)}`)}`,
    ]
  ) assert.equal(readBasic(text), undefined, `${text}`);
});
