import { tameText } from "../../aws/tame_text.ts";
import type { Deps } from "../../deps.ts";
import { answerReady } from "../answer_ready.ts";
import { explainChannelFailure } from "../channel/explain_channel_end.ts";
import { createOutputQueue } from "../channel/output_queue.ts";
import {
  explainDaemonReport,
  isDaemonReport,
} from "../docker/hold_daemon_report.ts";
import { describeForeign, describeLimits } from "../reply/explain_reply.ts";
import { explainShellReport } from "../reply/hold_shell_report.ts";
import {
  type Capabilities,
  createReplyReader,
  type ReplyEvent,
} from "../reply/read_reply.ts";
import type { LeftCommand, SessionEnd } from "../session.ts";
import type { WrappedCommand } from "../wrap_command.ts";

/** What a wrapped command says through the plugin. */
export interface WrappedReply {
  readonly output: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  /** How the command ended, where its wrapper told, or what is known where it did not. Never rejects. */
  readonly end: Promise<
    | { readonly kind: "told"; readonly end: SessionEnd }
    | {
      readonly kind: "missing";
      readonly preamble: string;
      readonly started: boolean;
    }
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

/**
 * Reads what the plugin prints of a wrapped command's session, and gives the wrapper what it waits for.
 *
 * What stands before its start or behind its status is no output: it is the plugin's, or the remote terminal's.
 */
export function readWrapped(
  printed: ReadableStream<Uint8Array>,
  wrapped: WrappedCommand,
  { send, sleep, onNotice, onOver }: WrappedTools,
): WrappedReply {
  const reader = createReplyReader(wrapped);
  const output = createOutputQueue(onFull);
  const stderr = createOutputQueue(onFull);
  let fullQueues = 0;
  let room = Promise.withResolvers<void>();
  room.resolve();
  let answered = false;
  let started = false;
  let pid: number | undefined;
  let told: SessionEnd | undefined;
  let foreignNoted = false;

  function onFull(full: boolean): void {
    fullQueues += full ? 1 : -1;
    if (fullQueues === 0) room.resolve();
    else if (full && fullQueues === 1) room = Promise.withResolvers<void>();
  }

  function onReply(event: ReplyEvent): void {
    switch (event.kind) {
      case "ready":
        describeLimits(wrapped, event.capabilities).forEach(onNotice);
        return void answer(event.capabilities);
      case "started":
        started = true;
        pid = event.pid;
        return;
      case "output":
        return output.push(event.bytes);
      case "stderr":
        return stderr.push(event.bytes);
      case "foreign":
        if (!foreignNoted) onNotice(describeForeign(event.text));
        foreignNoted = true;
        return;
      case "input_broken":
        // There is no input of the user's.
        return;
      case "start_failed":
        return tell({
          kind: "failed",
          error: isDaemonReport(event.reason)
            ? explainDaemonReport(tameText(event.reason))
            : explainShellReport(event.reason, event.status),
        });
      case "status":
        return tell({ kind: "status", status: event.status });
    }
  }

  function tell(end: SessionEnd): void {
    told ??= end;
    output.close();
    stderr.close();
    void onOver();
  }

  async function answer(capabilities: Capabilities): Promise<void> {
    answered = true;
    for (const frame of answerReady(wrapped, capabilities)) {
      await send(frame);
      await sleep(BETWEEN_FRAMES_MS);
    }
  }

  async function pump(): Promise<Awaited<WrappedReply["end"]>> {
    try {
      for await (const chunk of printed) {
        for (const event of reader.push(chunk)) onReply(event);
        await room.promise;
      }
    } catch (error) {
      tell({ kind: "failed", error: explainChannelFailure(error, true) });
    }
    if (told !== undefined) return { kind: "told", end: told };
    output.push(reader.flush());
    output.close();
    stderr.close();
    return { kind: "missing", preamble: reader.preamble(), started };
  }

  return {
    output: output.stream,
    stderr: stderr.stream,
    end: pump(),
    left: () => answered && told === undefined ? { pid } : undefined,
  };
}
