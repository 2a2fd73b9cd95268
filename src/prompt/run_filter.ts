import type { Deps, SpawnedProcess } from "../deps.ts";
import { messageOf, PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";

/** A program that chooses, and what has set it: a flag, a variable or a place in a file. */
export interface Filter {
  readonly command: string;
  readonly setBy: string;
}

/** A choice is one line; whatever comes after so much of it is not read. */
const LONGEST_ANSWER = 64 * 1024;

/**
 * Lets a program, for example fzf or peco, choose: it gets the candidates on its standard input, one a
 * line, and prints the one it chose. A command with a space in it is a shell line.
 *
 * @returns the first field of what it printed.
 * @throws {PortholeError} cancelled when it chose nothing, no_choice when it failed.
 */
export async function runFilter(
  filter: Filter,
  candidates: readonly string[],
  deps: Pick<Deps, "spawn" | "onSignal">,
): Promise<string> {
  const child = start(filter, deps);
  // An interrupt is the filter's to answer; when porthole ends, the filter must not stay behind.
  const stopListening = [
    deps.onSignal("SIGINT", () => {}),
    deps.onSignal("SIGTERM", () => child.kill("SIGTERM")),
  ];
  try {
    const [{ code, signal }, answer] = await Promise.all([
      child.exit,
      readStart(child.stdout),
      sendLines(child, candidates),
    ]);
    const [choice] = answer.trim().split(/\s+/);
    if (code === 0 && choice) return choice;
    if (code === 0 || code === 130 || signal !== null) {
      throw new PortholeError(
        "cancelled",
        `Cancelled: filter command ${quoteValue(filter.command)} chose nothing`,
      );
    }
    throw refuse(filter, `it exited with status ${code}`);
  } finally {
    for (const stop of stopListening) stop();
  }
}

function start(filter: Filter, { spawn }: Pick<Deps, "spawn">): SpawnedProcess {
  const { command } = filter;
  const [program, args] = command.includes(" ")
    ? ["sh", ["-c", command]] as const
    : [command, []] as const;
  try {
    return spawn({
      command: program,
      args,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    });
  } catch (error) {
    throw refuse(
      filter,
      error instanceof Deno.errors.NotFound
        ? `there is no ${quoteValue(program)} in PATH`
        : messageOf(error),
      error,
    );
  }
}

async function sendLines(
  { stdin }: SpawnedProcess,
  lines: readonly string[],
): Promise<void> {
  const text = lines.map((line) => `${line}\n`).join("");
  const writer = stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
  } catch {
    // It may choose before it has read them all, as `head -n 1` does.
  }
}

async function readStart(
  stream: ReadableStream<Uint8Array>,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  // Leaving the loop closes the pipe, which ends a program that writes without end.
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > LONGEST_ANSWER) break;
  }
  return text;
}

function refuse(
  { command, setBy }: Filter,
  reason: string,
  cause?: unknown,
): PortholeError {
  return new PortholeError(
    "no_choice",
    `Cannot choose with filter command ${quoteValue(command)}: ${reason}`,
    { hint: `${setBy} sets it; without one, porthole asks you`, cause },
  );
}
