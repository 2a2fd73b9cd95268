import type { InputDevice, OutputDevice, SignalName } from "../deps.ts";
import { PortholeError } from "../errors.ts";
import { toLine } from "../quote_value.ts";

/** The terminal that is asked. */
export interface PromptDeps {
  readonly stdin: InputDevice;
  readonly stderr: OutputDevice;
  readonly onSignal: (signal: SignalName, handler: () => void) => () => void;
}

/** No answer is that long; a terminal gives at most 4095 bytes of a line. */
const LONGEST_LINE = 64 * 1024;

/**
 * Asks one question on standard error and reads one line of the terminal, which stays in its
 * ordinary mode: its own echo and line editing work, nothing has to be restored on any way out, and
 * what is typed ahead waits in the terminal for the next reader.
 *
 * Not @inquirer/input: it reads keys in raw mode, drops those that come in one read with its Enter,
 * hangs on Ctrl-D, and leaves out the space behind the question.
 *
 * @throws {PortholeError} cancelled, on Ctrl-C and on Ctrl-D.
 */
export async function askLine(
  question: string,
  deps: PromptDeps,
): Promise<string> {
  const reader = deps.stdin.open().getReader();
  const interrupted = Promise.withResolvers<undefined>();
  const stopListening = deps.onSignal(
    "SIGINT",
    () => interrupted.resolve(undefined),
  );
  deps.stderr.writeText(toLine(question));
  try {
    const line = await Promise.race([readLine(reader), interrupted.promise]);
    if (line !== undefined) return line;
    // The cursor stands behind the question.
    deps.stderr.writeText("\n");
    throw new PortholeError("cancelled", "Cancelled");
  } finally {
    stopListening();
    await reader.cancel();
  }
}

/** The next line without its end; undefined when the input ends before any (Ctrl-D). */
async function readLine(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let line = "";
  while (line.length < LONGEST_LINE) {
    const { value, done } = await reader.read();
    if (done) return line === "" ? undefined : line;
    line += decoder.decode(value, { stream: true });
    const end = line.search(/[\r\n]/);
    if (end >= 0) return line.slice(0, end);
  }
  return line;
}
