import assert from "node:assert/strict";
import type { DockerConnection } from "../../src/docker/docker_connection.ts";
import {
  AnswerCut,
  createAnswerReader,
  NotHttp,
} from "../../src/docker/http_exchange.ts";

/** A daemon that says `text` in pieces of `size` bytes and hangs up. */
function sayInPieces(text: string, size: number): DockerConnection {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return {
    read() {
      const piece = bytes.slice(at, at + size);
      at += piece.length;
      return Promise.resolve(piece.length === 0 ? null : piece);
    },
    write: () => Promise.resolve(),
    closeWrite: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

async function readAnswer(text: string, size: number) {
  const reader = createAnswerReader(sayInPieces(text, size));
  const head = await reader.readHead();
  const body = await reader.readBody(head);
  return { ...head, ...body, rest: new TextDecoder().decode(reader.rest()) };
}

Deno.test("answers are read however they are framed and cut", async () => {
  const answers = {
    "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhé😀next": ["hé😀", "next"],
    "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhé\r\n4;x=y\r\n😀\r\n0\r\nTrailer: x\r\n\r\nnext":
      ["hé😀", "next"],
    "HTTP/1.1 200 OK\r\n\r\nto the end": ["to the end", undefined],
    "HTTP/1.1 204 No Content\r\n\r\nnext": ["", "next"],
  };
  for (const [text, [body, rest]] of Object.entries(answers)) {
    const length = body === "hé😀" ? 7 : 6;
    const exact = text.replace(
      "Content-Length: 6",
      `Content-Length: ${length}`,
    );
    for (const size of [1, 2, 7, 1000]) {
      const answer = await readAnswer(exact, size);
      assert.equal(answer.text, body);
      assert.equal(answer.reusable, rest !== undefined);
      if (rest !== undefined) assert(rest.startsWith(answer.rest));
    }
  }
});

Deno.test("a cut answer is told from one that is no HTTP", async () => {
  const cut = [
    "",
    "HTTP/1.1 200 OK\r\nContent-",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n123",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n123",
  ];
  for (const text of cut) await assert.rejects(readAnswer(text, 4), AnswerCut);
  const broken = [
    "nonsense\r\n\r\n",
    "HTTP/2 200\r\n\r\n",
    "HTTP/1.1 200 OK\r\nno header\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "x".repeat(100_000),
  ];
  for (const text of broken) {
    await assert.rejects(readAnswer(text, 1000), NotHttp);
  }
});
