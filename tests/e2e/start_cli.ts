import { run } from "../../src/cli.ts";
import type {
  Deps,
  InputDevice,
  OutputDevice,
  SignalName,
} from "../../src/deps.ts";
import { createRealDeps } from "../../src/real_deps.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";

/** What a program in this process runs with. */
export interface CliOptions {
  /** Whether its streams are a terminal. */
  readonly terminal?: boolean;
  /** Waits of so many milliseconds take no time but on the clock. */
  readonly skip?: readonly number[];
}

/** A wait that lasts until the test wakes it, or its signal aborts. */
export interface Nap {
  readonly ms: number;
  readonly signal: AbortSignal | undefined;
  /** The time passes. */
  wake(): void;
}

/** A command line that runs in this process, with a clock that only the test moves. */
export interface RunningCli {
  readonly status: Promise<number>;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves once stdout holds `text`; rejects when the program ends without it. */
  waitForOutput(text: string | RegExp): Promise<void>;
  /** The waits of so many milliseconds that have begun. */
  naps(ms: number): readonly Nap[];
  /** Resolves with the next wait of so many milliseconds that begins, or has and nobody has woken. */
  waitForNap(ms: number): Promise<Nap>;
  /** Moves the clock. */
  advance(ms: number): void;
  type(text: string): void;
  /** A signal of the system's comes, if anybody listens for it. */
  signal(name: SignalName): void;
}

/** Waits from here on are the test's to end. */
const LONG_MS = 10_000;

/**
 * Runs a command line in this process against a sandbox: the whole program, but for its streams and its
 * clock. What takes minutes takes no time, and what must not happen after minutes can be seen.
 */
export function startCli(
  sandbox: Sandbox,
  argv: readonly string[],
  { terminal = false, skip = [] }: CliOptions = {},
): RunningCli {
  const real = createRealDeps();
  const changes = new Set<() => void>();
  const changed = () => changes.forEach((look) => look());
  const naps: (Nap & { woken: boolean })[] = [];
  const listeners = new Set<
    { readonly name: SignalName; readonly handler: () => void }
  >();
  const stdout = createOutput(terminal, changed);
  const stderr = createOutput(terminal, changed);
  const stdin = createInput(terminal);
  const start = Date.now();
  let offsetMs = 0;
  let ended = false;

  const deps: Deps = {
    ...real,
    env: (name) => sandbox.env[name],
    now: () => new Date(start + offsetMs),
    stdin: stdin.device,
    stdout: stdout.device,
    stderr: stderr.device,
    terminalSize: () => terminal ? { columns: 80, rows: 24 } : undefined,
    onSignal(name, handler) {
      const listener = { name, handler };
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    giveUpWriting: () => {},
    sleep(ms, signal) {
      if (skip.includes(ms)) {
        offsetMs += ms;
        return real.sleep(0, signal);
      }
      if (ms < LONG_MS) return real.sleep(ms, signal);
      return new Promise((resolve) => {
        const nap = {
          ms,
          signal,
          woken: false,
          wake() {
            nap.woken = true;
            resolve();
          },
        };
        signal?.addEventListener("abort", () => resolve());
        naps.push(nap);
        changed();
      });
    },
  };

  const restore = setEnvironment(sandbox.env);
  const status = run(argv, deps).finally(() => {
    ended = true;
    restore();
    changed();
  });

  async function waitUntil<T>(look: () => T | undefined): Promise<T> {
    const found = Promise.withResolvers<T>();
    const check = () => {
      const value = look();
      if (value !== undefined) found.resolve(value);
      else if (ended) {
        found.reject(new Error(`The program ended:\n${stderr.text()}`));
      }
    };
    changes.add(check);
    check();
    try {
      return await found.promise;
    } finally {
      changes.delete(check);
    }
  }

  return {
    status,
    stdout: stdout.text,
    stderr: stderr.text,
    waitForOutput: async (text) => {
      await waitUntil(() => stdout.text().search(text) >= 0 ? true : undefined);
    },
    naps: (ms) => naps.filter((nap) => nap.ms === ms),
    waitForNap: (ms) =>
      waitUntil(() => naps.find((nap) => nap.ms === ms && !nap.woken)),
    advance: (ms) => void (offsetMs += ms),
    type: stdin.type,
    signal(name) {
      for (const one of [...listeners]) if (one.name === name) one.handler();
    },
  };
}

function createOutput(
  isTerminal: boolean,
  onText: () => void,
): { readonly device: OutputDevice; readonly text: () => string } {
  const decoder = new TextDecoder();
  let text = "";
  const add = (more: string) => {
    text += more;
    onText();
  };
  return {
    device: {
      isTerminal,
      write: (bytes) =>
        Promise.resolve(add(decoder.decode(bytes, { stream: true }))),
      writeText: add,
    },
    text: () => text,
  };
}

function createInput(isTerminal: boolean): {
  readonly device: InputDevice;
  readonly type: (text: string) => void;
} {
  const keys = new TransformStream<Uint8Array, Uint8Array>();
  const writer = keys.writable.getWriter();
  return {
    device: {
      isTerminal,
      describe: () =>
        Promise.resolve({ kind: isTerminal ? "terminal" : "closed" }),
      open: () => keys.readable,
      setRaw: () => {},
    },
    type: (text) => void writer.write(new TextEncoder().encode(text)),
  };
}

/** The SDK takes its settings from this process's environment. */
function setEnvironment(env: Readonly<Record<string, string>>): () => void {
  const names = Object.keys(env).filter((name) => name.startsWith("AWS_"));
  const before = names.map((name) => [name, Deno.env.get(name)] as const);
  for (const name of names) Deno.env.set(name, env[name] ?? "");
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  };
}
