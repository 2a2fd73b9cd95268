import { createByteStore } from "../../session/channel/byte_store.ts";
import type { SessionEnd, StreamSession } from "../../session/session.ts";
import { within } from "../../within.ts";

/** How a session was carried, and how it ended. */
export interface Relayed {
  /** Undefined where its output could not be handed on to its end. */
  readonly end: SessionEnd | undefined;
  readonly bytes: { readonly in: number; readonly out: number };
}

/** The client's end of a relay. */
export interface RelayClient {
  /** Resolves when there is room for more, or the client is gone. The bytes are overwritten when it resolves. */
  readonly send: (
    stream: "stdout" | "stderr",
    bytes: Uint8Array,
  ) => Promise<void>;
  /** So many bytes of input have been taken. */
  readonly onTaken: (bytes: number) => void;
  /** Aborted when the client is gone: the command ends as at a Ctrl-C. */
  readonly gone: AbortSignal;
  /** Aborted when the rack ends the session: its process is ended at once. */
  readonly ended: AbortSignal;
}

/** What a client does to a session that is carried. */
export interface RelayControls {
  /** Copies what it is given. */
  write(bytes: Uint8Array): void;
  closeInput(): void;
  cancel(): void;
}

/** How long the client may take to read the last output of a session that the rack has ended. */
const LAST_OUTPUT_MS = 10_000;

/** Carries a session's bytes between it and a client, at the pace of the slower one. */
export function relayBytes(
  session: StreamSession,
  { send, onTaken, gone, ended }: RelayClient,
  { sleep }: {
    readonly sleep: (
      milliseconds: number,
      signal?: AbortSignal,
    ) => Promise<void>;
  },
): RelayControls & { readonly done: Promise<Relayed> } {
  const bytes = { in: 0, out: 0 };
  const input = session.input.getWriter();
  input.closed.catch(() => {});
  const pending = createByteStore();
  let inputOver = false;
  let feeding = false;

  /** Bytes that gather while a write is under way go together: many small ones cost no more than a large one. */
  async function feed(): Promise<void> {
    if (feeding) return;
    feeding = true;
    try {
      while (pending.length() > 0) {
        const chunk = pending.take();
        await input.write(chunk);
        bytes.in += chunk.length;
        onTaken(chunk.length);
      }
      if (inputOver) await input.close();
    } catch {
      // A command that reads no more need not have ended: its output is still to come.
    } finally {
      feeding = false;
    }
  }

  async function pump(
    stream: "stdout" | "stderr",
    from: ReadableStream<Uint8Array> | undefined,
  ): Promise<boolean> {
    if (from === undefined) return true;
    const reader = from.getReader();
    try {
      for (;;) {
        const { value } = await reader.read();
        if (value === undefined) return true;
        await send(stream, value);
        bytes.out += value.length;
      }
    } catch {
      // The session's exit says why; what is missing of the output must not pass for all of it.
      return false;
    }
  }

  const end = () => void session.end().catch(() => {});
  const endAtOnce = () => {
    end();
    end();
  };
  gone.addEventListener("abort", end, { once: true });
  ended.addEventListener("abort", endAtOnce, { once: true });
  if (ended.aborted) endAtOnce();
  else if (gone.aborted) end();

  async function carry(): Promise<Relayed> {
    const over = new AbortController();
    const whole = Promise.all([
      pump("stdout", session.output),
      pump("stderr", session.stderr),
    ]);
    const late = new Promise<undefined>((resolve) => {
      const arm = () =>
        void sleep(LAST_OUTPUT_MS, over.signal).then(() => resolve(undefined));
      if (ended.aborted) arm();
      else ended.addEventListener("abort", arm, { once: true });
    });
    try {
      const carried = await Promise.race([whole, late]);
      const exit = carried === undefined
        ? await within(1_000, session.exit, { sleep })
        : await session.exit;
      return {
        end: carried?.every((one) => one) ? exit : undefined,
        bytes: { ...bytes },
      };
    } finally {
      over.abort();
      gone.removeEventListener("abort", end);
      ended.removeEventListener("abort", endAtOnce);
    }
  }

  return {
    write(more) {
      pending.add(more);
      void feed();
    },
    closeInput() {
      inputOver = true;
      void feed();
    },
    cancel: end,
    done: carry(),
  };
}
