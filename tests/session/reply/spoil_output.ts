import { Buffer } from "node:buffer";

/** What a terminal in its usual mode makes of a program's bytes. */
export function addCarriageReturns(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(
    [...bytes].flatMap((byte) => byte === 0x0a ? [0x0d, 0x0a] : [byte]),
  );
}

/** What the agent makes of U+FFFD: a lone EF. */
export function damageReplacements(bytes: Uint8Array): Uint8Array {
  return Buffer.from(
    Buffer.from(bytes).toString("latin1").replaceAll("\xef\xbf\xbd", "\xef"),
    "latin1",
  );
}
