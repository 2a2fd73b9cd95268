import { tameText } from "../../aws/tame_text.ts";
import { answerReady } from "../answer_ready.ts";
import type { OutputQueue } from "../channel/output_queue.ts";
import {
  explainDaemonReport,
  isDaemonReport,
} from "../docker/hold_daemon_report.ts";
import type { PortholeError } from "../../errors.ts";
import type { LeftCommand, SessionEnd } from "../session.ts";
import type { WrappedCommand } from "../wrap_command.ts";
import {
  describeForeign,
  describeLimits,
  explainMissingStatus,
} from "./explain_reply.ts";
import { explainShellReport } from "./hold_shell_report.ts";
import {
  type Capabilities,
  createReplyReader,
  type ReplyEvent,
} from "./read_reply.ts";

/** Where a wrapper's replies go, and how it is answered. */
export interface ReplyTools {
  readonly output: OutputQueue;
  readonly stderr: OutputQueue;
  /** Types to the remote. */
  readonly write: (frame: Uint8Array) => Promise<void>;
  /** One line for the user. */
  readonly onNotice: (text: string) => void;
  /** The wrapper waits for its answer, which follows; `preamble` is what was said before. */
  readonly onReady?: (capabilities: Capabilities, preamble: string) => void;
  /** The command is about to run. */
  readonly onStarted?: () => void;
  /** The terminal did not carry stdin as it was set to. True: nothing that follows is trusted. */
  readonly onInputBroken?: () => true;
  /** The wrapper has reported how the command ended. */
  readonly onEnd: () => void;
}

/** What a wrapper has said so far. */
export interface FollowedReply {
  /** @throws Base64Damage when the encoded output has been changed on its way. */
  push(bytes: Uint8Array): void;
  /** Nothing more will come: hands over what is held of the output of a command whose end is missing. */
  close(): void;
  /** How the command ended; undefined until the wrapper has reported it. */
  end(): SessionEnd | undefined;
  /** What a session is that closes without such an end. */
  explainMissing(): PortholeError;
  /** What may go on running now. */
  left(): LeftCommand | undefined;
  /** How many bytes of its input the command has left; undefined where the wrapper does not say. */
  inputLeft(): number | "all" | undefined;
}

/**
 * Follows what a wrapped command's session brings, and gives the wrapper what it waits for.
 *
 * What stands before the wrapper's start or behind its status is no output: it is the remote
 * terminal's, or that of the program which prints the session.
 */
export function followReply(
  wrapped: WrappedCommand,
  tools: ReplyTools,
): FollowedReply {
  const { output, stderr, onNotice } = tools;
  const reader = createReplyReader(wrapped);
  /** The wrapper has all it waits for. */
  let answered = false;
  let started = false;
  let pid: number | undefined;
  let foreignNoted = false;
  let distrusted = false;
  let inputLeft: number | "all" | undefined;
  let end: SessionEnd | undefined;

  function onReply(event: ReplyEvent): void {
    switch (event.kind) {
      case "ready":
        tools.onReady?.(event.capabilities, reader.preamble());
        if (!wrapped.options.interactive) {
          describeLimits(wrapped, event.capabilities).forEach(onNotice);
        }
        return void answer(event.capabilities);
      case "started":
        started = true;
        pid = event.pid;
        return tools.onStarted?.();
      case "output":
        return output.push(event.bytes);
      case "stderr":
        return stderr.push(event.bytes);
      case "foreign":
        if (!foreignNoted) onNotice(describeForeign(event.text));
        foreignNoted = true;
        return;
      case "input_left":
        inputLeft = event.bytes;
        return;
      case "input_broken":
        distrusted = tools.onInputBroken?.() ?? false;
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

  function tell(how: SessionEnd): void {
    end ??= how;
    output.close();
    stderr.close();
    tools.onEnd();
  }

  async function answer(capabilities: Capabilities): Promise<void> {
    answered = true;
    for (const frame of answerReady(wrapped, capabilities)) {
      await tools.write(frame);
    }
  }

  return {
    push(bytes) {
      for (const event of reader.push(bytes)) {
        // A status that follows on what ended our trust would be told otherwise.
        if (distrusted) return;
        onReply(event);
      }
    },
    close() {
      if (end === undefined) output.push(reader.flush());
      output.close();
      stderr.close();
    },
    end: () => end,
    explainMissing: () => explainMissingStatus(reader.preamble(), started),
    left: () => answered && end === undefined ? { pid } : undefined,
    inputLeft: () => inputLeft,
  };
}
