import type { PortholeError } from "../errors.ts";

/** A terminal's size in character cells. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** How a session ended: with the remote's status, without one being known, or badly. */
export type SessionEnd =
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "unknown" }
  | { readonly kind: "failed"; readonly error: PortholeError };

/** A command whose end was not seen: it may still run. */
export interface LeftCommand {
  /** The leader of its process group in the container, where that is known. */
  readonly pid: number | undefined;
}

/** A session whose bytes pass through us. */
export interface StreamSession {
  readonly kind: "stream";
  /**
   * The remote's output; ends before `exit` resolves. A chunk is the reader's until it asks for the
   * next: its buffer may be used again.
   */
  readonly output: ReadableStream<Uint8Array>;
  /** The remote's stderr in the same way, where the client keeps it apart. */
  readonly stderr?: ReadableStream<Uint8Array>;
  /** Closing it is the remote's end of input. */
  readonly input: WritableStream<Uint8Array>;
  resize(size: TerminalSize): void;
  /** Ends the remote process, then the session; a second call gives up at once. */
  end(): Promise<void>;
  /** What may go on running now, as far as the client knows; absent where the client sees to its end. */
  readonly left?: () => LeftCommand | undefined;
  /** Whether the command ended by itself and none of its input reached it; absent where nobody knows. */
  readonly isInputUnread?: () => boolean;
  /** Never rejects. */
  readonly exit: Promise<SessionEnd>;
}

/** A session whose client owns the terminal itself. */
export interface AttachedSession {
  readonly kind: "attached";
  /** Resolves when the client has the terminal: only then the remote can be typed to. Or when it has ended. */
  readonly opened: Promise<void>;
  /** Ends the client and the session; `exit` is then "unknown". */
  end(): Promise<void>;
  readonly exit: Promise<SessionEnd>;
}

/** An open session. */
export type Session = StreamSession | AttachedSession;
