import type { OutputDevice } from "../deps.ts";

/**
 * A device for several who write at the same time: each write is done before the next begins, and
 * nobody is served twice while another waits.
 */
export function takeTurns(device: OutputDevice): OutputDevice {
  let turn: Promise<void> = Promise.resolve();
  return {
    isTerminal: device.isTerminal,
    writeText: (text) => device.writeText(text),
    write(bytes) {
      const written = turn.then(() => device.write(bytes));
      turn = written.catch(() => {});
      return written;
    },
  };
}
