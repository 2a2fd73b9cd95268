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

/** A daemon that says `head` and then `chunk` without end. */
function sayForEver(head: string, chunk: string) {
  const encoder = new TextEncoder();
  const [first, next] = [encoder.encode(head), encoder.encode(chunk)];
  let said = 0;
  return {
    said: () => said,
    read() {
      const bytes = said === 0 ? first : next;
      said += bytes.length;
      return Promise.resolve(bytes);
    },
  };
}

Deno.test("an answer without end is read up to a limit", async () => {
  const MiB = 1024 * 1024;
  const megabyte = "x".repeat(MiB);
  const rows:
    readonly (readonly [head: string, chunk: string, most: number])[] = [
      ["HTTP/1.1 200 OK\r\n\r\n", megabyte, 66 * MiB],
      ["HTTP/1.1 200 OK\r\nContent-Length: 70000000\r\n\r\n", megabyte, MiB],
      [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        `100000\r\n${megabyte}\r\n`,
        66 * MiB,
      ],
      [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "fffffff\r\n",
        MiB,
      ],
      ["HTTP/1.1 200 OK\r\n", "a: b\r\n".repeat(1000), MiB],
      ["HTTP/1.1 200 OK\r\na: ", megabyte, 2 * MiB],
      ["HTTP/1.1 ", megabyte, 2 * MiB],
    ];
  for (const [head, chunk, most] of rows) {
    const endless = sayForEver(head, chunk);
    const reader = createAnswerReader(endless);
    await assert.rejects(
      async () => await reader.readBody(await reader.readHead()),
      NotHttp,
      head,
    );
    assert.ok(endless.said() <= most, `${head}: ${endless.said()}`);
  }
});

Deno.test("what TLS says to those who speak without is known by its alert", async () => {
  const alert = "\x15\x03\x01\x00\x02\x02\x46";
  await assert.rejects(
    readAnswer(alert, 1000),
    (error) => error instanceof NotHttp && error.alert,
  );
});
