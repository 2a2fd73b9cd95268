import { encodeMessage } from "./message_codec.ts";

/** The agent's side of reliable delivery: numbered frames, kept until acknowledged. */
export type OutgoingStream = {
  /** Numbers a payload, keeps its frame and hands it on. */
  send(payloadType: number, payload: Uint8Array): void;
  /** Forgets a frame that the client has acknowledged. */
  acknowledge(sequenceNumber: number): void;
  /** Sends the oldest unacknowledged frame again, and only that one. */
  resendHead(now: number): void;
  /** How many frames wait for an acknowledgement. */
  pending(): number;
  /** Frames and payload bytes so far, without resends; and the resends. */
  counts(): {
    readonly frames: number;
    readonly bytes: number;
    readonly resent: number;
  };
};

/** How long a frame waits before it is sent again, and how often that is looked at. */
export const resendIntervalMs = 100;

/** Starts a stream at number 0. */
export function startOutgoingStream(
  deliver: (frame: Uint8Array, sequenceNumber: number) => void,
): OutgoingStream {
  const unacknowledged = new Map<
    number,
    { readonly frame: Uint8Array; readonly sentAt: number }
  >();
  let frames = 0;
  let bytes = 0;
  let resent = 0;
  return {
    send(payloadType, payload) {
      const sequenceNumber = frames++;
      bytes += payload.length;
      const now = Date.now();
      const { frame } = encodeMessage({
        messageType: "output_stream_data",
        sequenceNumber,
        // Only the first message of a session carries SYN.
        flags: sequenceNumber === 0 ? 1 : 0,
        payloadType,
        payload,
        createdDate: now,
      });
      unacknowledged.set(sequenceNumber, { frame, sentAt: now });
      deliver(frame, sequenceNumber);
    },
    acknowledge(sequenceNumber) {
      unacknowledged.delete(sequenceNumber);
    },
    resendHead(now) {
      const head = unacknowledged.entries().next();
      if (head.done === true) return;
      const [sequenceNumber, { frame, sentAt }] = head.value;
      if (now - sentAt < resendIntervalMs) return;
      resent++;
      deliver(frame, sequenceNumber);
    },
    pending: () => unacknowledged.size,
    counts: () => ({ frames, bytes, resent }),
  };
}
