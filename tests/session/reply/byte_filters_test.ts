import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import {
  type ByteFilter,
  chainFilters,
} from "../../../src/session/reply/byte_filter.ts";
import {
  Base64Damage,
  decodeBase64,
} from "../../../src/session/reply/decode_base64.ts";
import { createReplacementRepair } from "../../../src/session/reply/repair_replacement.ts";
import { createCrlfUndo } from "../../../src/session/reply/undo_crlf.ts";
import { anyCuts, cut } from "../any_chunks.ts";
import { propertyRuns } from "../property_runs.ts";
import { addCarriageReturns, damageReplacements } from "./spoil_output.ts";

/** All that comes out of a filter. */
function run(
  filter: ByteFilter,
  chunks: readonly Uint8Array[],
): Uint8Array {
  return new Uint8Array(
    Buffer.concat([...chunks.map(filter.push), filter.flush()]),
  );
}

// --- base64

Deno.test("any byte that base64 does not have is damage, wherever it is", () => {
  const anyForeign = fc.nat({ max: 255 }).filter((byte) =>
    !/[A-Za-z0-9+/=]/.test(String.fromCharCode(byte))
  );
  fc.assert(
    fc.property(
      fc.base64String({ minLength: 4, maxLength: 100 }),
      anyForeign,
      fc.nat(),
      (text, foreign, place) => {
        const at = place % text.length;
        const damaged = text.slice(0, at) + String.fromCharCode(foreign) +
          text.slice(at + 1);
        assert.throws(() => decodeBase64(damaged), Base64Damage);
      },
    ),
    propertyRuns(0.3),
  );
});

for (
  const text of [
    "A",
    "AB",
    "ABC",
    "ABCDE",
    "A===",
    "====",
    "=ABC",
    "A=BC",
    "AB=C",
    "AB==CD==",
  ]
) {
  Deno.test(`${text} is damaged base64`, () => {
    assert.throws(() => decodeBase64(text), Base64Damage);
  });
}

// --- CRLF

const anyText = fc.array(
  fc.oneof(
    fc.constantFrom("\r", "\n", "\r\n", "\n\r", "a", "\ufffd", "\u{ff0c}", "é"),
    fc.string({ unit: "grapheme" }),
  ),
).map((parts) => parts.join(""));

const anyOutput = fc.oneof(
  fc.uint8Array({ maxLength: 500 }),
  anyText.map((text) => new Uint8Array(Buffer.from(text))),
);

Deno.test("what a terminal's CRs did to any bytes is undone exactly, in any chunks", () => {
  fc.assert(
    fc.property(anyOutput, anyCuts, (bytes, cuts) => {
      const spoiled = addCarriageReturns(bytes);
      assert.deepEqual(run(createCrlfUndo(), cut(spoiled, cuts)), bytes);
    }),
    propertyRuns(),
  );
});

// --- U+FFFD

Deno.test("U+FFFD comes back in any text, in any chunks", () => {
  fc.assert(
    fc.property(anyText, anyCuts, (text, cuts) => {
      const bytes = new Uint8Array(Buffer.from(text));
      const spoiled = damageReplacements(bytes);
      assert.deepEqual(
        run(createReplacementRepair(), cut(spoiled, cuts)),
        bytes,
      );
    }),
    propertyRuns(),
  );
});

Deno.test("undamaged text is left alone, and plain chunks are not even copied", () => {
  fc.assert(
    fc.property(anyText, anyCuts, (text, cuts) => {
      const bytes = new Uint8Array(Buffer.from(text));
      assert.deepEqual(run(createReplacementRepair(), cut(bytes, cuts)), bytes);
    }),
    propertyRuns(0.3),
  );
  const plain = Buffer.from("plain text\n");
  assert.equal(createReplacementRepair().push(plain), plain);
});

Deno.test("both together undo both", () => {
  fc.assert(
    fc.property(anyText, anyCuts, (text, cuts) => {
      const bytes = new Uint8Array(Buffer.from(text));
      const spoiled = damageReplacements(addCarriageReturns(bytes));
      const filter = chainFilters([
        createCrlfUndo(),
        createReplacementRepair(),
      ]);
      assert.deepEqual(run(filter, cut(spoiled, cuts)), bytes);
    }),
    propertyRuns(0.3),
  );
});
