import type { Deps } from "../deps.ts";
import { messageOf, PortholeError } from "../errors.ts";

/**
 * Writes text to standard output.
 *
 * @throws {PortholeError} `io_failed`, with what kept it from being written.
 * @throws {Deno.errors.BrokenPipe} where the reader has gone, which is for the verb to judge.
 */
export async function writeOutput(
  text: string,
  { stdout }: { readonly stdout: Pick<Deps["stdout"], "write"> },
): Promise<void> {
  try {
    await stdout.write(new TextEncoder().encode(text));
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) throw error;
    throw explainUnwritten(error);
  }
}

/** What keeps output from being written, as the user reads it. */
export function explainUnwritten(error: unknown): PortholeError {
  return new PortholeError(
    "io_failed",
    `Cannot write the output: ${messageOf(error)}`,
    { cause: error },
  );
}
