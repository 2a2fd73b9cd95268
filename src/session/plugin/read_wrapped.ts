import type { Deps } from "../../deps.ts";
import type { PortholeError } from "../../errors.ts";
import { explainChannelFailure } from "../channel/explain_channel_end.ts";
import { createOutputQueue } from "../channel/output_queue.ts";
import { followReply } from "../reply/follow_reply.ts";
import type { LeftCommand, SessionEnd } from "../session.ts";
import type { WrappedCommand } from "../wrap_command.ts";

/** What a wrapped command says through the plugin. */
export interface WrappedReply {
  readonly output: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  /** How the command ended, where its wrapper reported it, or why that is not known. Never rejects. */
  readonly end: Promise<
    | { readonly kind: "told"; readonly end: SessionEnd }
    | { readonly kind: "missing"; readonly error: PortholeError }
  >;
  /** What may go on running now. */
  left(): LeftCommand | undefined;
}

/** The ways to the plugin and to the user. */
export interface WrappedTools {
  /** Types to the remote. */
  readonly send: (bytes: Uint8Array) => Promise<void>;
  readonly sleep: Deps["sleep"];
  /** One line for the user. */
  readonly onNotice: (text: string) => void;
  /** Nothing that comes matters any more. */
  readonly onOver: () => Promise<void>;
}

/** The plugin reads its input every 10 ms, and makes one message of what it finds. */
const BETWEEN_FRAMES_MS = 20;

/** Reads what the plugin prints of a wrapped command's session, and gives the wrapper what it waits for. */
export function readWrapped(
  printed: ReadableStream<Uint8Array>,
  wrapped: WrappedCommand,
  { send, sleep, onNotice, onOver }: WrappedTools,
): WrappedReply {
  const output = createOutputQueue(onFull);
  const stderr = createOutputQueue(onFull);
  let fullQueues = 0;
  let room = Promise.withResolvers<void>();
  room.resolve();
  let failed: SessionEnd | undefined;

  function onFull(full: boolean): void {
    fullQueues += full ? 1 : -1;
    if (fullQueues === 0) room.resolve();
    else if (full && fullQueues === 1) room = Promise.withResolvers<void>();
  }

  const reply = followReply(wrapped, {
    output,
    stderr,
    onNotice,
    async write(frame) {
      await send(frame);
      await sleep(BETWEEN_FRAMES_MS);
    },
    onEnd: () => void onOver(),
  });

  async function pump(): Promise<Awaited<WrappedReply["end"]>> {
    try {
      for await (const chunk of printed) {
        reply.push(chunk);
        await room.promise;
      }
    } catch (error) {
      failed = { kind: "failed", error: explainChannelFailure(error, true) };
      void onOver();
    }
    const end = reply.end() ?? failed;
    reply.close();
    return end === undefined
      ? { kind: "missing", error: reply.explainMissing() }
      : { kind: "told", end };
  }

  return {
    output: output.stream,
    stderr: stderr.stream,
    end: pump(),
    left: () => failed === undefined ? reply.left() : undefined,
  };
}
