import type { Deps, SignalName } from "../deps.ts";
import { PortholeError } from "../errors.ts";
import { toLine } from "../quote_value.ts";

/** The signals that end the question. */
const ENDING: readonly SignalName[] = [
  "SIGINT",
  "SIGTERM",
  "SIGHUP",
  "SIGQUIT",
];

/** No answer is that long; a terminal gives at most 4095 bytes of a line. */
const LONGEST_LINE = 64 * 1024;

/**
 * Asks one question on standard error and reads one line of the terminal that controls this process,
 * while standard input is something else. A shell reads it, for a compiled program may not open
 * /dev/tty; the terminal stays in its ordinary mode, so that nothing has to be restored.
 *
 * @throws {PortholeError} cancelled, on Ctrl-C, on Ctrl-D and on a signal; no_choice where no terminal
 * controls this process.
 */
export async function askTerminal(
  question: string,
  { stderr, spawn, onSignal }: Pick<Deps, "stderr" | "spawn" | "onSignal">,
): Promise<string> {
  let cancelled = false;
  stderr.writeText(toLine(question));
  const child = spawn({
    command: "sh",
    args: [
      "-c",
      `exec 3</dev/tty || exit ${NO_TERMINAL}
IFS= read -r line <&3 || exit ${ENDED}
printf %s "$line"`,
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  });
  const stops = ENDING.map((signal) =>
    onSignal(signal, () => {
      cancelled = true;
      child.kill("SIGKILL");
    })
  );
  try {
    const [line, { code, signal }] = await Promise.all([
      readLine(child.stdout),
      child.exit,
    ]);
    if (!cancelled && code === 0) return line;
    // The cursor stands behind the question.
    stderr.writeText("\n");
    // A shell that Ctrl-C ended may be heard of before the signal is.
    if (cancelled || code === ENDED || signal !== null || code > 128) {
      throw new PortholeError("cancelled", "Cancelled");
    }
    throw new PortholeError(
      "no_choice",
      "Cannot ask at the terminal: /dev/tty cannot be opened",
      { hint: "run porthole at a terminal" },
    );
  } finally {
    for (const stop of stops) stop();
  }
}

const NO_TERMINAL = 3;
const ENDED = 4;

async function readLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let line = "";
  for await (const chunk of stream) {
    if (line.length < LONGEST_LINE) {
      line += decoder.decode(chunk, { stream: true });
    }
  }
  return line;
}
