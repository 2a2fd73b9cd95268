import { setImmediate } from "node:timers";
import { Buffer } from "node:buffer";
import type { SandboxOptions } from "./sandbox_options.ts";
import type { SessionTimers } from "./session_timers.ts";
import { splitOutput } from "./split_output.ts";
import type { Pty } from "./start_pty.ts";
import {
  findSyntheticRequest,
  makeSyntheticBlock,
} from "./synthetic_output.ts";

/** What the pump works on. */
export type PumpDependencies = {
  readonly pty: Pty;
  readonly options: SandboxOptions;
  readonly timers: SessionTimers;
  /** The pty is not read now: nobody listens, or the service said so. */
  paused(): boolean;
  /** The session is over. */
  over(): boolean;
  /** Bytes the socket has not taken yet. */
  waiting(): number;
  send(bytes: Uint8Array): void;
};

/** The agent reads this much of the pty at a time. */
const readSize = 1024;
// Past this the socket is given time; the agent's own writes would block.
const mostWaiting = 1_048_576;
// Messages between two looks at everything else that goes on in this process.
const messagesPerTurn = 32;

/** Turns what the process prints into messages, until it has ended and all is read. */
export async function pumpOutput(pump: PumpDependencies): Promise<void> {
  const { pty, options, timers } = pump;
  const { firstOutputDelayMs, messageIntervalMs } = options;
  if (firstOutputDelayMs > 0) await sleepUntil(firstOutputDelayMs, pump);
  let held: Buffer = Buffer.alloc(0);
  let messages = 0;
  let nextAt = performance.now();

  async function pace(): Promise<void> {
    if (messageIntervalMs === 0) {
      if (++messages % messagesPerTurn === 0) await takeTurns();
      return;
    }
    // Timers are too coarse for 1.35 ms, so the average is kept instead.
    nextAt = Math.max(nextAt + messageIntervalMs, performance.now() - 5);
    const ahead = nextAt - performance.now();
    if (ahead > 1) await sleepUntil(ahead, pump);
  }

  while (!pump.over()) {
    if (pump.paused()) {
      await timers.sleep(Infinity);
      continue;
    }
    if (pump.waiting() > mostWaiting) {
      await takeTurns();
      continue;
    }
    const bytes = pty.readNow(readSize);
    if (bytes === undefined) return;
    if (bytes.length === 0) {
      await pty.waitReadable();
      continue;
    }
    const synthetic = options.syntheticOutput
      ? findSyntheticRequest(bytes)
      : undefined;
    if (synthetic !== undefined) {
      if (synthetic.before.length > 0) pump.send(synthetic.before);
      await sendSynthetic(synthetic.mebibytes, pump);
    }
    const output = splitOutput(held, synthetic?.after ?? bytes);
    held = output.held;
    if (output.send.length === 0) continue;
    pump.send(output.send);
    await pace();
  }
}

async function sendSynthetic(
  mebibytes: number,
  pump: PumpDependencies,
): Promise<void> {
  const block = makeSyntheticBlock();
  const count = mebibytes * 1024;
  for (let i = 0; i < count && !pump.over();) {
    if (pump.waiting() < mostWaiting) {
      for (let j = 0; j < messagesPerTurn && i < count; j++, i++) {
        pump.send(block);
      }
    }
    await takeTurns();
  }
}

/** Lets sockets and timers have their turn. */
function takeTurns(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function sleepUntil(ms: number, pump: PumpDependencies): Promise<void> {
  const end = performance.now() + ms;
  for (let left = ms; left > 0 && !pump.over();) {
    await pump.timers.sleep(left);
    left = end - performance.now();
  }
}
