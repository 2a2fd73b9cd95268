import type { SessionGrant } from "../../access/access.ts";
import { tameText } from "../../aws/tame_text.ts";
import { PortholeError } from "../../errors.ts";
import { END_OF_INPUT } from "../encode_input.ts";
import { followReply } from "../reply/follow_reply.ts";
import { explainMissingStatus } from "../reply/explain_reply.ts";
import type { Capabilities } from "../reply/read_reply.ts";
import { createCrlfUndo } from "../reply/undo_crlf.ts";
import type {
  LeftCommand,
  SessionEnd,
  StreamSession,
  TerminalSize,
} from "../session.ts";
import type { WrappedCommand } from "../wrap_command.ts";
import {
  type ChannelDeps,
  type ChannelEnd,
  type ChannelEvents,
  type DataChannel,
  openDataChannel,
} from "./data_channel.ts";
import { STREAM_SESSIONS } from "./handshake.ts";
import {
  describeInterruption,
  explainChannelFailure,
  explainClosingText,
} from "./explain_channel_end.ts";
import { PayloadType } from "./message.ts";
import { ConnectionLost } from "./open_line.ts";
import { createOutputQueue } from "./output_queue.ts";
import { createEncodedInput, createKeyInput } from "./session_input.ts";
import { comesWithin, within } from "../../within.ts";

/** What a session over the data channel is made of. */
export interface ChannelSessionRequest {
  readonly grant: SessionGrant;
  /** Absent: the command runs as it is, and its status stays unknown. */
  readonly wrapped: WrappedCommand | undefined;
  readonly interactive: boolean;
  /** Nothing has made the remote terminal byte-clean: what it puts before each line feed is taken back. */
  readonly undoCrlf?: boolean | undefined;
  /** The local terminal's size, when there is one. */
  readonly size: TerminalSize | undefined;
  /** Keep AWS from ending the session after 20 minutes without a byte. */
  readonly keepAlive: boolean;
}

/** What such a session needs of the outside, whatever carries it. */
export interface SessionDeps extends Pick<ChannelDeps, "sleep" | "limits"> {
  /** Ends the session on AWS's side, and with it the remote process. */
  readonly terminate: () => Promise<void>;
  /** One line for the user: what the container lacks. */
  readonly onNotice: (text: string) => void;
  /** One line for the user: what the agent says of the session, for example that a KMS key encrypts it. */
  readonly onCustomerMessage: (text: string) => void;
  /** One line for the user: the connection broke, or is back. */
  readonly onInterruption: (text: string) => void;
  /** The command is about to run (or, unwrapped, its first output came). */
  readonly onStarted: () => void;
  /** What was said before the wrapper was ready; absent where nobody else may speak there. */
  readonly onPreamble?: (text: string) => void;
  /** What the wrapper has found in the container. */
  readonly onCapabilities?: ((found: Capabilities) => void) | undefined;
}

/** What it needs over a data channel. */
export interface ChannelSessionDeps extends ChannelDeps, SessionDeps {}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const INTERRUPT = Uint8Array.of(0x03);
/** How long a command may take to heed an interrupt, and a session to close behind its status. */
const GRACE_MS = 2_000;
/** How long AWS may take to close a session that it was asked to end: about two seconds where its terminal is full. */
const CLOSE_MS = 3_000;
/** AWS ends a session after 20 minutes without traffic, a limit that cannot be changed for ECS. */
const KEEP_ALIVE_MS = 5 * 60_000;
/** The remote terminal's size until another one is sent. */
const NO_SIZE: TerminalSize = { columns: 0, rows: 0 };
/** An unwrapped program may wait for input before it says anything. */
const SILENT_START_MS = 1_500;

/**
 * Opens a session over Session Manager's data channel with the built-in client.
 *
 * @throws PortholeError when the channel cannot be opened.
 */
export async function openChannelSession(
  request: ChannelSessionRequest,
  deps: ChannelSessionDeps,
): Promise<StreamSession> {
  return await openSessionOver(
    (events) =>
      openDataChannel(
        request.grant.tokenValue,
        { ...deps, sessions: STREAM_SESSIONS },
        events,
      ),
    request,
    deps,
  );
}

/**
 * Opens a session over anything that carries bytes as a data channel does.
 *
 * @throws PortholeError when the channel cannot be opened.
 */
export async function openSessionOver(
  openChannel: (events: ChannelEvents) => Promise<DataChannel>,
  request: Omit<ChannelSessionRequest, "grant">,
  deps: SessionDeps,
): Promise<StreamSession> {
  const { wrapped, interactive } = request;
  const undo = request.undoCrlf ? createCrlfUndo() : undefined;
  const { promise: exit, resolve: resolveExit } = Promise.withResolvers<
    SessionEnd
  >();
  const { promise: capabilities, resolve: resolveStarted } = Promise
    .withResolvers<
      Capabilities | undefined
    >();
  const queue = createOutputQueue(onFull, deps.limits?.output);
  const errors = createOutputQueue(onFull, deps.limits?.output);
  const reply = wrapped && followReply(wrapped, {
    output: queue,
    stderr: errors,
    write: (frame) => channel.write(frame),
    onNotice: deps.onNotice,
    onReady(capabilities, preamble) {
      ready = capabilities;
      deps.onCapabilities?.(capabilities);
      deps.onPreamble?.(preamble);
      sendSize();
    },
    onStarted: start,
    onInputBroken() {
      giveUp(explainBrokenInput());
      return true;
    },
    onEnd,
  });

  let size = request.size;
  let ready: Capabilities | undefined;
  let started = false;
  let closedByAgent = false;
  /** What the agent itself says of a command that runs as it is. */
  let exitCode: number | undefined;
  let fullQueues = 0;
  let ending = false;
  /** Why we gave the session up, where it was us. */
  let givenUp: unknown;
  let terminating: Promise<void> | undefined;
  const timers: ReturnType<typeof setTimeout>[] = [];

  /** The connection is read while there is room for all it may bring. */
  function onFull(full: boolean): void {
    fullQueues += full ? 1 : -1;
    channel.setReading(fullQueues === 0);
  }

  function onOutput(payload: Uint8Array): void {
    if (givenUp !== undefined) return;
    if (reply !== undefined) return reply.push(payload);
    start();
    queue.push(undo?.push(payload) ?? payload);
  }

  function onEnd(): void {
    // The feeder would wait for more input, and hold the terminal open.
    if (wrapped?.options.stdin === true && !interactive) {
      channel.send(PayloadType.output, END_OF_INPUT);
    }
    // AWS allows a container few sessions: none is left open behind a process that goes on.
    timers.push(setTimeout(() => {
      within(GRACE_MS / 2, terminate(), deps)
        .then(() => settle({ kind: "abandoned" }));
    }, GRACE_MS));
  }

  function start(): void {
    if (started) return;
    started = true;
    if (reply === undefined) sendSize();
    if (request.keepAlive) keepAlive();
    deps.onStarted();
    resolveStarted(ready);
  }

  function sendSize(): void {
    if (size === undefined) return;
    const { columns: cols, rows } = size;
    channel.sendSize(encoder.encode(JSON.stringify({ cols, rows })));
  }

  /** A size that does not change is traffic to AWS, and nothing at all to the remote program. */
  function keepAlive(): void {
    size ??= NO_SIZE;
    timers.push(setTimeout(() => {
      sendSize();
      keepAlive();
    }, KEEP_ALIVE_MS));
  }

  function settle(end: ChannelEnd): void {
    for (const timer of timers) clearTimeout(timer);
    channel.close();
    resolveStarted(ready);
    reply?.close();
    if (undo !== undefined) queue.push(undo.flush());
    queue.close();
    errors.close();
    resolveExit(describeEnd(end));
  }

  function describeEnd(end: ChannelEnd): SessionEnd {
    const told = reply?.end();
    if (told !== undefined) return told;
    if (givenUp !== undefined) {
      return { kind: "failed", error: explainChannelFailure(givenUp, true) };
    }
    if (end.kind === "lost") {
      return { kind: "failed", error: explainChannelFailure(end.reason, true) };
    }
    if (end.kind === "closed" && end.text !== "") {
      return {
        kind: "failed",
        error: explainClosingText(end.text, wrapped !== undefined),
      };
    }
    if (wrapped === undefined && end.kind === "closed") {
      return exitCode === undefined
        ? { kind: "unknown" }
        : { kind: "status", status: exitCode };
    }
    return {
      kind: "failed",
      error: reply?.explainMissing() ?? explainMissingStatus("", started),
    };
  }

  const channel = await openChannel({
    payloads: {
      output: (payload) => {
        try {
          onOutput(payload);
        } catch (error) {
          giveUp(error);
        }
      },
      stderr: (payload) => errors.push(payload),
      exitCode: (payload) => exitCode = readExitCode(payload),
    },
    onNotice: (text) => deps.onCustomerMessage(tameText(text)),
    onInterruption: (reason) =>
      deps.onInterruption(describeInterruption(reason)),
  }).catch((error) => {
    throw explainChannelFailure(error, false);
  });
  channel.end.then((end) => {
    closedByAgent = end.kind === "closed";
    // A command behind a line that is lost goes on; behind one that cannot be trusted it does not.
    if (end.kind === "lost" && !(end.reason instanceof ConnectionLost)) {
      giveUp(end.reason);
    } else settle(end);
  });
  if (reply === undefined) timers.push(setTimeout(start, SILENT_START_MS));

  /** However many signals come, AWS is asked once. */
  function terminate(): Promise<void> {
    return terminating ??= deps.terminate().catch(() => {});
  }

  /** Leaves a session that cannot be trusted any more, and ends its process. */
  function giveUp(reason: unknown): void {
    if (givenUp !== undefined) return;
    givenUp = reason;
    within(GRACE_MS, terminate(), deps)
      .then(() => settle({ kind: "lost", reason }));
  }

  /**
   * The agent ends a session with its direct child. That is the shell of a terminal; a wrapper's command
   * may live on behind it, and only a status shows its end.
   */
  function findLeft(): LeftCommand | undefined {
    if (closedByAgent && (interactive || reply === undefined)) return undefined;
    if (reply !== undefined) return reply.left();
    return started ? { pid: undefined } : undefined;
  }

  function isInputUnread(): boolean {
    if (ending || encoded === undefined || reply?.end()?.kind !== "status") {
      return false;
    }
    const left = reply.inputLeft();
    return left === "all" || left === encoded.sent();
  }

  function openInput(): WritableStream<Uint8Array> {
    return interactive
      ? createKeyInput(channel, capabilities)
      : encoded?.stream ?? new WritableStream();
  }

  const encoded = !interactive && wrapped?.options.stdin === true
    ? createEncodedInput({
      channel,
      started: capabilities,
      isOver: () => reply?.end() !== undefined,
      refuse: () => giveUp(refuseInput()),
    })
    : undefined;

  return {
    kind: "stream",
    output: queue.stream,
    stderr: errors.stream,
    input: openInput(),
    resize(newSize) {
      size = newSize;
      if (started) sendSize();
    },
    async end() {
      if (!ending) {
        ending = true;
        if (!interactive && started) {
          channel.send(PayloadType.output, INTERRUPT);
          if (await comesWithin(GRACE_MS, exit, deps)) return;
        }
      }
      // The wait is over, but the process must not be left behind.
      await within(GRACE_MS / 2, terminate(), deps);
      await within(CLOSE_MS, exit, deps);
      channel.close();
    },
    left: findLeft,
    isInputUnread,
    exit,
  };
}

/**
 * AWS's agent says `EXIT_CODE: n`, in sessions that keep the streams apart; none of ECS's do so far
 * (amazon-ssm-agent, `agent/session/plugins/sessionplugin/shell`).
 */
function readExitCode(payload: Uint8Array): number | undefined {
  const [, digits] = /(?:^|\s)(\d{1,3})\s*$/.exec(decoder.decode(payload)) ??
    [];
  const code = Number(digits);
  return code <= 255 ? code : undefined;
}

/** A feeder in the container found other modes than it had set, or could not read any more. */
function explainBrokenInput(): PortholeError {
  return new PortholeError(
    "io_failed",
    "Cannot send stdin to its end: the command changed the terminal of the session, or took it over",
    {
      hint:
        "stdin travels through that terminal: do without stty, job control and the like there, or run the command without stdin (-n)",
    },
  );
}

/** A terminal that echoes would mix what we send into what the command says. */
function refuseInput(): PortholeError {
  return new PortholeError(
    "cannot_start",
    "Cannot send stdin: the container has no stty, so what is sent would come back as output",
    { hint: "-n runs the command without stdin" },
  );
}
