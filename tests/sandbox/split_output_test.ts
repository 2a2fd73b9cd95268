import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { splitOutput } from "./split_output.ts";

/** All that arrives of a stream read in pieces. */
function pass(stream: Buffer, pieceLength: number): Buffer {
  const sent: Buffer[] = [];
  let held: Buffer = Buffer.alloc(0);
  for (let i = 0; i < stream.length; i += pieceLength) {
    const output = splitOutput(held, stream.subarray(i, i + pieceLength));
    sent.push(Buffer.from(output.send));
    held = output.held;
  }
  return Buffer.concat(sent);
}

Deno.test("a read ends at a character's end; the message is at most 1027 bytes", () => {
  const text = Buffer.from("x" + "😀".repeat(600));
  const first = splitOutput(Buffer.alloc(0), text.subarray(0, 1024));
  assert.equal(first.send.length, 1021);
  assert.equal(first.held.length, 3);
  const second = splitOutput(first.held, text.subarray(1024, 2048));
  assert.equal(second.send.length + second.held.length, 1027);
  assert.deepEqual(pass(text, 1024), text);
});

Deno.test("a literal U+FFFD becomes a lone EF", () => {
  assert.deepEqual(
    pass(Buffer.from("a\ufffdb\ufffdcd\ufffd-end"), 1024),
    Buffer.from("a\xefb\xefcd\xef-end", "latin1"),
  );
});

Deno.test("invalid bytes pass, but for the last three of the stream", () => {
  const latin1 = Buffer.from("caf\xe9 \xff\xfe ok \xe9\xe8\xe7", "latin1");
  assert.deepEqual(pass(latin1, 1024), latin1.subarray(0, -3));
  // Live they are only held until more comes.
  const marked = Buffer.concat([latin1, Buffer.from("END")]);
  assert.deepEqual(pass(marked, latin1.length), marked);
  assert.deepEqual(pass(marked, 1), marked);
});

Deno.test("ill-formed sequences are passed byte by byte", () => {
  const ill = Buffer.from(
    "c080e09f80eda080f08f8080f4908080f5c1415a5a5a",
    "hex",
  );
  assert.deepEqual(pass(ill, 1024), ill);
});

Deno.test("well-formed text without U+FFFD arrives unchanged however it is read", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.integer({ min: 1, max: 50 }),
      (text, pieceLength) => {
        const stream = Buffer.from(text.replaceAll("\ufffd", "") + "END");
        assert.deepEqual(pass(stream, pieceLength), stream);
      },
    ),
  );
});
