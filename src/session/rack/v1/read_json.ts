import * as v from "../../../schema.ts";
import { ProtocolError } from "./protocol.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();

/**
 * A reader of one JSON message; keys that nobody knows are passed over.
 *
 * @param what the message, as it stands in the text of an error.
 */
export function readerOf<T>(
  what: string,
  longest: number,
  schema: v.GenericSchema<unknown, T>,
): (payload: Uint8Array) => T {
  return (payload) => {
    if (payload.length > longest) {
      throw new ProtocolError(`${what} is longer than ${longest} bytes`);
    }
    let value: unknown;
    try {
      value = JSON.parse(decoder.decode(payload));
    } catch {
      throw new ProtocolError(`${what} is not JSON`);
    }
    // An array has the keys of an object that are all optional.
    const result = Array.isArray(value)
      ? undefined
      : v.safeParse(schema, value);
    if (result?.success) return result.output;
    const key = result && v.getDotPath(result.issues[0]);
    throw new ProtocolError(
      key ? `"${key}" of ${what} is not as it must be` : `${what} is malformed`,
    );
  };
}

/** @throws ProtocolError for what is longer than the other side accepts. */
export function writeJson(
  what: string,
  longest: number,
  value: unknown,
): Uint8Array {
  const bytes = encoder.encode(JSON.stringify(value));
  if (bytes.length <= longest) return bytes;
  throw new ProtocolError(`${what} is longer than ${longest} bytes`);
}
