import { tameText } from "../../../aws/tame_text.ts";
import { type ErrorCode, PortholeError } from "../../../errors.ts";
import { comesWithin } from "../../../within.ts";
import { createOutputQueue } from "../../channel/output_queue.ts";
import type { SessionEnd, StreamSession } from "../../session.ts";
import type { LastWord } from "./last_word.ts";
import type { ClientMessage, RackMessage } from "./messages.ts";
import { FIRST_CREDIT, LONGEST_DATA, ProtocolError } from "./protocol.ts";

/** The line to a rack, as a session on it needs it. */
export interface RelayLine {
  send(message: ClientMessage): void;
  /** How many bytes have not left yet. */
  waiting(): number;
  /** Resolves when all has left, or the line has ended. */
  drained(): Promise<void>;
  setReading(reading: boolean): void;
  close(): void;
}

/** A session that a rack carries, and what it is told of the line. */
export interface RelaySession {
  readonly stream: StreamSession;
  /** @throws ProtocolError for what may not come now. */
  receive(message: RackMessage): void;
  /** The line is gone. */
  lose(reason: string): void;
}

/** How much may wait to leave before the writer waits too. */
const HIGH_WATER = 256 * 1024;
/** More than a rack ever gives: it has to keep what it gives credit for. */
const MOST_CREDIT = 16 * 1024 * 1024;
/** A rack interrupts the command, waits 2 s, ends the session, and waits 3 s for that. */
const CANCEL_MS = 8_000;

/** What ends with a line may go on for a while: a rack misses its client after 60 s. */
const MAY_RUN: readonly ErrorCode[] = ["session_lost", "status_unknown"];

/** Makes a session of the messages of a line. Only a whole one has a status: its streams must have ended before. */
export function createRelaySession(
  line: RelayLine,
  { bare, sleep, explain }: {
    /** Nothing tells the command's status. */
    readonly bare: boolean;
    readonly sleep: (
      milliseconds: number,
      signal?: AbortSignal,
    ) => Promise<void>;
    readonly explain: (
      word: Extract<LastWord, { kind: "error" }>,
    ) => PortholeError;
  },
): RelaySession {
  const { promise: exit, resolve } = Promise.withResolvers<SessionEnd>();
  const streams = {
    stdout: createOutputQueue(onFull),
    stderr: createOutputQueue(onFull),
  };
  const open = new Set(["stdout", "stderr"]);
  let fullQueues = 0;
  let credit = FIRST_CREDIT;
  const waiting: (() => void)[] = [];
  let end: SessionEnd | undefined;
  let mayRun = false;
  let ending = false;

  function onFull(full: boolean): void {
    fullQueues += full ? 1 : -1;
    if (end === undefined) line.setReading(fullQueues === 0);
  }

  function settle(how: SessionEnd): void {
    if (end !== undefined) return;
    end = how;
    mayRun = how.kind === "failed" && MAY_RUN.includes(how.error.code);
    release();
    streams.stdout.close();
    streams.stderr.close();
    resolve(how);
  }

  function release(): void {
    for (const go of waiting.splice(0)) go();
  }

  function judge(word: LastWord): SessionEnd {
    switch (word.kind) {
      case "error":
        return { kind: "failed", error: explain(word) };
      case "unseen":
        return { kind: "failed", error: statusUnknown("the rack did not see") };
      case "unknown":
        return bare ? { kind: "unknown" } : {
          kind: "failed",
          error: statusUnknown("nothing in the session tells"),
        };
      case "status":
        if (open.size > 0) {
          throw new ProtocolError("a status came before the end of the output");
        }
        return { kind: "status", status: word.status };
    }
  }

  async function write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length && end === undefined;) {
      if (line.waiting() > HIGH_WATER) {
        await line.drained();
        continue;
      }
      if (credit === 0) {
        await new Promise<void>((go) => waiting.push(go));
        continue;
      }
      const part = bytes.subarray(
        at,
        at + Math.min(credit, LONGEST_DATA, bytes.length - at),
      );
      credit -= part.length;
      at += part.length;
      line.send({ kind: "stdin", bytes: part });
    }
  }

  const stream: StreamSession = {
    kind: "stream",
    output: streams.stdout.stream,
    stderr: streams.stderr.stream,
    input: new WritableStream({
      write,
      close: () => {
        if (end === undefined) line.send({ kind: "stdin_end" });
      },
    }),
    resize: (size) => {
      if (end === undefined) line.send({ kind: "size", size });
    },
    async end() {
      if (!ending) {
        ending = true;
        line.send({ kind: "cancel", signal: "SIGINT" });
        if (await comesWithin(CANCEL_MS, exit, { sleep })) return;
      }
      line.close();
      lose("it was left before the command had ended");
    },
    left: () => mayRun ? { pid: undefined } : undefined,
    exit,
  };

  function lose(reason: string): void {
    settle({
      kind: "failed",
      error: new PortholeError("session_lost", {
        cannot: "continue the session",
        because: `the line to the rack broke: ${tameText(reason)}`,
      }, {
        hint: "a rack ends a command whose client is gone, within a minute",
      }),
    });
  }

  return {
    stream,
    lose,
    receive(message) {
      if (end !== undefined) return;
      switch (message.kind) {
        case "stdout":
        case "stderr":
          if (!open.has(message.kind)) {
            throw new ProtocolError("output came behind its end");
          }
          return streams[message.kind].push(message.bytes);
        case "output_end":
          open.delete(message.stream);
          return streams[message.stream].close();
        case "credit":
          credit += message.bytes;
          if (credit > MOST_CREDIT) {
            throw new ProtocolError("it gives credit without end");
          }
          return release();
        case "last_word":
          return settle(judge(message.word));
        case "opened":
        case "handoff":
          throw new ProtocolError("a session was opened twice");
      }
    },
  };
}

function statusUnknown(who: string): PortholeError {
  return new PortholeError(
    "status_unknown",
    `Cannot determine the exit status: ${who} how the command ended`,
    { hint: "the command may still be running" },
  );
}
