/** A daemon that ends with us, however we end. */
export interface Supervised {
  /** Resolves when it has ended. */
  readonly exit: Promise<unknown>;
  /** Asks it to end and waits until it has. */
  stop(): Promise<void>;
}

/** Ends the daemon when its own stdin ends: also after a crash of the tests no daemon is left. */
const SUPERVISE = `log=$1; shift; "$@" </dev/null >"$log" 2>&1 & p=$!; ` +
  `{ cat >/dev/null; kill $p; } <&3 & c=$!; exec 3<&-; wait $p; kill $c 2>/dev/null`;

/** Starts a daemon under a shell that watches over it. */
export function startSupervised(
  command: string,
  args: readonly string[],
  log: string,
): Supervised {
  const shell = new Deno.Command("sh", {
    args: ["-c", `exec 3<&0; ${SUPERVISE}`, "sh", log, command, ...args],
    stdin: "piped",
    stdout: "null",
    stderr: "null",
    // Ctrl-C is for the tests; they stop it then.
    detached: true,
  }).spawn();
  return {
    exit: shell.status,
    async stop() {
      await shell.stdin.close().catch(() => {});
      await shell.status;
    },
  };
}
