import type { Deps } from "../deps.ts";
import { messageOf, PortholeError } from "../errors.ts";
import {
  BROKEN_PIPE_STATUS,
  type EndSignal,
  statusOfSignal,
} from "../end_signal.ts";
import type { Session, SessionEnd, StreamSession } from "../session/session.ts";
import { copyInput } from "./copy_input.ts";
import { copyOutput } from "./copy_output.ts";
import { DROPPED_KEYS, ESCAPE_HELP } from "./escape_keys.ts";
import { withRawTerminal } from "./raw_terminal.ts";

/** How a session is joined to porthole's own streams. */
export interface SessionRun {
  /** Every key goes to the remote, raw; else stdin and stdout are plain bytes. */
  readonly interactive: boolean;
  /** Whether the remote gets our stdin; else its input ends at once. Always so when interactive. */
  readonly readStdin: boolean;
}

/** Bytes that passed: `in` to the remote, `out` from it. */
export interface ByteCounts {
  readonly in: number;
  readonly out: number;
}

/** Why a session is over: by itself, or what ended it on this side, with the exit status that belongs to it. */
export type SessionOutcome =
  | {
    readonly kind: "ended";
    readonly end: SessionEnd;
    readonly bytes: ByteCounts;
  }
  | {
    readonly kind: "interrupted";
    readonly signal: EndSignal;
    readonly status: number;
    /** The remote had not ended when we left. */
    readonly gaveUp: boolean;
    readonly bytes: ByteCounts;
  }
  /** `~.` */
  | {
    readonly kind: "left";
    readonly status: number;
    readonly bytes: ByteCounts;
  }
  /** The reader of stdout is gone, as with `| head -1`. */
  | {
    readonly kind: "output_closed";
    readonly status: number;
    readonly bytes: ByteCounts;
  };

/** What a session is joined to: where its input comes from, and where its output goes. */
export type Stdio = Pick<Deps, "stdin" | "stdout" | "stderr">;

type RunDeps =
  & Stdio
  & Pick<
    Deps,
    "platform" | "spawn" | "sleep" | "terminalSize" | "onSignal"
  >;

/** Joins a session to the terminal until it is over; a session that owns the terminal itself is only waited for. */
export async function runSession(
  session: Session,
  deps: RunDeps,
  run: SessionRun,
): Promise<SessionOutcome> {
  if (session.kind === "stream") {
    return await runStreamSession(session, deps, run);
  }
  return { kind: "ended", end: await session.exit, bytes: { in: 0, out: 0 } };
}

/** What ended a session on this side. */
type Cause =
  | { readonly kind: "interrupted"; readonly signal: EndSignal }
  | { readonly kind: "left" }
  | { readonly kind: "output_closed" }
  | { readonly kind: "failed"; readonly error: PortholeError };

/** How long a session may take to end when its output is no longer needed. */
const END_MS = 1500;

const ESCAPE_HELP_BYTES = new TextEncoder().encode(ESCAPE_HELP);
const DROPPED_KEYS_BYTES = new TextEncoder().encode(DROPPED_KEYS);

/** Pumps a session's bytes until it is over. The terminal is then as it was before, however that came. */
export async function runStreamSession(
  session: StreamSession,
  deps: RunDeps,
  run: SessionRun,
): Promise<SessionOutcome> {
  const bytes = { in: 0, out: 0 };
  const input = session.input.getWriter();
  const inputOver = new AbortController();
  const over = new AbortController();
  const givenUp = Promise.withResolvers<undefined>();
  let cause: Cause | undefined;

  /** Ends the session for a reason of ours. With `patience` its output is waited for, until there is a second reason. */
  function end(why: Cause, patience: "patient" | "brief"): void {
    if (cause || patience === "brief") {
      void deps.sleep(END_MS, over.signal).then(() =>
        givenUp.resolve(undefined)
      );
    }
    cause ??= why;
    inputOver.abort();
    session.end().catch(() => {});
  }

  async function pump(): Promise<SessionEnd | undefined> {
    const output = copyOutput(session.output, deps.stdout, {
      signal: over.signal,
      onBytes: (count) => bytes.out += count,
      onError: (error) => {
        const closed = error instanceof Deno.errors.BrokenPipe;
        end(
          closed
            ? { kind: "output_closed" }
            : explainFailure("write the output", error),
          "brief",
        );
      },
    });
    // A closed stderr does not end the session.
    const errors = session.stderr &&
      copyOutput(session.stderr, deps.stderr, { signal: over.signal });
    if (run.interactive || run.readStdin) {
      void copyInput(deps.stdin, input, {
        interactive: run.interactive,
        signal: inputOver.signal,
        onBytes: (count) => bytes.in += count,
        onLeave: () => end({ kind: "left" }, "brief"),
        onHelp: () => void deps.stderr.write(ESCAPE_HELP_BYTES).catch(() => {}),
        onDropped: () =>
          void deps.stderr.write(DROPPED_KEYS_BYTES).catch(() => {}),
        onGone: () => end({ kind: "interrupted", signal: "SIGHUP" }, "brief"),
        onError: (error) =>
          end(explainFailure("read standard input", error), "brief"),
      });
    } else {
      void input.close().catch(() => {});
    }
    // A remote that has ended reads no more, though its output may still be on its way to a slow reader of ours.
    void session.exit.then(() => inputOver.abort());
    const finished = Promise.all([session.exit, output, errors]).then((
      [exit],
    ) => exit);
    return await Promise.race([finished, givenUp.promise]);
  }

  // Listening starts before raw mode: a TERM must never find a raw terminal and no listener.
  const stopListening = run.interactive
    ? listenInteractive(
      session,
      input,
      deps,
      (signal) => end({ kind: "interrupted", signal }, "brief"),
    )
    : listenPlain(
      deps,
      (signal) => end({ kind: "interrupted", signal }, "patient"),
    );
  try {
    const exit = await (run.interactive ? withRawTerminal(deps, pump) : pump());
    return describeOutcome(cause, exit, { ...bytes });
  } finally {
    for (const stop of stopListening) stop();
    over.abort();
    inputOver.abort();
  }
}

/** The keys' signals, sent to porthole itself, are the remote's like the keys; the terminal's size is passed on. */
function listenInteractive(
  session: StreamSession,
  input: WritableStreamDefaultWriter<Uint8Array>,
  deps: RunDeps,
  end: (signal: EndSignal) => void,
): (() => void)[] {
  const sendKey = (key: number) => () =>
    void input.write(Uint8Array.of(key)).catch(() => {});
  const sendSize = () => {
    const size = deps.terminalSize();
    if (size) session.resize(size);
  };
  const stopListening = [
    deps.onSignal("SIGINT", sendKey(0x03)),
    deps.onSignal("SIGQUIT", sendKey(0x1c)),
    deps.onSignal("SIGTSTP", sendKey(0x1a)),
    deps.onSignal("SIGWINCH", sendSize),
    // The window may have changed while porthole was stopped and heard no signal.
    deps.onSignal("SIGCONT", sendSize),
    deps.onSignal("SIGTERM", () => end("SIGTERM")),
    deps.onSignal("SIGHUP", () => end("SIGHUP")),
  ];
  sendSize();
  return stopListening;
}

function listenPlain(
  deps: RunDeps,
  end: (signal: EndSignal) => void,
): (() => void)[] {
  const signals = ["SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP"] as const;
  return signals.map((signal) => deps.onSignal(signal, () => end(signal)));
}

function explainFailure(what: string, error: unknown): Cause {
  return {
    kind: "failed",
    error: new PortholeError(
      "io_failed",
      `Cannot ${what}: ${messageOf(error)}`,
      { cause: error },
    ),
  };
}

function describeOutcome(
  cause: Cause | undefined,
  exit: SessionEnd | undefined,
  bytes: ByteCounts,
): SessionOutcome {
  switch (cause?.kind) {
    case "interrupted": {
      const { signal } = cause;
      return {
        ...cause,
        status: statusOfSignal(signal),
        gaveUp: exit === undefined,
        bytes,
      };
    }
    case "left":
      return { kind: "left", status: statusOfSignal("SIGINT"), bytes };
    case "output_closed":
      return { kind: "output_closed", status: BROKEN_PIPE_STATUS, bytes };
    case "failed":
      return {
        kind: "ended",
        end: { kind: "failed", error: cause.error },
        bytes,
      };
    case undefined:
      return { kind: "ended", end: exit ?? { kind: "unknown" }, bytes };
  }
}
