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
  const key = fc.constantFrom("~", ".", "\r", "\n", "a");
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
