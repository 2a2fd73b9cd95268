/** The most memory that a process has used so far. */
export interface MemoryWatch extends Disposable {
  /** In MiB; 0 while it has not begun. */
  peak(): number;
}

/** A command that writes its pid into a file, and then becomes `command`. */
export function tellingPid(
  pidFile: string,
  command: readonly string[],
): readonly [string, ...string[]] {
  return ["sh", "-c", 'echo $$ >"$0"; exec "$@"', pidFile, ...command];
}

/** Looks at the memory of the process whose pid a file tells, again and again. */
export function watchMemory(pidFile: string): MemoryWatch {
  let peak = 0;
  const look = () => peak = Math.max(peak, readPeak(pidFile));
  const timer = setInterval(look, 50);
  return {
    peak() {
      look();
      return peak;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

/** What Linux has noted of it; 0 when it is not there. */
function readPeak(pidFile: string): number {
  try {
    const pid = Deno.readTextFileSync(pidFile).trim();
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
