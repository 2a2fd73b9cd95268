import { Buffer } from "node:buffer";
import { makeRackFrame, type RackFrame } from "./rack_frames.ts";
import type { RackFaults } from "./rack_options.ts";
import { startPty } from "./start_pty.ts";

/** Convox's own, as its sdk has it. */
const marker = "F1E49A85-0AD7-4AEF-A618-C249C6E6568D:";
const opcodes = { text: 1, binary: 2 };
const readSize = 32_768;

/** What a command is run with. */
export type RackExec = {
  readonly command: string;
  readonly path: string;
  readonly tools: string | undefined;
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  readonly size: { readonly cols: number; readonly rows: number } | undefined;
  readonly faults: RackFaults;
  /** Sends a frame; resolves when it has left, rejects when the line is gone. */
  send(frame: Uint8Array): Promise<void>;
  /** Ends the line without a goodbye. */
  cut(): void;
};

/** A command that a rack carries. */
export type CarriedExec = {
  onFrame(frame: RackFrame): void;
  /** Settles when all has been said. */
  readonly done: Promise<void>;
  /** The process, and all that reads from it, goes. */
  kill(): void;
};

/** Runs a command with `sh -c` on a pty, as Convox's Docker branch does, and speaks of it as its server layer does. */
export function carryRackExec(exec: RackExec): CarriedExec {
  const { faults, send } = exec;
  const pty = startPty({
    file: exec.tools === undefined ? "/bin/sh" : `${exec.tools}/sh`,
    args: ["-c", exec.command],
    env: exec.env,
    cwd: exec.home,
    ...exec.size,
  });
  let sent = 0;
  let killed = false;

  async function say(bytes: Uint8Array): Promise<void> {
    const { cutAfter = Infinity, delayMs = 0 } = faults;
    const size = faults.messageBytes ?? readSize;
    for (let at = 0; at < bytes.length; at += size) {
      const part = bytes.subarray(at, at + size);
      if (sent + part.length > cutAfter) {
        await send(
          makeRackFrame(opcodes.text, part.subarray(0, cutAfter - sent)),
        );
        exec.cut();
        throw new Error("cut");
      }
      sent += part.length;
      if (delayMs > 0) await new Promise((go) => setTimeout(go, delayMs));
      await send(makeRackFrame(opcodes.text, part));
    }
  }

  async function pump(): Promise<void> {
    if (faults.before !== undefined) await say(Buffer.from(faults.before));
    for (;;) {
      const bytes = pty.readNow(readSize);
      if (bytes === undefined) break;
      if (bytes.length === 0) await pty.waitReadable();
      else await say(bytes);
    }
    const { code, signal } = await pty.exit;
    const last = `${marker}${signal === 0 ? code : 128 + signal}\n`;
    if (faults.marker === "split") {
      await say(Buffer.from(last.slice(0, 20)));
      await say(Buffer.from(last.slice(20)));
    } else if (faults.marker !== "none") await say(Buffer.from(last));
    await send(makeRackFrame(opcodes.binary, Buffer.alloc(0)));
  }

  const input: Buffer[] = [];
  let writing = false;
  async function writeInput(): Promise<void> {
    writing = true;
    while (input.length > 0 && !killed) {
      const [first] = input;
      const count = pty.writeNow(first!);
      if (count === first!.length) input.shift();
      else {
        input[0] = first!.subarray(count);
        if (count === 0) await pty.waitWritable();
      }
    }
    writing = false;
  }

  const done = pump().catch(() => {}).finally(() => pty.close());
  return {
    done,
    onFrame({ opcode, payload }) {
      // Whatever is binary ends the input; a terminal has no such end.
      if (opcode !== opcodes.text || payload.length === 0) return;
      input.push(payload);
      if (!writing) void writeInput();
    },
    kill() {
      killed = true;
      pty.kill("SIGKILL");
      void pty.close();
    },
  };
}
