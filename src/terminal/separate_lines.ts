import type { Deps, OutputDevice } from "../deps.ts";

/** The outside, with lines kept apart, and what ends the last of them. */
export interface SeparateLines {
  readonly deps: Deps;
  /** Where nothing was said after a key that the terminal has shown, the next prompt gets a line of its own. */
  endLine(): void;
}

/** What starts a line itself, or clears it, needs none started before it. */
const STARTS_LINE = /^[\r\n]/;
const LINE_FEED = 0x0a;

/**
 * Puts what porthole says on lines of its own, where it shares a terminal with the remote's output and
 * with the `^C` that the terminal echoes. While the terminal is raw its lines end in CR LF, for there a
 * line feed alone leaves the cursor in its column.
 */
export function separateLines(deps: Deps): SeparateLines {
  let raw = false;
  /** What else stands in the line of the cursor. */
  let begun: "key" | "output" | undefined;

  function follow(device: OutputDevice): OutputDevice {
    if (!device.isTerminal) return device;
    return {
      isTerminal: true,
      async write(bytes) {
        await device.write(bytes);
        if (bytes.length === 0) return;
        begun = bytes.at(-1) === LINE_FEED ? undefined : "output";
      },
      writeText(text) {
        // Output that reaches the terminal through `tee` is not seen here.
        const isBegun = begun !== undefined || (raw && !deps.stdout.isTerminal);
        const line = isBegun && !STARTS_LINE.test(text) ? `\n${text}` : text;
        begun = undefined;
        device.writeText(raw ? line.replaceAll(/\r?\n/g, "\r\n") : line);
      },
    };
  }

  const { stdin } = deps;
  const separated: Deps = {
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
        if (isKey && stdin.isTerminal && !raw) begun = "key";
        handler();
      }),
  };
  return {
    deps: separated,
    endLine() {
      if (begun === "key" && deps.stderr.isTerminal) {
        separated.stderr.writeText("\n");
      }
    },
  };
}
