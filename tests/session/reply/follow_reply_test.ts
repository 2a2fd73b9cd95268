import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createOutputQueue } from "../../../src/session/channel/output_queue.ts";
import {
  followReply,
  type ReplyTools,
} from "../../../src/session/reply/follow_reply.ts";
import type { WrapOptions } from "../../../src/session/wrap_command.ts";
import { NONCE, readyBytes, SECRET, wordBytes } from "./any_program_output.ts";

const PLAIN: WrapOptions = { interactive: false, stdin: false, binary: false };

/** Follows what a wrapper says; `calls` is what it did to the outside, in order. */
function follow(
  options: Partial<WrapOptions> = {},
  parts: Partial<ReplyTools> = {},
) {
  const calls: string[] = [];
  const [output, stderr] = [
    createOutputQueue(() => {}),
    createOutputQueue(() => {}),
  ];
  const reply = followReply({
    command: "",
    nonce: NONCE,
    secret: SECRET,
    variables: "",
    options: { ...PLAIN, ...options },
  }, {
    output,
    stderr,
    write: (frame) => {
      calls.push(`write ${JSON.stringify(Buffer.from(frame).toString())}`);
      return Promise.resolve();
    },
    onNotice: (text) => calls.push(`notice ${text}`),
    onReady: ({ stty }) => calls.push(`ready stty=${stty}`),
    onStarted: () => calls.push("started"),
    onEnd: () => calls.push("end"),
    ...parts,
  });
  return {
    reply,
    calls,
    push: (...chunks: readonly (string | Uint8Array)[]) =>
      chunks.forEach((chunk) => reply.push(Buffer.from(chunk))),
    text: () => new Response(output.stream).text(),
  };
}

/** The promises that are due have gone on. */
const settle = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("a reply is answered, followed to its status, and its output closed", async () => {
  const { reply, calls, push, text } = follow();
  push("login banner\n", readyBytes("rsbdu"));
  assert.deepEqual(reply.left(), { pid: undefined });
  await settle();
  push(wordBytes("o42"));
  assert.deepEqual(reply.left(), { pid: 42 });
  assert.equal(reply.end(), undefined);
  push("hello\n", wordBytes("7"), "logout\n");
  assert.deepEqual(reply.end(), { kind: "status", status: 7 });
  assert.equal(reply.left(), undefined);
  assert.equal(await text(), "hello\n");
  assert.deepEqual(calls, [
    "ready stty=true",
    `write ${JSON.stringify(`${SECRET.slice(0, 6)} ${SECRET}\n`)}`,
    'write "\\n"',
    "started",
    "end",
  ]);
});

Deno.test("the first end counts, and so does the end of a session without one", async () => {
  const { reply, push, text } = follow();
  // The last byte may begin a word of the wrapper's, so it is held.
  push(readyBytes("rsbdu"), wordBytes("o1"), "part\x1e");
  reply.close();
  assert.equal(reply.end(), undefined);
  assert.equal(reply.explainMissing().code, "status_unknown");
  assert.equal(await text(), "part\x1e");

  const early = follow();
  early.push("no such shell\n");
  early.reply.close();
  assert.equal(early.reply.left(), undefined);
  assert.equal(early.reply.explainMissing().code, "cannot_start");
  assert.match(early.reply.explainMissing().message, /\(no such shell\)$/);
});

for (
  const [report, status, code] of [
    ["porthole: 1: exec: nosuch: not found\n", 127, "command_not_found"],
    ["porthole: 1: exec: /etc: Permission denied\n", 126, "not_executable"],
  ] as const
) {
  Deno.test(`a command that cannot start is a failure and no output: ${code}`, async () => {
    const { reply, calls, push, text } = follow();
    push(readyBytes("rsbdu"), wordBytes("o1"), report, wordBytes(`${status}`));
    const end = reply.end();
    assert.equal(end?.kind === "failed" && end.error.code, code);
    assert.equal(await text(), "");
    assert.ok(calls.includes("end"));
  });
}

Deno.test("what a container lacks is said for what the user asked for, but not at a terminal", () => {
  const missing = /^notice The container has no base64: output/;
  const batch = follow({ binary: true });
  batch.push(readyBytes("rs"));
  assert.match(batch.calls[1] ?? "", missing);
  const shell = follow({ binary: true, interactive: true });
  shell.push(readyBytes("rs"));
  assert.ok(!shell.calls.some((call) => missing.test(call)));
});

Deno.test("nothing that follows on broken input is trusted", () => {
  const { reply, calls, push } = follow({ stdin: true }, {
    onInputBroken: () => {
      calls.push("broken");
      return true;
    },
  });
  push(
    readyBytes("rsbdu"),
    wordBytes("o1"),
    Buffer.concat([
      wordBytes("i"),
      wordBytes("0"),
    ]),
  );
  assert.equal(calls.at(-1), "broken");
  assert.equal(reply.end(), undefined);

  const without = follow({ stdin: true });
  without.push(readyBytes("rsbdu"), wordBytes("o1"), wordBytes("i"));
  without.push(wordBytes("0"));
  assert.deepEqual(without.reply.end(), { kind: "status", status: 0 });
});
