import { Buffer } from "node:buffer";
import type {
  ChannelEnd,
  ChannelEvents,
  DataChannel,
} from "../channel/data_channel.ts";
import { PayloadType } from "../channel/message.ts";
import { ConnectionLost } from "../channel/open_line.ts";
import { watchSilence } from "../channel/watch_silence.ts";
import { createMarkerEnd } from "./marker_end.ts";
import type { RackLine } from "./open_exec.ts";

/** A channel over a rack's line, and what the rack has said itself. */
export interface RelayChannel extends DataChannel {
  /** The first of what came, as far as it may be a text of the rack. */
  said(): string;
}

const PING_EVERY_MS = 20_000;
const DEAD_AFTER_MS = 65_000;
/** How much may wait to be sent before the writer has to wait. */
const HIGH_WATER = 256 * 1024;
/** A message of Convox's own CLI holds so much (convox/rack, stdsdk's reader). */
const LONGEST_MESSAGE = 1024;
/** What the line may take to carry what was sent before it is closed. */
const LEAVE_MS = 1_000;
const MOST_SAID = 4096;
const END = new Uint8Array(0);

/**
 * Opens what carries a session over a Convox rack: raw bytes in text messages both ways, an empty binary message
 * where a direction ends (convox/rack, pkg stdapi and stdsdk). A size cannot be sent.
 *
 * @param wrapped our own words are around the command: Convox's marker is output like any other then.
 */
export function openRelayChannel(
  line: RackLine,
  { payloads }: ChannelEvents,
  { wrapped, now, sleep }: {
    readonly wrapped: boolean;
    readonly now: () => number;
    readonly sleep: (milliseconds: number) => Promise<void>;
  },
): RelayChannel {
  const { socket } = line;
  const { promise: end, resolve: resolveEnd } = Promise.withResolvers<
    ChannelEnd
  >();
  const marker = wrapped ? undefined : createMarkerEnd();
  let ended = false;
  let closed = false;
  let reading = true;
  let said = "";
  /** Nothing was sent since the other side was heard: a rack answers no ping while a command reads no input. */
  let answered = true;

  function finish(how: ChannelEnd): void {
    if (ended) return;
    ended = true;
    clearInterval(pings);
    silence.stop();
    resolveEnd(how);
  }

  const pings = setInterval(() => socket.ping(), PING_EVERY_MS);
  const silence = watchSilence(DEAD_AFTER_MS, {
    now,
    onSilent(silenceMs) {
      if (!reading || !answered || socket.waiting() > 0) return silence.heard();
      lose(`nothing was heard for ${silenceMs / 1000} s`);
    },
  });
  line.onAlive = () => {
    answered = true;
    silence.heard();
  };

  function lose(reason: string): void {
    payloads.output?.(marker?.flush() ?? END);
    finish({ kind: "lost", reason: new ConnectionLost(new Error(reason)) });
  }

  function send(bytes: Uint8Array): void {
    answered = false;
    for (let at = 0; at < bytes.length; at += LONGEST_MESSAGE) {
      socket.sendRawText(bytes.subarray(at, at + LONGEST_MESSAGE));
    }
  }

  line.follow({
    onBytes(bytes) {
      if (ended) return;
      if (said.length < MOST_SAID) {
        said += Buffer.from(bytes).toString().slice(0, MOST_SAID);
      }
      payloads.output?.(marker?.push(bytes) ?? bytes);
    },
    onEnd() {
      if (ended) return;
      const last = marker?.end();
      if (last !== undefined) {
        payloads.output?.(last.output);
        if (last.status !== undefined) {
          payloads.exitCode?.(Buffer.from(String(last.status)));
        }
      }
      // Nothing comes behind it, and the rack leaves it to us to close the line.
      finish({ kind: "closed", text: "" });
    },
    onLost: lose,
  });

  return {
    said: () => said,
    async write(input) {
      while (!ended && !closed && socket.waiting() > HIGH_WATER) {
        await socket.drained();
      }
      if (!ended && !closed) send(input);
    },
    send(type, payload) {
      if (type === PayloadType.output && !ended && !closed) send(payload);
    },
    sendSize: () => {},
    setReading(wanted) {
      if (wanted === reading) return;
      reading = wanted;
      silence.heard();
      if (reading) socket.resume();
      else socket.pause();
    },
    close() {
      if (closed) return;
      closed = true;
      finish({ kind: "abandoned" });
      socket.send(END);
      void Promise.race([socket.drained(), sleep(LEAVE_MS)])
        .then(() => socket.close());
    },
    end,
  };
}
