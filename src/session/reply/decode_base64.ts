import { Buffer } from "node:buffer";

/** Something else stands inside encoded output, so that it cannot be decoded. */
export class Base64Damage extends Error {
  override readonly name = "Base64Damage";
  constructor() {
    super("other text is mixed into a line of encoded output");
  }
}

const LINE = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * Decodes one line of base64.
 *
 * @throws Base64Damage where it is not one, or not whole.
 */
export function decodeBase64(line: string): Uint8Array {
  if (line.length % 4 !== 0 || !LINE.test(line)) {
    throw new Base64Damage();
  }
  return Buffer.from(line, "base64");
}
