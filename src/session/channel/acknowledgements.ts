import {
  type Message,
  MESSAGE_OVERHEAD,
  PayloadType,
  writeMessage,
} from "./message.ts";

/** The acknowledgements of what the agent sent. */
export interface Acknowledgements {
  /** Writes one; it is overwritten some hundred acknowledgements later. */
  write(message: Message, now: number): Uint8Array;
  /** The latest, the oldest of them first. */
  recent(): readonly Uint8Array[];
}

/** More than can have been under way when a connection broke, on any but the longest lines. */
const KEPT = 256;
const LONGEST = 512;

const encoder = new TextEncoder();

/** Acknowledgements in buffers that go round: there is one for every message. */
export function createAcknowledgements(): Acknowledgements {
  const slots: Uint8Array[] = [];
  const texts = new Uint8Array(LONGEST - MESSAGE_OVERHEAD);
  const written: Uint8Array[] = [];
  let next = 0;
  return {
    write({ type, id, sequence }, now) {
      const text = `{"AcknowledgedMessageType":"${type}",` +
        `"AcknowledgedMessageId":"${id}",` +
        `"AcknowledgedMessageSequenceNumber":${sequence},"IsSequentialMessage":true}`;
      const slot = slots[next] ??= new Uint8Array(LONGEST);
      const frame = writeMessage({
        type: "acknowledge",
        createdAt: now,
        sequence: 0,
        flags: 3,
        id: crypto.randomUUID(),
        payloadType: PayloadType.none,
        payload: texts.subarray(0, encoder.encodeInto(text, texts).written),
      }, slot);
      written[next] = frame;
      next = (next + 1) % KEPT;
      return frame;
    },
    recent: () => [...written.slice(next), ...written.slice(0, next)],
  };
}
