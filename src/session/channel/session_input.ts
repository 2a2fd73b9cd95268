import {
  createBase64Encoder,
  createEscapeEncoder,
  type Frame,
  type InputEncoder,
  SILENT_END,
} from "../encode_input.ts";
import type { Capabilities } from "../reply/read_reply.ts";
import type { DataChannel } from "./data_channel.ts";
import { PayloadType } from "./message.ts";

/** A producer that pauses this long gets what it wrote delivered. */
const FLUSH_AFTER_MS = 4;

/**
 * Keys, sent as they are once the remote listens. A key that the agent writes twice is pressed twice:
 * a program with a terminal reads nothing but keys.
 */
export function createKeyInput(
  channel: DataChannel,
  started: Promise<unknown>,
): WritableStream<Uint8Array> {
  return new WritableStream({
    start: () => started.then(() => {}),
    write: (chunk) => channel.write(chunk),
  });
}

/** Input through the wrapper's feeder. */
export interface EncodedInput {
  /** Closing it is a real end of input. */
  readonly stream: WritableStream<Uint8Array>;
  /** How many bytes of it the feeder gets. */
  sent(): number;
}

/** Stdin through the wrapper's feeder. */
export function createEncodedInput({ channel, started, isOver, refuse }: {
  readonly channel: DataChannel;
  readonly started: Promise<Capabilities | undefined>;
  readonly isOver: () => boolean;
  /** Called when there is input and the terminal would echo it. */
  readonly refuse: () => void;
}): EncodedInput {
  let encoder: InputEncoder;
  let echoes = false;
  let sent = 0;
  let flushTimer: ReturnType<typeof setTimeout> | undefined;

  async function send(frames: readonly Frame[]): Promise<void> {
    for (const frame of frames) {
      if (isOver()) return;
      await channel.write(frame);
      note(frame);
    }
  }

  /** What goes out behind the end of the command reaches no feeder. */
  function note(frame: Frame): void {
    if (!isOver() && !echoes) sent += encoder.lengthOf(frame);
  }

  const stream = new WritableStream<Uint8Array>({
    async start() {
      const capabilities = await started;
      echoes = capabilities?.stty === false;
      encoder = capabilities?.base64 && capabilities.uniq
        ? createBase64Encoder()
        : createEscapeEncoder();
    },
    async write(chunk) {
      if (echoes) return refuse();
      clearTimeout(flushTimer);
      await send(encoder.push(chunk));
      flushTimer = setTimeout(() => {
        for (const frame of encoder.flush()) {
          if (isOver()) return;
          channel.send(PayloadType.output, frame);
          note(frame);
        }
      }, FLUSH_AFTER_MS);
    },
    async close() {
      clearTimeout(flushTimer);
      await send(echoes ? [SILENT_END] : encoder.end());
    },
  });
  return { stream, sent: () => sent };
}
