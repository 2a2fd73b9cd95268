import type { Deps, OutputDevice } from "../deps.ts";

/** What starts a line itself, or clears it, needs none started before it. */
const STARTS_LINE = /^[\r\n]/;
const LINE_FEED = 0x0a;

/**
 * Puts what porthole says on lines of its own, where it shares a terminal with the remote's output and
 * with the `^C` that the terminal echoes. While the terminal is raw its lines end in CR LF, for there a
 * line feed alone leaves the cursor in its column.
 */
export function separateLines(deps: Deps): Deps {
  let raw = false;
  /** Something else stands in the line of the cursor. */
  let begun = false;

  function follow(device: OutputDevice): OutputDevice {
    if (!device.isTerminal) return device;
    return {
      isTerminal: true,
      async write(bytes) {
        await device.write(bytes);
        if (bytes.length > 0) begun = bytes.at(-1) !== LINE_FEED;
      },
      writeText(text) {
        // Output that reaches the terminal through `tee` is not seen here.
        const isBegun = begun || (raw && !deps.stdout.isTerminal);
        const line = isBegun && !STARTS_LINE.test(text) ? `\n${text}` : text;
        begun = false;
        device.writeText(raw ? line.replaceAll(/\r?\n/g, "\r\n") : line);
      },
    };
  }

  const { stdin } = deps;
  return {
    ...deps,
    stdout: follow(deps.stdout),
    stderr: follow(deps.stderr),
    stdin: {
      isTerminal: stdin.isTerminal,
      describe: () => stdin.describe(),
      open: () => stdin.open(),
      setRaw(on) {
        stdin.setRaw(on);
        raw = on;
      },
    },
    onSignal: (signal, handler) =>
      deps.onSignal(signal, () => {
        // A terminal shows the key of such a signal: `^C`.
        const isKey = signal === "SIGINT" || signal === "SIGQUIT";
        if (isKey && stdin.isTerminal && !raw) begun = true;
        handler();
      }),
  };
}
