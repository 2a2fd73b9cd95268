import { CommanderError } from "@commander-js/extra-typings";
import { ImageUnavailableError } from "./container_image.ts";
import { parseCommandLine } from "./parse_command_line.ts";
import { environmentOf, runInSandbox } from "./run_in_sandbox.ts";
import type { Sandbox } from "./sandbox.ts";
import { startSandbox } from "./start_sandbox.ts";

/** Starts a sandbox for the command line; the result is the exit status. */
export async function main(args: readonly string[]): Promise<number> {
  let line: ReturnType<typeof parseCommandLine>;
  try {
    line = parseCommandLine(args);
  } catch (error) {
    // Commander has said what is wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
  let sandbox: Sandbox;
  try {
    sandbox = await startSandbox(line.options);
  } catch (error) {
    if (!(error instanceof ImageUnavailableError)) throw error;
    console.error(`error: ${error.message}`);
    return 2;
  }
  try {
    return line.command.length > 0
      ? await runInSandbox(sandbox, line.command)
      : await stay(sandbox);
  } finally {
    await sandbox.close();
  }
}

/** Prints the environment and waits for a signal. */
async function stay(sandbox: Sandbox): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, resolve);
  // Whoever reads the environment may send a signal at once.
  for (const [name, value] of Object.entries(environmentOf(sandbox))) {
    console.log(`export ${name}='${value.replaceAll("'", `'"'"'`)}'`);
  }
  await promise;
  for (const signal of signals) Deno.removeSignalListener(signal, resolve);
  return 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
