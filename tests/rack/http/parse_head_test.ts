import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  BadRequest,
  decodeHeader,
  type ParsedHead,
  parseHead,
} from "../../../src/rack/http/parse_head.ts";

const GOOD = "GET /apps?a=b HTTP/1.1\r\nHost: rack:443\r\nX-A:  1 \r\n\r\n";

function parse(text: string): ParsedHead {
  return parseHead(Buffer.from(text, "latin1"));
}

function refuse(text: string): number {
  try {
    parse(text);
  } catch (error) {
    assert.ok(error instanceof BadRequest, String(error));
    return error.status;
  }
  throw new Error(`accepted: ${JSON.stringify(text)}`);
}

Deno.test("a head is read with its target, its headers and its size", () => {
  const parsed = parse(`${GOOD}rest`);
  assert.ok(parsed.kind === "head");
  assert.equal(parsed.size, GOOD.length);
  const { headers, ...rest } = parsed.head;
  assert.deepEqual(rest, {
    method: "GET",
    path: "/apps",
    query: "a=b",
    bodyLength: 0,
  });
  assert.deepEqual([...headers], [["host", "rack:443"], ["x-a", "1"]]);
});

Deno.test("a head that comes byte by byte is read once, and the same", () => {
  const whole = Buffer.from(GOOD);
  let from = 0;
  for (let length = 1; length < whole.length; length++) {
    const parsed = parseHead(whole.subarray(0, length), from);
    assert.ok(parsed.kind === "more", `${length}`);
    assert.ok(parsed.from >= from);
    from = parsed.from;
  }
  assert.deepEqual(parseHead(whole, from), parse(GOOD));
});

const MALFORMED: Readonly<Record<string, string>> = {
  "a bare LF": "GET / HTTP/1.1\nHost: a\n\n",
  "a bare LF in a header": "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
  "a bare CR": "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n",
  "a CR before CRLF": "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n",
  "an empty line first": "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
  "two spaces": "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
  "a tab": "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n",
  "no version": "GET /\r\nHost: a\r\n\r\n",
  "HTTP/1.0": "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
  "HTTP/2.0": "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
  "HTTP/1.10": "GET / HTTP/1.10\r\nHost: a\r\n\r\n",
  "a version in small letters": "GET / http/1.1\r\nHost: a\r\n\r\n",
  "a method in small letters": "get / HTTP/1.1\r\nHost: a\r\n\r\n",
  "an absolute target": "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
  "an authority": "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
  "an asterisk": "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
  "a fragment": "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n",
  "a target beyond ASCII": "GET /\xe9 HTTP/1.1\r\nHost: a\r\n\r\n",
  "a NUL in the target": "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n",
  "no host": "GET / HTTP/1.1\r\nX: a\r\n\r\n",
  "two hosts": "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
  "an empty host": "GET / HTTP/1.1\r\nHost:\r\n\r\n",
  "a host with a user": "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n",
  "a host with a path": "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
  "a folded header": "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n",
  "a folded header by tab": "GET / HTTP/1.1\r\nHost: a\r\n\tc: d\r\n\r\n",
  "a space before the colon": "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
  "a header without colon": "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n",
  "a header without name": "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n",
  "a NUL in a header": "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
  "a DEL in a header": "GET / HTTP/1.1\r\nHost: a\r\nX: a\x7fb\r\n\r\n",
  "a name beyond ASCII": "GET / HTTP/1.1\r\nHost: a\r\n\xe9: a\r\n\r\n",
  "chunks": "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
  "chunks and a length":
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
  "an unknown encoding":
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n",
  "two lengths":
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n",
  "a list of lengths":
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\n",
  "a signed length": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\n",
  "a hexadecimal length":
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\n",
  "a length with a zero before":
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 03\r\n\r\n",
  "a length of nothing":
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n",
  "a huge length":
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n",
  "a length beyond numbers": `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${
    "9".repeat(30)
  }\r\n\r\n`,
  "a body of a GET": "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n",
  "a body of a DELETE":
    "DELETE / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n",
  "two tokens":
    "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: a\r\nauthorization: b\r\n\r\n",
  "too many headers": `GET / HTTP/1.1\r\nHost: a\r\n${
    Array.from({ length: 100 }, (_, at) => `X-${at}: a\r\n`).join("")
  }\r\n`,
  "a head of 33 KiB": `GET / HTTP/1.1\r\nHost: a\r\nX: ${
    "a".repeat(33 * 1024)
  }\r\n\r\n`,
  "a head of 33 KiB without an end": "G".repeat(33 * 1024),
};

for (const [name, text] of Object.entries(MALFORMED)) {
  Deno.test(`${name} is refused`, () => {
    assert.ok([400, 413, 431, 501, 505].includes(refuse(text)));
  });
}

Deno.test("lists may stand in several lines; a value beyond ASCII keeps its bytes", () => {
  const parsed = parse(
    "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.1.1.1\r\n" +
      "x-forwarded-for: 2.2.2.2\r\nCommand: echo \xc3\xa9\x80\r\n\r\n",
  );
  assert.ok(parsed.kind === "head");
  assert.equal(parsed.head.headers.get("x-forwarded-for"), "1.1.1.1, 2.2.2.2");
  assert.equal(parsed.head.headers.get("command"), "echo \xc3\xa9\x80");
  assert.equal(decodeHeader("echo \xc3\xa9"), "echo é");
});

Deno.test("a body of 64 KiB and 100 headers are not too much; each refusal has its status", () => {
  const post = (length: number) =>
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`;
  const withHeaders = (count: number) =>
    `GET / HTTP/1.1\r\nHost: a\r\n${
      Array.from({ length: count - 1 }, (_, at) => `X-${at}: a\r\n`).join("")
    }\r\n`;
  for (const text of [post(64 * 1024), withHeaders(100)]) {
    assert.equal(parse(text).kind, "head");
  }
  assert.equal(refuse(post(64 * 1024 + 1)), 413);
  assert.equal(refuse(withHeaders(101)), 431);
  assert.equal(refuse("G".repeat(33 * 1024)), 431);
  assert.equal(refuse("GET / HTTP/1.0\r\nHost: a\r\n\r\n"), 505);
  assert.equal(refuse("GET / HTTP/1.1\r\n\r\n"), 400);
  assert.equal(
    refuse("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"),
    501,
  );
});
