import type { Deps } from "../../deps.ts";
import {
  createOutputQueue,
  type OutputQueue,
} from "../channel/output_queue.ts";
import { MalformedMessage } from "../channel/message.ts";
import type { PortStream } from "./port_stream.ts";
import {
  createFrameReader,
  encodeFrame,
  FrameCommand,
  MAX_FRAME_DATA,
  type StreamFrame,
} from "./stream_frame.ts";

/** Many connections over one stream of bytes. */
export interface Multiplexer {
  /** Opens a connection: the agent dials when it hears of it, and says nothing where that worked. */
  open(): PortStream;
  /**
   * Takes in what the agent sent.
   *
   * @throws MalformedMessage when it is not a frame: nothing that follows can be trusted then.
   */
  push(bytes: Uint8Array): void;
  /** The agent could not connect: the next stream that ends without a byte is the one. */
  noteRefusal(): void;
  /** Sends a frame without effect: traffic that keeps the session open. */
  ping(): void;
  /** Ends every stream: there is nobody to talk to any more. */
  close(): void;
  /** How many streams are open. */
  size(): number;
}

/** What a multiplexer needs of what is around it. */
export interface MultiplexerDeps extends Pick<Deps, "sleep"> {
  /** Sends bytes in order; resolves when there is room for more. */
  readonly send: (bytes: Uint8Array) => Promise<void>;
  /** Stops or goes on reading from the agent, which holds up every stream. */
  readonly setReading: (reading: boolean) => void;
  /** A stream was cut off: its reader took nothing for so many milliseconds, and held up the others. */
  readonly onStuck: (milliseconds: number) => void;
}

/**
 * The end of a stream ends both of its directions at the agent, so a half-closed one is kept for the answer
 * until neither side has sent anything for this long.
 */
export const HALF_CLOSED_MS = 60_000;
/** So many streams may be kept for an answer; the oldest makes room. */
const MOST_HALF_CLOSED = 128;
/** A reader that takes nothing for this long is cut off where others wait behind it. */
export const STUCK_MS = 30_000;
const LAST_ID = 0xffff_ffff;

interface Stream {
  readonly id: number;
  readonly queue: OutputQueue;
  /** Whether the remote has ended it. */
  ended: boolean;
  refused: boolean;
  received: boolean;
  /** How often its reader has asked for more. */
  reads: number;
  full: boolean;
  readonly cut: PromiseWithResolvers<void>;
  /** Ends the wait of a half-closed stream. */
  waiting?: AbortController;
}

/** Shares one stream of bytes among connections, in the frames of version 1 of smux. */
export function createMultiplexer(deps: MultiplexerDeps): Multiplexer {
  const streams = new Map<number, Stream>();
  const halfClosed = new Set<Stream>();
  let lastId = 1;
  let refusals = 0;
  let fullStreams = 0;
  let closed = false;
  let sending: Promise<void> = Promise.resolve();

  /** Frames go out whole, one after the other: the pieces of two must not mix. */
  function send(frame: Uint8Array): Promise<void> {
    return sending = sending.then(() => deps.send(frame));
  }

  function receive({ command, streamId, data }: StreamFrame): void {
    const stream = streams.get(streamId);
    // What is under way to a stream that we have ended comes to nothing.
    if (stream === undefined) {
      if (command === FrameCommand.fin && refusals > 0) refusals--;
    } else if (command === FrameCommand.psh && !stream.ended) {
      stream.received ||= data.length > 0;
      stream.queue.push(data);
      if (stream.waiting !== undefined) awaitAnswer(stream);
    } else if (command === FrameCommand.fin && !stream.ended) {
      stream.ended = true;
      if (refusals > 0 && !stream.received) {
        refusals--;
        stream.refused = true;
      }
      stream.queue.close();
    }
  }

  function onFull(stream: Stream, full: boolean): void {
    stream.full = full;
    fullStreams += full ? 1 : -1;
    deps.setReading(fullStreams === 0);
    if (full) void watchStuck(stream);
  }

  /** One connection that nobody reads must not hold up the others for good. */
  async function watchStuck(stream: Stream): Promise<void> {
    while (stream.full && streams.has(stream.id)) {
      const { reads } = stream;
      await deps.sleep(STUCK_MS);
      const isStuck = stream.full && stream.reads === reads;
      if (!isStuck || !streams.has(stream.id) || streams.size === 1) continue;
      deps.onStuck(STUCK_MS);
      end(stream);
      stream.cut.resolve();
    }
  }

  function awaitAnswer(stream: Stream): void {
    stream.waiting?.abort();
    const waiting = stream.waiting = new AbortController();
    void deps.sleep(HALF_CLOSED_MS, waiting.signal).then(() => {
      if (!waiting.signal.aborted) end(stream);
    });
  }

  function end(stream: Stream): void {
    if (!streams.delete(stream.id)) return;
    halfClosed.delete(stream);
    stream.waiting?.abort();
    void send(encodeFrame(FrameCommand.fin, stream.id));
    stream.queue.close();
    // Nobody reads what is left, and the others must not wait for it.
    if (stream.full) onFull(stream, false);
  }

  function open(): PortStream {
    lastId += 2;
    if (lastId > LAST_ID) {
      throw new MalformedMessage("the session has no number left for a stream");
    }
    const stream: Stream = {
      id: lastId,
      queue: createOutputQueue((full) => {
        if (streams.has(stream.id)) onFull(stream, full);
      }),
      ended: false,
      refused: false,
      received: false,
      reads: 0,
      full: false,
      cut: Promise.withResolvers(),
    };
    const reader = stream.queue.stream.getReader();
    if (closed) stream.queue.close();
    else {
      streams.set(stream.id, stream);
      void send(encodeFrame(FrameCommand.syn, stream.id));
    }
    const isOver = () => stream.ended || !streams.has(stream.id);
    return {
      async read() {
        stream.reads++;
        return (await reader.read()).value;
      },
      async write(bytes) {
        for (let at = 0; at < bytes.length && !isOver();) {
          const data = bytes.subarray(at, at + MAX_FRAME_DATA);
          at += data.length;
          await send(encodeFrame(FrameCommand.psh, stream.id, data));
        }
      },
      closeWrite() {
        if (isOver()) return;
        halfClosed.add(stream);
        awaitAnswer(stream);
        const [oldest] = halfClosed;
        if (halfClosed.size > MOST_HALF_CLOSED) end(oldest!);
      },
      close() {
        end(stream);
        void reader.cancel();
      },
      isRefused: () => stream.refused,
      cut: stream.cut.promise,
    };
  }

  return {
    open,
    push: createFrameReader(receive),
    noteRefusal: () => void refusals++,
    ping: () => void send(encodeFrame(FrameCommand.nop, 0)),
    close() {
      closed = true;
      for (const stream of streams.values()) {
        stream.waiting?.abort();
        stream.queue.close();
      }
      streams.clear();
      halfClosed.clear();
    },
    size: () => streams.size,
  };
}
