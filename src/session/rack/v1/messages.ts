import * as v from "../../../schema.ts";
import { END_SIGNALS, type EndSignal } from "../../../end_signal.ts";
import type { TerminalSize } from "../../session.ts";
import { type LastWord, readLastWord, writeLastWord } from "./last_word.ts";
import {
  type Handoff,
  type Opened,
  readHandoffMessage,
  readOpened,
  writeHandoff,
  writeOpened,
} from "./opened.ts";
import {
  type OpenRequest,
  readOpenRequest,
  SIZE,
  writeOpenRequest,
} from "./open_request.ts";
import {
  Channel,
  LONGEST_DATA,
  LONGEST_SMALL,
  ProtocolError,
} from "./protocol.ts";
import { readerOf, writeJson } from "./read_json.ts";

/** What a client says. */
export type ClientMessage =
  | { readonly kind: "open"; readonly request: OpenRequest }
  | { readonly kind: "stdin"; readonly bytes: Uint8Array }
  | { readonly kind: "stdin_end" }
  | { readonly kind: "size"; readonly size: TerminalSize }
  | { readonly kind: "cancel"; readonly signal: EndSignal };

/** What a rack says. */
export type RackMessage =
  | { readonly kind: "opened"; readonly opened: Opened }
  | { readonly kind: "handoff"; readonly handoff: Handoff }
  | { readonly kind: "stdout"; readonly bytes: Uint8Array }
  | { readonly kind: "stderr"; readonly bytes: Uint8Array }
  | { readonly kind: "output_end"; readonly stream: "stdout" | "stderr" }
  | { readonly kind: "credit"; readonly bytes: number }
  | { readonly kind: "last_word"; readonly word: LastWord };

const CANCEL = v.object({ signal: v.picklist(END_SIGNALS) });
const CREDIT = v.object({
  bytes: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2 ** 24)),
});
const readSize = readerOf("the size", LONGEST_SMALL, SIZE);
const readCancel = readerOf("the cancel", LONGEST_SMALL, CANCEL);
const readCredit = readerOf("the credit", LONGEST_SMALL, CREDIT);

/** Writes a client's message. */
export function encodeClientMessage(message: ClientMessage): Uint8Array {
  switch (message.kind) {
    case "open":
      return frame(Channel.open, writeOpenRequest(message.request));
    case "stdin":
      return frame(Channel.stdin, message.bytes);
    case "stdin_end":
      return Uint8Array.of(Channel.end, Channel.stdin);
    case "size": {
      const { columns: cols, rows } = message.size;
      return frame(Channel.size, small("the size", { cols, rows }));
    }
    case "cancel":
      return frame(
        Channel.cancel,
        small("the cancel", { signal: message.signal }),
      );
  }
}

/**
 * Reads a client's message; data is a view into it.
 *
 * @throws ProtocolError for what no client says.
 */
export function decodeClientMessage(bytes: Uint8Array): ClientMessage {
  const { channel, payload } = split(bytes);
  switch (channel) {
    case Channel.open:
      return { kind: "open", request: readOpenRequest(payload) };
    case Channel.stdin:
      return { kind: "stdin", bytes: data(payload) };
    case Channel.end:
      if (payload.length === 1 && payload[0] === Channel.stdin) {
        return { kind: "stdin_end" };
      }
      break;
    case Channel.size:
      return { kind: "size", size: readSize(payload) };
    case Channel.cancel:
      return { kind: "cancel", signal: readCancel(payload).signal };
  }
  throw new ProtocolError("a message is none of a client's");
}

/** Writes a rack's message. */
export function encodeRackMessage(message: RackMessage): Uint8Array {
  switch (message.kind) {
    case "opened":
      return frame(Channel.opened, writeOpened(message.opened));
    case "handoff":
      return frame(Channel.handoff, writeHandoff(message.handoff));
    case "stdout":
    case "stderr":
      return frame(Channel[message.kind], message.bytes);
    case "output_end":
      return Uint8Array.of(Channel.end, Channel[message.stream]);
    case "credit":
      return frame(
        Channel.credit,
        small("the credit", { bytes: message.bytes }),
      );
    case "last_word":
      return frame(Channel.lastWord, writeLastWord(message.word));
  }
}

/**
 * Reads a rack's message; data is a view into it.
 *
 * @throws ProtocolError for what no rack says.
 */
export function decodeRackMessage(bytes: Uint8Array): RackMessage {
  const { channel, payload } = split(bytes);
  switch (channel) {
    case Channel.opened:
      return { kind: "opened", opened: readOpened(payload) };
    case Channel.handoff:
      return { kind: "handoff", handoff: readHandoffMessage(payload) };
    case Channel.stdout:
      return { kind: "stdout", bytes: data(payload) };
    case Channel.stderr:
      return { kind: "stderr", bytes: data(payload) };
    case Channel.end: {
      const [ended] = payload;
      if (payload.length !== 1) break;
      if (ended === Channel.stdout) {
        return { kind: "output_end", stream: "stdout" };
      }
      if (ended === Channel.stderr) {
        return { kind: "output_end", stream: "stderr" };
      }
      break;
    }
    case Channel.credit:
      return { kind: "credit", bytes: readCredit(payload).bytes };
    case Channel.lastWord:
      return { kind: "last_word", word: readLastWord(payload) };
  }
  throw new ProtocolError("a message is none of a rack's");
}

function split(
  bytes: Uint8Array,
): { readonly channel: number; readonly payload: Uint8Array } {
  const [channel] = bytes;
  if (channel === undefined) throw new ProtocolError("a message is empty");
  return { channel, payload: bytes.subarray(1) };
}

function data(payload: Uint8Array): Uint8Array {
  if (payload.length <= LONGEST_DATA) return payload;
  throw new ProtocolError(`a message has more than ${LONGEST_DATA} bytes`);
}

function frame(channel: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + payload.length);
  bytes[0] = channel;
  bytes.set(payload, 1);
  return bytes;
}

function small(what: string, value: unknown): Uint8Array {
  return writeJson(what, LONGEST_SMALL, value);
}
