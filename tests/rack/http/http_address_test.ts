import assert from "node:assert/strict";
import {
  isInBlock,
  parseAddress,
  parseBlock,
} from "../../../src/rack/http/http_address.ts";

function isIn(block: string, address: string): boolean {
  const parsed = parseBlock(block);
  assert.ok(parsed !== undefined, block);
  return isInBlock(parsed, address);
}

Deno.test("addresses are in blocks by their bits", () => {
  assert.ok(isIn("10.0.0.0/8", "10.255.1.2"));
  assert.ok(!isIn("10.0.0.0/8", "11.0.0.1"));
  assert.ok(isIn("192.168.4.0/22", "192.168.7.255"));
  assert.ok(!isIn("192.168.4.0/22", "192.168.8.0"));
  assert.ok(isIn("10.1.2.3", "10.1.2.3"));
  assert.ok(!isIn("10.1.2.3", "10.1.2.4"));
  assert.ok(isIn("0.0.0.0/0", "1.2.3.4"));
  assert.ok(!isIn("0.0.0.0/0", "::1"));
  assert.ok(isIn("fd00::/8", "fdff::1"));
  assert.ok(!isIn("fd00::/8", "fe00::1"));
  assert.ok(isIn("10.0.0.0/8", "::ffff:10.0.0.1"));
  assert.ok(isIn("::/0", "2001:db8::1"));
  assert.ok(isIn("1:2:3::5:6:7:8", "1:2:3:0:5:6:7:8"));
});

for (
  const text of [
    "",
    "10.0.0.0/33",
    "10.0.0.1/8",
    "10.0.0/8",
    "010.0.0.0/8",
    "10.0.0.0/-1",
    "10.0.0.0/08",
    "10.0.0.0/8/8",
    "a",
    "::/129",
    ":::/8",
    "1::2::3",
    "12345::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4::5:6:7:8",
    "10.0.0.0/256",
    "fd00::1/8",
  ]
) {
  Deno.test(`"${text}" is no block of addresses`, () =>
    assert.equal(parseBlock(text), undefined));
}

Deno.test("what is no address is none", () => {
  for (
    const text of ["", "1.2.3", "1.2.3.256", "unknown", "1.2.3.4:5", "[::1]"]
  ) {
    assert.equal(parseAddress(text), undefined, text);
  }
});
