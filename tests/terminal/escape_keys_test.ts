import assert from "node:assert/strict";
import fc from "fast-check";
import { createEscapeWatcher } from "../../src/terminal/escape_keys.ts";

const encoder = new TextEncoder();

/** What is sent when each of `chunks` is typed; ends with `!` where the user left. */
function type(...chunks: string[]): string {
  const watch = createEscapeWatcher();
  let sent = "";
  for (const chunk of chunks) {
    const { send, leave } = watch(encoder.encode(chunk));
    sent += new TextDecoder().decode(send);
    if (leave) return `${sent}!`;
  }
  return sent;
}

for (
  const [typed, sent] of [
    ["~.", "!"],
    ["ls\r~.", "ls\r!"],
    ["ls\n~.more", "ls\n!"],
    ["ls ~.", "ls ~."],
    ["~/bin\r", "~/bin\r"],
    ["~~.", "~."],
    ["~\r~.", "~\r!"],
    ["a~.\r~~~.\r", "a~.\r~~.\r"],
    ["~", ""],
    ["~?", ""],
    ["~?~.", "!"],
    ["a~?", "a~?"],
    // The terminal's own answers are no keys.
    ["\x1b[24;1R~.", "\x1b[24;1R!"],
    ["ls\r\x1b[24;1R~.", "ls\r\x1b[24;1R!"],
    ["ls\r~\x1b[24;1R.", "ls\r\x1b[24;1R!"],
    ["~\x1b[1;1R\x1b[0n~.", "\x1b[1;1R\x1b[0n~."],
    ["\x1b[?1;2c\x1b[>0;276;0c\x1b[0n~.", "\x1b[?1;2c\x1b[>0;276;0c\x1b[0n!"],
    ["\x1b]11;rgb:0/0/0\x07~.", "\x1b]11;rgb:0/0/0\x07!"],
    ["\x1b]11;rgb:0/0/0\x1b\\~.", "\x1b]11;rgb:0/0/0\x1b\\!"],
    ["\x1bP>|xterm(1)\x1b\\~.", "\x1bP>|xterm(1)\x1b\\!"],
    ["\x1b[I~.", "\x1b[I!"],
    ["\x1b[O~.", "\x1b[O!"],
    [
      "\x1b[?2026;2$y\x1b[8;24;80t\x1b[?0u~.",
      "\x1b[?2026;2$y\x1b[8;24;80t\x1b[?0u!",
    ],
    ["a\x1b[24;1R~.", "a\x1b[24;1R~."],
    // But these are.
    ["\x1b[A~.", "\x1b[A~."],
    ["\x1bOA~.", "\x1bOA~."],
    ["\x1b~.", "\x1b~."],
    ["\x1b[3~.", "\x1b[3~."],
    ["\x1b[200~.\x1b[201~.", "\x1b[200~.\x1b[201~."],
    ["~\x1b[A.", "~\x1b[A."],
    ["~\x1b\r~.", "~\x1b\r!"],
    ["\x1b\x1b[24;1R~.", "\x1b\x1b[24;1R~."],
    ["\x1b\r~.", "\x1b\r!"],
    [`\x1b]${"x".repeat(5000)}~.`, `\x1b]${"x".repeat(5000)}~.`],
  ] as const
) {
  Deno.test(`${JSON.stringify(typed)} sends ${JSON.stringify(sent)}`, () => {
    assert.equal(type(typed), sent);
    assert.equal(type(...typed), sent, "key by key");
  });
}

Deno.test("~? asks for help, however it is cut", () => {
  for (const chunks of [["~?"], ["~", "?"], ["ls\r~?ls"]]) {
    const watch = createEscapeWatcher();
    assert(chunks.map((chunk) => watch(encoder.encode(chunk)).help).at(-1));
  }
});

Deno.test("keys without a ~ pass unchanged, in the same array", () => {
  const watch = createEscapeWatcher();
  fc.assert(fc.property(fc.uint8Array(), (keys) => {
    fc.pre(!keys.includes(0x7e));
    assert.equal(watch(keys).send, keys);
  }));
});

Deno.test("how keys are cut into reads makes no difference", () => {
  const key = fc.constantFrom(
    ..."~.\r\na\x1b[1;R]\x07",
    "\x1b[24;1R",
  );
  fc.assert(
    fc.property(
      fc.array(fc.array(key, { maxLength: 4 }), { maxLength: 8 }),
      (reads) => {
        assert.equal(
          type(...reads.map((keys) => keys.join(""))),
          type(reads.flat().join("")),
        );
      },
    ),
  );
});
