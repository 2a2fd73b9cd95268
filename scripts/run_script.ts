/** Runs a script's work; a failure becomes one line on stderr and a status that is not 0. */
export async function runScript(
  work: () => Promise<number | void>,
): Promise<never> {
  try {
    Deno.exit(await work() ?? 0);
  } catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : error}`);
    Deno.exit(1);
  }
}
