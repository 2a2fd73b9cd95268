import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { checkUpgrade } from "../../../src/rack/http/check_upgrade.ts";
import { BadRequest, parseHead } from "../../../src/rack/http/parse_head.ts";
import { UPGRADE, writeHead } from "../start_rack.ts";

function check(headers: Readonly<Record<string, string>>) {
  const parsed = parseHead(
    Buffer.from(writeHead("GET", "/", undefined, headers), "latin1"),
  );
  assert.ok(parsed.kind === "head");
  return checkUpgrade(parsed.head);
}

Deno.test("an upgrade is read with its protocols; none is none", () => {
  assert.equal(check({}), undefined);
  assert.deepEqual(check({ ...UPGRADE, "Sec-WebSocket-Protocol": "a, b" }), {
    key: UPGRADE["Sec-WebSocket-Key"],
    protocols: ["a", "b"],
  });
  assert.ok(check({ ...UPGRADE, Connection: "keep-alive, Upgrade" }));
});

Deno.test("a page of the rack's own origin may upgrade, without case or default port", () => {
  for (
    const origin of [
      "https://rack.example.com",
      "HTTPS://RACK.EXAMPLE.COM",
      "https://rack.example.com:443",
      "http://rack.example.com:80",
    ]
  ) assert.ok(check({ ...UPGRADE, Origin: origin }), origin);
});

const REFUSED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "another origin": { Origin: "https://evil.example.com" },
  "an origin that begins the same": {
    Origin: "https://rack.example.com.evil.com",
  },
  "an origin that the host ends with": { Origin: "https://le.com" },
  "another port": { Origin: "https://rack.example.com:444" },
  "the other scheme's port": { Origin: "https://rack.example.com:80" },
  "the null origin": { Origin: "null" },
  "an empty origin": { Origin: "" },
  "an origin with a user": { Origin: "https://rack.example.com@evil.com" },
  "an origin with a path": { Origin: "https://rack.example.com/" },
  "another version": { "Sec-WebSocket-Version": "8" },
  "a short key": { "Sec-WebSocket-Key": "AAAA" },
  "a key that is none": { "Sec-WebSocket-Key": "A".repeat(24) },
  "another upgrade": { Upgrade: "h2c" },
  "no Connection": { Connection: "close" },
  "a protocol that is none": { "Sec-WebSocket-Protocol": "a b" },
};

Deno.test("an upgrade has no body, and is a GET", () => {
  for (
    const [method, length] of [["GET", 0], ["POST", 0], ["POST", 1]] as const
  ) {
    const parsed = parseHead(Buffer.from(
      writeHead(method, "/", undefined, {
        ...UPGRADE,
        "Content-Length": `${length}`,
      }),
    ));
    assert.ok(parsed.kind === "head");
    const { head } = parsed;
    if (method === "GET") assert.ok(checkUpgrade(head));
    else assert.throws(() => checkUpgrade(head), BadRequest);
    assert.throws(() => checkUpgrade({ ...head, bodyLength: 1 }), BadRequest);
  }
});

for (const [name, headers] of Object.entries(REFUSED)) {
  Deno.test(`${name} is refused`, () => {
    assert.throws(() => check({ ...UPGRADE, ...headers }), BadRequest);
  });
}
