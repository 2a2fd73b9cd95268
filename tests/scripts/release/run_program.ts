/** How a program ended, and what it has written. */
export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Around what a program runs. */
export interface ProgramOptions {
  readonly cwd?: string;
  /** All of its environment. Default: ours. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs any program to its end. */
export async function runProgram(
  [program, ...args]: readonly [string, ...string[]],
  { cwd = "/", env }: ProgramOptions = {},
): Promise<Ended> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd,
    ...(env === undefined ? {} : { env, clearEnv: true }),
    stdin: "null",
  }).output();
  const [text = "", errors = ""] = [stdout, stderr].map((bytes) =>
    new TextDecoder().decode(bytes)
  );
  return { status: code, stdout: text, stderr: errors };
}
