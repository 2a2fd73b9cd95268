import * as v from "../../../schema.ts";
import { LONGEST_JSON, ProtocolError } from "./protocol.ts";
import { readerOf, writeJson } from "./read_json.ts";

/** How a rack says that a session is over. Only the first is a status. */
export type LastWord =
  | { readonly kind: "status"; readonly status: number }
  | {
    readonly kind: "error";
    readonly code: string;
    readonly message: string;
    readonly hint: string | undefined;
    /** Nothing has run, and the same may be granted in a moment. */
    readonly retry: boolean;
  }
  /** The end of the command was not seen. */
  | { readonly kind: "unseen" }
  /** The session ended well, and nothing in it tells a status. */
  | { readonly kind: "unknown" };

const TEXT = v.pipe(v.string(), v.maxLength(8192));

const WIRE = v.object({
  status: v.optional(
    v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255))),
  ),
  error: v.optional(v.object({
    code: v.pipe(v.string(), v.regex(/^[a-z_]{1,64}$/)),
    message: TEXT,
    hint: v.nullish(TEXT),
  })),
  retry: v.optional(v.boolean(), false),
  ended: v.optional(v.literal(false)),
});

const readWire = readerOf("the last word", LONGEST_JSON, WIRE);

/** Reads message 3. What says two things says nothing: it is no status. */
export function readLastWord(payload: Uint8Array): LastWord {
  const { status, error, ended, retry } = readWire(payload);
  const said = [status, error, ended].filter((one) => one !== undefined).length;
  if (said !== 1) throw new ProtocolError("the last word is malformed");
  if (error !== undefined) {
    return { kind: "error", ...error, hint: error.hint ?? undefined, retry };
  }
  if (ended === false) return { kind: "unseen" };
  return typeof status === "number"
    ? { kind: "status", status }
    : { kind: "unknown" };
}

/** Writes message 3. */
export function writeLastWord(word: LastWord): Uint8Array {
  return writeJson("the last word", LONGEST_JSON, toWire(word));
}

function toWire(word: LastWord): unknown {
  switch (word.kind) {
    case "status":
      return { status: word.status };
    case "unknown":
      return { status: null };
    case "unseen":
      return { ended: false };
    case "error": {
      const { code, message, hint, retry } = word;
      return {
        error: {
          code,
          message: message.slice(0, 8192),
          ...(hint === undefined ? {} : { hint: hint.slice(0, 8192) }),
        },
        retry,
      };
    }
  }
}
