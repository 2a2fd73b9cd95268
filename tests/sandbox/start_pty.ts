import { Buffer } from "node:buffer";
// Of node-pty only the part that forks; see libc.ts for why its streams are not used.
import { requireBinary } from "@lydell/node-pty/requireBinary.js";
import {
  closeDescriptor,
  keepFromChildren,
  openWaker,
  pollDescriptor,
  readDescriptor,
  waitForDescriptor,
  wake,
  writeDescriptor,
} from "./libc.ts";

/** What to run on a new pty. */
export type PtyCommand = {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly cols?: number;
  readonly rows?: number;
};

/** How a process ended. */
export type PtyExit = { readonly code: number; readonly signal: number };

/** A process on a pty: bytes out on demand, bytes in with backpressure. */
export type Pty = {
  readonly pid: number;
  /** Settles when the process itself (not its children) has ended. */
  readonly exit: Promise<PtyExit>;
  /** What there is to read now: empty if nothing yet, `undefined` after the end. */
  readNow(limit: number): Buffer | undefined;
  /** Resolves when `readNow` has more to say. */
  waitReadable(): Promise<void>;
  /** Writes what fits now and returns how much that was. */
  writeNow(bytes: Buffer): number;
  /** Resolves when `writeNow` may get further, or the pty is gone. */
  waitWritable(): Promise<void>;
  resize(cols: number, rows: number): void;
  /** Signals the process itself, if it still runs. */
  kill(signal: "SIGKILL" | "SIGHUP" | "SIGTERM"): void;
  /** Closes the pty, which hangs up whatever still uses it. */
  close(): Promise<void>;
};

type Native = {
  fork(
    file: string,
    args: readonly string[],
    env: readonly string[],
    cwd: string,
    cols: number,
    rows: number,
    uid: number,
    gid: number,
    utf8: boolean,
    helper: string,
    onExit: (code: number, signal: number) => void,
  ): { readonly fd: number; readonly pid: number };
  resize(fd: number, cols: number, rows: number): void;
};

// How long a pty that background children hold open is still read after the
// process itself has ended: the kernel hands written bytes over a little later.
const lingerMs = 50;
// More than a pty can hold: what comes after it is from background children,
// whose output is lost once the process itself has ended.
const mostLateBytes = 131_072;

/** Starts a process on a pty of 0 by 0 characters, as the agent's is, or of the given size. */
export function startPty(command: PtyCommand): Pty {
  const native = requireBinary("pty.node") as Native;
  const waker = openWaker();
  const waits = new Set<Promise<unknown>>();
  let exited = false;
  let ended = false;
  let closed = false;
  let lateBytes = 0;
  let settle: (exit: PtyExit) => void = () => {};
  const exit = new Promise<PtyExit>((resolve) => settle = resolve);

  // The terminal's size is 16 bits wide: 65536 is the 0 that AWS's agent
  // begins with.
  const child = native.fork(
    command.file,
    command.args,
    Object.entries(command.env).map(([name, value]) => `${name}=${value}`),
    command.cwd,
    command.cols ?? 65536,
    command.rows ?? 65536,
    -1,
    -1,
    false,
    "",
    (code, signal) => {
      exited = true;
      wake(waker);
      settle({ code, signal });
    },
  );

  // A terminal that a later program holds too would never hang up.
  keepFromChildren(child.fd);

  async function wait(what: "readable" | "writable"): Promise<void> {
    if (closed || ended) return;
    const afterExit = exited;
    // After the exit the waker stays awake, so the pty is waited for alone.
    const waiting = afterExit
      ? waitForDescriptor(child.fd, what, { read: -1, write: -1 }, lingerMs)
      : waitForDescriptor(child.fd, what, waker, -1);
    waits.add(waiting);
    const ready = await waiting;
    waits.delete(waiting);
    if (afterExit && what === "readable" && !ready.readable) ended = true;
  }

  return {
    pid: child.pid,
    exit,
    readNow(limit) {
      if (ended || closed || lateBytes > mostLateBytes) return undefined;
      const bytes = Buffer.allocUnsafe(limit);
      const count = readDescriptor(child.fd, bytes);
      if (count > 0) {
        if (exited) lateBytes += count;
        return bytes.subarray(0, count);
      }
      const state = pollDescriptor(child.fd);
      if (state.ended && !state.readable) {
        ended = true;
        return undefined;
      }
      return Buffer.alloc(0);
    },
    waitReadable: () => wait("readable"),
    writeNow(bytes) {
      if (closed) return bytes.length;
      const count = writeDescriptor(child.fd, bytes);
      if (count > 0) return count;
      // Nobody will ever read it: as good as written.
      return pollDescriptor(child.fd).ended ? bytes.length : 0;
    },
    waitWritable: () => wait("writable"),
    resize(cols, rows) {
      if (!closed && cols > 0 && rows > 0) {
        native.resize(child.fd, cols, rows);
      }
    },
    kill(signal) {
      if (exited) return;
      try {
        Deno.kill(child.pid, signal);
      } catch {
        // It has ended, and the news is still on its way.
      }
    },
    async close() {
      if (closed) return;
      closed = true;
      wake(waker);
      await Promise.all(waits);
      closeDescriptor(child.fd);
      await exit;
      closeDescriptor(waker.read);
      closeDescriptor(waker.write);
    },
  };
}
