import assert from "node:assert/strict";
import fc from "fast-check";
import {
  createBannerFilter,
  type PluginEnding,
} from "../../../src/session/plugin/banner_filter.ts";

const ID = "ecs-execute-command-0abc";
const OPENING = `\nStarting session with SessionId: ${ID}\n`;
const EXITED = `\n\nExiting session with sessionId: ${ID}.\n\n`;
const errorText = (text: string) => `\n\nSessionId: ${ID} : ${text}\n\n`;

const encoder = new TextEncoder();

/** What comes out when `chunks` go in; `settle` after each chunk where asked. */
function filterAll(
  chunks: Uint8Array[],
  settleAfter = (_index: number) => false,
) {
  const filter = createBannerFilter(ID);
  const out: number[] = [];
  for (const [index, chunk] of chunks.entries()) {
    out.push(...filter.push(chunk));
    if (settleAfter(index)) out.push(...filter.settle());
  }
  const { rest, ending } = filter.finish();
  out.push(...rest);
  return {
    text: new TextDecoder("latin1").decode(Uint8Array.from(out)),
    ending,
  };
}

function filterText(text: string): { text: string; ending: PluginEnding } {
  return filterAll([encoder.encode(text)]);
}

/** Output that is as hard as it gets: pieces of the banners and other bytes. */
const hardOutput = fc.array(
  fc.oneof(
    fc.constantFrom(
      "\n",
      "\n\n",
      "\n\n\n",
      OPENING,
      EXITED,
      errorText("no"),
      "\n\nSessionId: ",
      "plain",
      "\r\n",
    ),
    fc.nat(EXITED.length).map((length) => EXITED.slice(0, length)),
    fc.nat(40).map((length) => errorText("x").slice(0, length)),
    fc.string({ maxLength: 5 }),
  ),
  { maxLength: 8 },
).map((pieces) => pieces.join(""));

function cut(bytes: Uint8Array, places: number[]): Uint8Array[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))]
    .sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, index) =>
    bytes.slice(index === 0 ? 0 : ends[index - 1], end)
  );
}

Deno.test("the two banners go and the remote's bytes stay, in every chunking", () => {
  fc.assert(
    fc.property(
      hardOutput,
      fc.array(fc.nat(), { maxLength: 20 }),
      (output, places) => {
        const printed = encoder.encode(OPENING + output + EXITED);
        const expected = new TextDecoder("latin1").decode(
          encoder.encode(output),
        );
        const { text, ending } = filterAll(cut(printed, places));
        assert.equal(text, expected);
        assert.deepEqual(ending, { kind: "exited" });
      },
    ),
    { numRuns: 2000 },
  );
});

Deno.test("silence between two writes of the plugin changes nothing", () => {
  fc.assert(
    fc.property(fc.array(hardOutput, { maxLength: 5 }), (outputs) => {
      const writes = [OPENING, ...outputs, EXITED].map((text) =>
        encoder.encode(text)
      );
      const { text, ending } = filterAll(writes, () => true);
      assert.equal(
        text,
        new TextDecoder("latin1").decode(encoder.encode(outputs.join(""))),
      );
      assert.deepEqual(ending, { kind: "exited" });
    }),
    { numRuns: 2000 },
  );
});

Deno.test("an error's text is told and kept off the output, in every chunking", () => {
  const message = fc.string({ minLength: 1 }).filter((text) =>
    text.trim() !== ""
  );
  fc.assert(
    fc.property(
      hardOutput,
      message,
      fc.array(fc.nat(), { maxLength: 20 }),
      (output, message, places) => {
        const { text, ending } = filterAll(
          cut(encoder.encode(OPENING + output + errorText(message)), places),
        );
        assert.equal(
          text,
          new TextDecoder("latin1").decode(encoder.encode(output)),
        );
        assert.deepEqual(ending, { kind: "error", text: message.trim() });
      },
    ),
    { numRuns: 2000 },
  );
});

Deno.test("without banners everything is the remote's", () => {
  assert.deepEqual(filterText("abc\n"), {
    text: "abc\n",
    ending: { kind: "none" },
  });
  assert.deepEqual(filterText(""), { text: "", ending: { kind: "none" } });
  assert.deepEqual(filterText("\nStarting ses"), {
    text: "\nStarting ses",
    ending: { kind: "none" },
  });
});

Deno.test("another session's banners are the remote's", () => {
  const other = OPENING.replace(ID, "other") + EXITED.replace(ID, "other");
  assert.deepEqual(filterText(OPENING + other + EXITED), {
    text: other,
    ending: { kind: "exited" },
  });
});

Deno.test("a line is out after a moment of silence, with its newline", () => {
  const filter = createBannerFilter(ID);
  assert.equal(filter.push(encoder.encode(OPENING)).length, 0);
  assert.equal(
    new TextDecoder().decode(filter.push(encoder.encode("line\n"))),
    "line",
  );
  assert.equal(new TextDecoder().decode(filter.settle()), "\n");
});

Deno.test("an agent's many-line error is told whole", () => {
  const text =
    "----------ERROR-------\nUnable to start command: Failed to start pty: no such file";
  const { ending } = filterText(OPENING + errorText(`\n${text}\n\n`));
  assert.deepEqual(ending, { kind: "error", text });
});

Deno.test("little is ever held back", () => {
  const filter = createBannerFilter(ID);
  filter.push(encoder.encode(OPENING));
  const start = errorText("").trimEnd();
  const given = filter.push(encoder.encode(`${start}${"x".repeat(100_000)}`));
  assert.equal(given.length, start.length + 100_000);
});

const KMS = "This session is encrypted using AWS KMS.\n";

Deno.test("the line of an encrypted session goes, in every chunking and however late it comes", () => {
  fc.assert(
    fc.property(
      hardOutput,
      fc.array(fc.nat(), { maxLength: 20 }),
      fc.boolean(),
      (output, places, silent) => {
        const expected = new TextDecoder("latin1").decode(
          encoder.encode(output),
        );
        const whole = encoder.encode(OPENING + KMS + output + EXITED);
        assert.equal(filterAll(cut(whole, places)).text, expected);
        const writes = [OPENING, KMS, output, EXITED]
          .map((text) => encoder.encode(text));
        assert.equal(filterAll(writes, () => silent).text, expected);
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("the same line is the remote's when a terminal ended it, or when it comes later", () => {
  for (
    const output of [
      KMS.replace("\n", "\r\n"),
      `a${KMS}`,
      `${KMS.slice(0, 10)}`,
      `${KMS.slice(0, 10)}\n`,
    ]
  ) {
    const printed = encoder.encode(OPENING + output + EXITED);
    assert.equal(filterAll([printed]).text, output);
  }
  const twice = encoder.encode(OPENING + KMS + KMS + EXITED);
  assert.equal(filterAll([twice]).text, KMS);
});

Deno.test("what is longer than an error's text can be is output, and not held for ever", () => {
  const filter = createBannerFilter(ID);
  const long = `\n\nSessionId: ${ID} : ${"x".repeat(17 * 1024)}`;
  const text = new TextDecoder().decode(
    filter.push(encoder.encode(OPENING + long)),
  );
  assert.equal(text, long);
});
