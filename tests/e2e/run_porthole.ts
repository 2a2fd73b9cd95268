import { fileURLToPath } from "node:url";
import { projectRoot, readManifest } from "../../scripts/project.ts";
import { openPty, type Pty, type PtyOptions } from "./pty.ts";

/** What standard input is. Default: `/dev/null`. */
export type Stdin =
  | "null"
  /** Not open at all, as after `<&-`. */
  | "closed"
  /** A pipe to which nobody writes, and that never ends. */
  | "silent"
  /** A pipe that brings these bytes, and ends. */
  | Uint8Array
  | { readonly file: string };

/** Around what porthole runs. */
export interface Surroundings {
  /** Laid over a bare environment that holds nothing of AWS's or of porthole's. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: Stdin;
}

/** How porthole ended, and what it has written. */
export interface Result {
  readonly status: number;
  /** The signal that killed it, if one has. */
  readonly signal: Deno.Signal | null;
  readonly stdout: Uint8Array;
  readonly stderr: string;
  /** Standard output as text. */
  readonly text: string;
}

/** A porthole that runs. */
export interface Running {
  readonly pid: number;
  kill(signal: Deno.Signal): void;
  /** Writes to standard input, with `stdin: "silent"`. */
  write(text: string): Promise<void>;
  /** Ends standard input, with `stdin: "silent"`. */
  closeStdin(): Promise<void>;
  /** Resolves once standard output holds `expected`; rejects when porthole ends without it. */
  waitFor(expected: string): Promise<void>;
  /** What standard output holds so far. */
  readonly seen: () => string;
  /** Resolves with the first line of standard output. */
  waitForLine(): Promise<string>;
  readonly result: Promise<Result>;
}

/** One way to have porthole: its source, or the binary compiled from it. */
export interface Porthole {
  readonly variant: "source" | "binary";
  /** The command line, for tests that put something around it. */
  command(args: readonly string[]): readonly [string, ...string[]];
  start(args: readonly string[], around?: Surroundings): Running;
  run(args: readonly string[], around?: Surroundings): Promise<Result>;
  /** Runs it in a terminal of its own. */
  openPty(args: readonly string[], options?: TerminalSurroundings): Pty;
}

/** Around what porthole runs in a terminal. */
export type TerminalSurroundings = Omit<PtyOptions, "command" | "args">;

/** Runs any program in a terminal, in the environment that porthole is tested in. */
export function openProgramPty(
  [command, ...args]: readonly [string, ...string[]],
  options: TerminalSurroundings = {},
): Pty {
  const pty = openPty({
    ...options,
    command,
    args,
    env: { ...bareEnvironment(), ...options.env },
    cwd: options.cwd ?? "/",
  });
  leftovers.push(() => pty.close());
  return pty;
}

const BINARY = `${projectRoot}dist/porthole`;

// The task's own permissions, so that one that is missing shows.
const RUN_SOURCE = (readManifest().tasks["porthole"] ?? "").split(" ")
  .slice(1, -1);

const source = makePorthole("source", [
  Deno.execPath(),
  ...RUN_SOURCE,
  "--no-check",
  // Deno draws its own progress on a terminal.
  "--quiet",
  fileURLToPath(new URL("../../main.ts", import.meta.url)),
]);
const binary = makePorthole("binary", [BINARY]);

/** All there are, the binary only where it has been compiled. */
const variants: readonly Porthole[] = hasBinary() ? [source, binary] : [source];

/** Runs `define` for the source and for the binary. */
export function forEachVariant(define: (porthole: Porthole) => void): void {
  for (const porthole of variants) define(porthole);
}

const isLong = Deno.env.get("PORTHOLE_TEST_LONG") === "1";

/** Starting the source takes five times what the binary takes: without `--long` every sixth test of a file does. */
const SOURCE_EVERY = 6;
let defined = 0;

/**
 * Defines a test for the binary, which is made of the source, and for the source itself: with
 * `scripts/dev test --long` always, else for the first of each six.
 *
 * `long` ones wait for something that takes its time, and run with `--long` alone.
 */
export function testPorthole(
  name: string,
  body: (porthole: Porthole) => Promise<void>,
  { long = false }: { readonly long?: boolean } = {},
): void {
  const isSampled = variants.length === 1 || defined++ % SOURCE_EVERY === 0;
  forEachVariant((porthole) =>
    Deno.test({
      name: `${porthole.variant}: ${name}`,
      ignore: Deno.build.os === "windows" ||
        (!isLong && (long || porthole === source && !isSampled)),
      // The sandbox in this process, and node-pty's handles, outlive the test.
      sanitizeOps: false,
      sanitizeResources: false,
      fn: () => runWithin(long ? 300_000 : 60_000, body(porthole)),
    })
  );
}

/** A porthole that hangs fails its own test and no other. */
async function runWithin(ms: number, body: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`The test did not end within ${ms} ms`)),
    ms,
  );
  try {
    await Promise.race([body, late.promise]);
  } finally {
    clearTimeout(timer);
    for (const stop of leftovers.splice(0)) stop();
  }
}

function hasBinary(): boolean {
  try {
    return Deno.statSync(BINARY).isFile;
  } catch {
    const lack = `Cannot find ${BINARY}: scripts/dev compile makes it`;
    if (Deno.env.get("CI") === "true") throw new Error(lack);
    console.log(`${lack}; its tests are skipped`);
    return false;
  }
}

/** Ends what a test that failed has left running; after one that passed there is nothing to end. */
const leftovers: (() => void)[] = [];

function makePorthole(
  variant: Porthole["variant"],
  [program, ...words]: readonly [string, ...string[]],
): Porthole {
  const command = (
    args: readonly string[],
  ): readonly [string, ...string[]] => [program, ...words, ...args];
  const start = (args: readonly string[], around: Surroundings = {}) =>
    startProgram(command(args), around);
  return {
    variant,
    command,
    start,
    run: (args, around) => start(args, around).result,
    openPty: (args, options) => openProgramPty(command(args), options),
  };
}

/** What every program needs, and what Deno needs to find its cache and to ask nobody for news of itself. */
export function bareEnvironment(): Record<string, string> {
  const names = ["PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME", "TMPDIR"];
  const values = names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  return { DENO_NO_UPDATE_CHECK: "1", ...Object.fromEntries(values) };
}

/** Starts any program the way porthole is started here. */
export function startProgram(
  command: readonly [string, ...string[]],
  { env = {}, cwd = "/", stdin = "null" }: Surroundings = {},
): Running {
  const [program, ...args] = redirect(command, stdin);
  const piped = stdin === "silent" || stdin instanceof Uint8Array;
  const child = new Deno.Command(program, {
    args,
    cwd,
    clearEnv: true,
    env: { ...bareEnvironment(), ...env },
    stdin: piped ? "piped" : "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  leftovers.push(() => {
    if (!ended) child.kill("SIGKILL");
  });
  const input = piped ? child.stdin.getWriter() : undefined;
  if (stdin instanceof Uint8Array) {
    // A program that does not read it all is free to do so.
    void input?.write(stdin).then(() => input.close()).catch(() => {});
  }

  const decoder = new TextDecoder();
  const chunks: Uint8Array[] = [];
  const waiting = new Set<() => void>();
  let seen = "";
  let ended = false;
  const reading = (async () => {
    for await (const chunk of child.stdout) {
      chunks.push(chunk);
      seen += decoder.decode(chunk, { stream: true });
      for (const look of waiting) look();
    }
  })();
  const result = (async (): Promise<Result> => {
    const [{ code, signal }, stderr] = await Promise.all([
      child.status,
      new Response(child.stderr).text(),
      reading,
    ]);
    ended = true;
    for (const look of waiting) look();
    await input?.close().catch(() => {});
    const stdout = new Uint8Array(await new Blob(chunks as BlobPart[]).bytes());
    const text = new TextDecoder().decode(stdout);
    return { status: code, signal, stdout, stderr, text };
  })();

  const waitFor = (expected: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!seen.includes(expected) && !ended) return;
        waiting.delete(look);
        if (seen.includes(expected)) resolve();
        else {reject(
            new Error(`${expected} was never written, only: ${seen}`),
          );}
      };
      waiting.add(look);
      look();
    });
  return {
    pid: child.pid,
    kill: (signal) => child.kill(signal),
    write: async (text) => await input?.write(new TextEncoder().encode(text)),
    closeStdin: async () => await input?.close(),
    waitFor,
    seen: () => seen,
    async waitForLine() {
      await waitFor("\n");
      return seen.slice(0, seen.indexOf("\n"));
    },
    result,
  };
}

/** Deno can give a child neither a closed stdin nor a file. */
function redirect(
  command: readonly [string, ...string[]],
  stdin: Stdin,
): readonly [string, ...string[]] {
  if (stdin === "closed") {
    return ["sh", "-c", 'exec "$@" <&-', "sh", ...command];
  }
  if (typeof stdin === "object" && "file" in stdin) {
    return ["sh", "-c", 'exec "$@" <"$0"', stdin.file, ...command];
  }
  return command;
}
