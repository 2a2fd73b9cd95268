import assert from "node:assert/strict";
import { parseRackUrl } from "../../../src/access/rack/parse_rack_url.ts";
import { PortholeError } from "../../../src/errors.ts";

Deno.test("a host alone means https; a password is taken out, decoded", () => {
  const read = (text: string) => {
    const { url, token } = parseRackUrl(text, "it");
    return [url.href, token];
  };
  assert.deepEqual(read("rack.example.com"), [
    "https://rack.example.com/",
    undefined,
  ]);
  assert.deepEqual(read("https://convox:p%40ss@rack.example.com:5443/a"), [
    "https://rack.example.com:5443/a",
    "p@ss",
  ]);
  assert.deepEqual(read("http://127.0.0.1:80"), [
    "http://127.0.0.1/",
    undefined,
  ]);
  assert.deepEqual(read("http://[::1]:81"), ["http://[::1]:81/", undefined]);
});

for (
  const text of [
    "",
    "https://",
    "ftp://rack.example.com",
    "http://convox:secret@rack.example.com",
    "http://127.0.0.1.evil.com",
    "http://10.0.0.1",
    "https://convox:secret@rack.example.com?a=b",
    "https://rack.example.com#a",
    "https://a b",
  ]
) {
  Deno.test(`${JSON.stringify(text)} is not the URL of a rack, and its password is not shown`, () => {
    assert.throws(
      () => parseRackUrl(text, "it"),
      (error) =>
        error instanceof PortholeError && error.code === "usage" &&
        !error.message.includes("secret"),
    );
  });
}
