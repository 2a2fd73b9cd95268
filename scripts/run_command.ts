/** Where and with what a command runs. */
export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a command to its end and returns what it wrote on stdout; throws with its stderr when it fails. */
export async function runCommand(
  argv: readonly [string, ...string[]],
  options: CommandOptions = {},
): Promise<string> {
  const [program, ...args] = argv;
  const output = await new Deno.Command(program, {
    ...options,
    args,
    // Its words may end up in an error of ours: no colours, no frames of Deno's own.
    env: { NO_COLOR: "1", RUST_BACKTRACE: "0", ...options.env },
    stdin: "null",
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!output.success) {
    const name = [program.split("/").at(-1), args[0]].join(" ");
    const reason = decode(output.stderr).trimEnd();
    throw new Error(`Cannot run ${name}: status ${output.code}\n${reason}`);
  }
  return decode(output.stdout);
}
