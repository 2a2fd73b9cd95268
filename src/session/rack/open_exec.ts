import { Buffer } from "node:buffer";
import { PortholeError } from "../../errors.ts";
import type { RawSocket, SocketEvents } from "../channel/connect_socket.ts";

/** How a rack begins to answer an exec. */
export type ExecOpening =
  /** The text of a hand-off; the line has been left. */
  | { readonly kind: "handoff"; readonly text: string }
  /** The rack carries the session itself. */
  | { readonly kind: "relay"; readonly line: RackLine };

/** What comes over a rack's line, in order. */
export interface LineEvents {
  /** The bytes are overwritten when it returns. */
  readonly onBytes: (bytes: Uint8Array) => void;
  /** The rack has ended its output. */
  readonly onEnd: () => void;
  /** The line is gone without that. */
  readonly onLost: (reason: string) => void;
}

/** A line to a rack whose first bytes have come. */
export interface RackLine {
  readonly socket: RawSocket;
  /** Hands over what has come by now, and from then on what comes; never before this returns. */
  follow(events: LineEvents): void;
  /** Called whenever the other side is heard. */
  onAlive: (() => void) | undefined;
}

/** What opening needs of the outside. */
export interface ExecDeps {
  /** Opens the socket; Convox's server names its failures only in it. */
  readonly dial: (events: SocketEvents) => Promise<RawSocket>;
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  readonly rackName: string;
}

const LONGEST_HANDOFF = 64 * 1024;
const HANDOFF_MS = 10_000;
/** What comes before `follow` is called: the rack's own texts, and the wrapper's first word. */
const MOST_EARLY = 8 * 1024 * 1024;

/**
 * Opens an exec, and waits for the first byte: 00 begins a hand-off (convox/convox, sdk/sdk.go), anything else is
 * the session's.
 *
 * @throws {PortholeError} session_refused for a hand-off that is not whole in 10 s and 64 KiB; what `dial` throws.
 */
export async function openExec(
  { dial, sleep, rackName }: ExecDeps,
): Promise<ExecOpening> {
  const opening = Promise.withResolvers<ExecOpening>();
  const over = new AbortController();
  let phase: "first" | "handoff" | "relay" = "first";
  let handoff = Buffer.alloc(0);
  let early: (() => void)[] = [];
  let earlyBytes = 0;
  let follower: LineEvents | undefined;

  const cutShort = (because: string) =>
    opening.reject(
      new PortholeError("session_refused", {
        cannot: `use the session that rack "${rackName}" hands off`,
        because,
      }, { hint: "try again" }),
    );

  function pass(to: (events: LineEvents) => void): void {
    if (follower !== undefined) to(follower);
    else early.push(() => to(follower!));
  }

  function startRelay(): void {
    phase = "relay";
    opening.resolve({ kind: "relay", line });
  }

  function addToHandoff(bytes: Uint8Array): void {
    handoff = Buffer.concat([handoff, bytes]);
    if (handoff.length > LONGEST_HANDOFF) {
      return cutShort("it is longer than 64 KiB");
    }
    const text = handoff.toString().trim();
    if (text.endsWith("}") && isJson(text)) {
      opening.resolve({ kind: "handoff", text });
    }
  }

  const line: RackLine = {
    get socket() {
      return socket;
    },
    onAlive: undefined,
    follow(events) {
      setTimeout(() => {
        follower = events;
        for (const tell of early) tell();
        early = [];
        socket.resume();
      });
    },
  };
  const socket: RawSocket = await dial({
    onAlive: () => line.onAlive?.(),
    onText: () => {},
    onRawText(bytes) {
      if (phase === "first") {
        if (bytes.length === 0) return;
        if (bytes[0] === 0) {
          phase = "handoff";
          void sleep(HANDOFF_MS, over.signal).then(() =>
            cutShort("it did not come whole within 10 s")
          );
          return addToHandoff(bytes.subarray(1));
        }
        startRelay();
      }
      if (phase === "handoff") return addToHandoff(bytes);
      if (follower !== undefined) return follower.onBytes(bytes);
      const copy = Uint8Array.from(bytes);
      earlyBytes += copy.length;
      if (earlyBytes > MOST_EARLY) {
        // The socket may still be on its way to us.
        queueMicrotask(() => follower ?? socket.pause());
      }
      pass((events) => events.onBytes(copy));
    },
    onBinary() {
      if (phase === "handoff") return cutShort("its end is missing");
      if (phase === "first") startRelay();
      pass((events) => events.onEnd());
    },
    onClose(reason) {
      if (phase === "handoff") return cutShort("its end is missing");
      if (phase === "first") startRelay();
      pass((events) => events.onLost(reason));
    },
  });

  try {
    const opened = await opening.promise;
    if (opened.kind === "handoff") socket.close();
    return opened;
  } catch (error) {
    socket.close();
    throw error;
  } finally {
    over.abort();
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
