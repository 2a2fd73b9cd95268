/** Runs a program to its end and returns its output without the last line end; throws with its stderr when it fails. */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string } = {},
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    stdin: "null",
    ...options,
  }).output();
  const decoder = new TextDecoder();
  if (!success) {
    throw new Error(
      `Cannot run ${command} ${args.join(" ")}: ${decoder.decode(stderr)}`,
    );
  }
  return decoder.decode(stdout).trimEnd();
}

/** Waits until `check` holds, looking again and again. */
export async function waitUntil(
  check: () => boolean | Promise<boolean>,
  what: string,
  withinMs: number,
): Promise<void> {
  for (const end = Date.now() + withinMs; !await check();) {
    if (Date.now() > end) throw new Error(`Cannot wait any longer: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Finds a TCP port of this machine that nobody uses. */
export function findFreePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}
