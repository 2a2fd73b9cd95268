import type { Tally } from "../../src/transfer/tally.ts";

/** A tally that remembers what it is told. */
export interface MemoryTally extends Tally {
  readonly skipped: { readonly path: string; readonly reason: string }[];
  readonly notices: string[];
  files: number;
  bytes: number;
}

/** Makes such a tally. */
export function createTally(): MemoryTally {
  const tally: MemoryTally = {
    skipped: [],
    notices: [],
    files: 0,
    bytes: 0,
    onBytes: (count) => void (tally.bytes += count),
    onFile: () => void tally.files++,
    onSkip: (path, reason) => void tally.skipped.push({ path, reason }),
    onNotice: (text) => void tally.notices.push(text),
  };
  return tally;
}

/** A script's process, as a container would run it. */
export interface Script {
  readonly output: AsyncIterable<Uint8Array>;
  /** Sends this to its standard input, and the end. */
  feed(input: AsyncIterable<Uint8Array>): Promise<void>;
  readonly status: Promise<number>;
}

/** Runs the words of a script in a directory, with the shell that is named. */
export function runScript(
  [, ...args]: readonly [string, ...string[]],
  { shell = ["sh"], cwd, path }: {
    readonly shell?: readonly string[];
    readonly cwd: string;
    /** The directories with its programs. */
    readonly path?: string;
  },
): Script {
  const [command = "sh", ...first] = shell;
  const child = new Deno.Command(command, {
    args: [...first, ...args],
    cwd,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
    ...(path === undefined ? {} : { env: { PATH: path } }),
  }).spawn();
  return {
    output: child.stdout,
    async feed(input) {
      const writer = child.stdin.getWriter();
      try {
        for await (const bytes of input) await writer.write(bytes);
      } finally {
        await writer.close().catch(() => {});
      }
    },
    status: child.status.then(({ code }) => code),
  };
}
