import {
  createBase64Encoder,
  createEscapeEncoder,
  type InputEncoder,
} from "../encode_input.ts";
import type { Capabilities } from "../reply/read_reply.ts";
import type { DataChannel } from "./data_channel.ts";
import { PayloadType } from "./message.ts";

/** A producer that pauses this long gets what it wrote delivered. */
const FLUSH_AFTER_MS = 4;

/** Keys, sent as they are once the remote listens. */
export function createKeyInput(
  channel: DataChannel,
  started: Promise<unknown>,
): WritableStream<Uint8Array> {
  return new WritableStream({
    start: () => started.then(() => {}),
    write: (chunk) => channel.write(chunk),
  });
}

/** Stdin through the wrapper's feeder; closing it is a real end of input. */
export function createEncodedInput({ channel, started, isOver, refuse }: {
  readonly channel: DataChannel;
  readonly started: Promise<Capabilities | undefined>;
  readonly isOver: () => boolean;
  /** Called when there is input and the terminal would echo it. */
  readonly refuse: () => void;
}): WritableStream<Uint8Array> {
  let encoder: InputEncoder;
  let echoes = false;
  let flushTimer: ReturnType<typeof setTimeout> | undefined;

  async function send(text: Uint8Array): Promise<void> {
    for (let at = 0; at < text.length && !isOver(); at += 1024) {
      await channel.write(text.subarray(at, at + 1024));
    }
  }

  return new WritableStream({
    async start() {
      const capabilities = await started;
      echoes = capabilities?.stty === false;
      encoder = capabilities?.base64
        ? createBase64Encoder()
        : createEscapeEncoder();
    },
    async write(chunk) {
      if (echoes) return refuse();
      clearTimeout(flushTimer);
      await send(encoder.push(chunk));
      flushTimer = setTimeout(() => {
        const rest = encoder.flush();
        if (rest.length > 0 && !isOver()) {
          channel.send(PayloadType.output, rest);
        }
      }, FLUSH_AFTER_MS);
    },
    async close() {
      clearTimeout(flushTimer);
      await send(encoder.end());
    },
  });
}
