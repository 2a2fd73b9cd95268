import { Buffer } from "node:buffer";
import type { ByteFilter } from "./byte_filter.ts";

/** The stream held something that base64 does not have. */
export class Base64Damage extends Error {
  override readonly name = "Base64Damage";
}

/** In Deno many times faster than a Buffer's toString. */
const latin1 = new TextDecoder("latin1");
const SEPARATORS = /[\r\n]+/g;
const FOREIGN = /[^A-Za-z0-9+/=]/;
const PADDED_GROUP = /^[^=]{2}(==|[^=]=)$/;

/**
 * Decodes base64 that arrives in any cut; line ends are ignored, padding may end any group of four.
 *
 * @throws Base64Damage on anything else: another program wrote to the session's terminal.
 */
export function createBase64Decoder(): ByteFilter {
  let held = "";
  return {
    push(chunk) {
      const text = held + latin1.decode(chunk).replace(SEPARATORS, "");
      const foreign = FOREIGN.exec(text);
      if (foreign !== null) {
        throw new Base64Damage(
          `byte ${text.charCodeAt(foreign.index)} is no base64`,
        );
      }
      const whole = text.length - text.length % 4;
      held = text.slice(whole);
      return decodeGroups(text.slice(0, whole));
    },
    flush() {
      if (held !== "") throw new Base64Damage("its last group is not whole");
      return new Uint8Array(0);
    },
  };
}

/** Several padded texts may follow each other, and a decoder stops at the first padding. */
function decodeGroups(text: string): Uint8Array {
  const padded = text.indexOf("=");
  if (padded < 0) return Buffer.from(text, "base64");
  const parts: Buffer[] = [];
  let from = 0;
  for (let at = padded; at >= 0; at = text.indexOf("=", from)) {
    const end = at - at % 4 + 4;
    const group = text.slice(end - 4, end);
    if (!PADDED_GROUP.test(group)) {
      throw new Base64Damage(`"${group}" is no group of base64`);
    }
    parts.push(Buffer.from(text.slice(from, end), "base64"));
    from = end;
  }
  parts.push(Buffer.from(text.slice(from), "base64"));
  return Buffer.concat(parts);
}
