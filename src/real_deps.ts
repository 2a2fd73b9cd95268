import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { fstatSync, statSync } from "node:fs";
import type {
  Deps,
  InputDevice,
  OutputDevice,
  SignalName,
  SpawnedProcess,
  SpawnOptions,
} from "./deps.ts";
import { createHttpClientFinder } from "./create_http_client.ts";
import { messageOf, PortholeError } from "./errors.ts";
import { hideVariables } from "./hide_variables.ts";
import { present } from "./present.ts";
import { quoteValue } from "./quote_value.ts";
import {
  keepFile,
  listKeptFiles,
  readKeptFile,
  removeKeptFile,
} from "./kept_file.ts";
import { createRealFiles } from "./real_files.ts";
import { readOwnedFile, readTextFile } from "./read_text_file.ts";
import {
  checkWritable,
  openPrivateFile,
  writePrivateFile,
} from "./write_private_file.ts";
import { LATE_MS } from "./when_silent_for.ts";

/** Makes the real outside: this process's terminal, streams, signals, files and clock. */
export function createRealDeps(): Deps {
  const platform = Deno.build.os === "darwin" || Deno.build.os === "windows"
    ? Deno.build.os
    : "linux";
  const programPath = Deno.build.standalone ? Deno.execPath() : undefined;
  let withoutAws = false;
  return {
    platform,
    ...present({ programPath }),
    env: readVariable,
    envNames,
    cwd: () => Deno.cwd(),
    now: () => new Date(),
    sleep,
    readTextFile,
    readOwnedFile,
    userId: () => Deno.uid() ?? undefined,
    checkWritable,
    writePrivateFile,
    openPrivateFile,
    makeDirectory: (path) => Deno.mkdir(path, { recursive: true, mode: 0o700 }),
    keepFile,
    readKeptFile,
    listKeptFiles,
    removeKeptFile,
    giveUpWriting: () => Deno.permissions.revokeSync({ name: "write" }),
    localFiles: createRealFiles(),
    isExecutable,
    realPath: (path) => Deno.realPath(path),
    makeLink,
    hideAws: () => void (withoutAws = true),
    spawn(options) {
      if (options.command === programPath) return spawn(options);
      const hidden = hideVariables(envNames(), {
        withoutAws: withoutAws || options.withoutAws === true,
        platform,
      });
      return spawn({ ...options, env: { ...hidden, ...options.env } });
    },
    listen: (address) => Deno.listen(address),
    fetch: createFetch(),
    stdin: createStdin(),
    stdout: createOutput(Deno.stdout),
    stderr: createOutput(Deno.stderr),
    terminalSize,
    onSignal: (signal, handler) =>
      platform === "windows" && signal === "SIGWINCH"
        ? pollSize(handler)
        : onSignal(signal, handler),
  };
}

/** Deno hands out no value that is not text. */
function readVariable(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    if (!/unicode/i.test(messageOf(error))) throw error;
    throw new PortholeError(
      "usage",
      `Cannot use the variable ${
        quoteValue(name)
      }: its value is not valid UTF-8`,
      { hint: `unset ${name}, or set it to text`, cause: error },
    );
  }
}

/** One name that is no text hides them all. */
function envNames(): readonly string[] {
  try {
    return Object.keys(Deno.env.toObject());
  } catch {
    return [];
  }
}

/** The platform's own, through the proxy of the environment. */
function createFetch(): Deps["fetch"] {
  const find = createHttpClientFinder(readVariable);
  return async (url, init) => {
    const client = find(new URL(url));
    return await fetch(url, client === undefined ? init : { ...init, client });
  };
}

/** How long a process that was stopped gets to read what came meanwhile. */
const CATCH_UP_MS = 2_000;

/** A wait for another process that is no longer than this must not go by a time that porthole spent stopped. */
function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const wake = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", wake);
      resolve();
    };
    const due = Date.now() + ms;
    let timer = setTimeout(() => {
      if (Date.now() - due <= LATE_MS) wake();
      else timer = setTimeout(wake, Math.min(ms, CATCH_UP_MS));
    }, ms);
    signal?.addEventListener("abort", wake);
  });
}

async function makeLink(target: string, path: string): Promise<void> {
  const isLink = await Deno.lstat(path).then(
    ({ isSymlink }) => isSymlink,
    () => false,
  );
  if (!isLink) return await Deno.symlink(target, path, { type: "file" });
  // Made aside and moved, so that the name is never without a program.
  const aside = `${path}.${crypto.randomUUID().slice(0, 8)}`;
  await Deno.symlink(target, aside, { type: "file" });
  try {
    await Deno.rename(aside, path);
  } catch (error) {
    await Deno.remove(aside);
    throw error;
  }
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    if (!(await Deno.stat(path)).isFile) return false;
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The groups of the programs in sessions of their own that still run. */
const detachedGroups = new Set<number>();

/** No such program outlives porthole, however porthole ends: nothing else would end it. */
function endDetached(): void {
  for (const group of detachedGroups) {
    try {
      Deno.kill(-group, "SIGKILL");
    } catch {
      // It has just ended.
    }
  }
}

function spawn(options: SpawnOptions): SpawnedProcess {
  const child = new Deno.Command(options.command, {
    args: [...options.args],
    ...placeVariables(options.env ?? {}),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdin: options.stdin,
    stdout: options.stdout,
    stderr: options.stderr,
    detached: options.detached ?? false,
  }).spawn();
  const leadsGroup = options.detached === true &&
    Deno.build.os !== "windows";
  if (leadsGroup && !options.outlives) {
    // The same listener twice is one.
    globalThis.addEventListener("unload", endDetached);
    detachedGroups.add(child.pid);
    void child.status.then(() => detachedGroups.delete(child.pid));
  }
  return {
    pid: child.pid,
    // Getters: asking Deno for a stream that is not piped throws.
    get stdin() {
      return child.stdin;
    },
    get stdout() {
      return child.stdout;
    },
    get stderr() {
      return child.stderr;
    },
    exit: child.status.then(({ code, signal }) => ({ code, signal })),
    kill(signal) {
      try {
        // A detached one leads a process group, and what it started may not end with it.
        if (leadsGroup) {
          Deno.kill(-child.pid, signal);
        } else child.kill(signal);
      } catch {
        // It has ended already, which is what was wanted.
      }
    },
  };
}

/** Deno adds variables to a program's environment; to take one out, all that are left are given. */
function placeVariables(
  given: Readonly<Record<string, string | undefined>>,
): Pick<Deno.CommandOptions, "env" | "clearEnv"> {
  const env: Record<string, string> = {};
  const hidden = new Set<string>();
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) hidden.add(name);
    else env[name] = value;
  }
  if (hidden.size === 0) return { env };
  const left = Object.entries(Deno.env.toObject())
    .filter(([name]) => !hidden.has(name));
  return { env: { ...Object.fromEntries(left), ...env }, clearEnv: true };
}

const READ_SIZE = 64 * 1024;

function createStdin(): InputDevice {
  const isTerminal = Deno.stdin.isTerminal();
  const buffer = new Uint8Array(READ_SIZE);

  async function readChunk(): Promise<Uint8Array | null> {
    for (;;) {
      try {
        const length = await Deno.stdin.read(buffer);
        return length === null ? null : buffer.slice(0, length);
      } catch (error) {
        if (!(error instanceof Deno.errors.WouldBlock)) throw error;
        await sleep(NONBLOCKING_RETRY_MS);
      }
    }
  }

  // A read that has begun cannot be taken back: the reader that began it may go away, and then what
  // it brings belongs to the next one.
  let underWay: Promise<Uint8Array | null> | undefined;

  return {
    isTerminal,
    describe: async () => {
      if (isTerminal) return { kind: "terminal" };
      try {
        const stat = fstatSync(0);
        if (stat.isFile()) {
          const offset = await findStdinOffset();
          return offset === undefined
            ? { kind: "pipe" }
            : { kind: "file", remaining: Math.max(0, stat.size - offset) };
        }
        return stat.isCharacterDevice() &&
            stat.rdev === statSync("/dev/null").rdev
          ? { kind: "closed" }
          : { kind: "pipe" };
      } catch (error) {
        return (error as { code?: string }).code === "EBADF"
          ? { kind: "closed" }
          : { kind: "pipe" };
      }
    },
    open: () => {
      let cancelled = false;
      return new ReadableStream<Uint8Array>({
        async pull(controller) {
          underWay ??= readChunk();
          let chunk: Uint8Array | null;
          try {
            chunk = await underWay;
          } catch (error) {
            underWay = undefined;
            throw error;
          }
          if (cancelled) return;
          underWay = undefined;
          if (chunk === null) controller.close();
          else controller.enqueue(chunk);
        },
        cancel() {
          cancelled = true;
        },
      }, { highWaterMark: 0 });
    },
    setRaw: (raw) => Deno.stdin.setRaw(raw),
  };
}

/**
 * Where in its file standard input stands; undefined where the system does not report it.
 *
 * Deno has no seek on standard input, and may not read /proc itself: a child sees the same open file.
 */
async function findStdinOffset(): Promise<number | undefined> {
  if (Deno.build.os === "windows") return undefined;
  try {
    const { success, stdout } = await new Deno.Command("cat", {
      args: ["/proc/self/fdinfo/0"],
      stdin: "inherit",
      stderr: "null",
    }).output();
    const offset = /^pos:\s*(\d+)$/m.exec(new TextDecoder().decode(stdout))
      ?.[1];
    return success && offset !== undefined ? Number(offset) : undefined;
  } catch {
    return undefined;
  }
}

/** Another program may have left a stream that we share non-blocking: the next try comes so soon. */
const NONBLOCKING_RETRY_MS = 2;

function createOutput(device: typeof Deno.stdout): OutputDevice {
  return {
    isTerminal: device.isTerminal(),
    async write(bytes) {
      for (let rest = bytes; rest.length > 0;) {
        try {
          rest = rest.subarray(await device.write(rest));
        } catch (error) {
          if (!(error instanceof Deno.errors.WouldBlock)) throw error;
          await sleep(NONBLOCKING_RETRY_MS);
        }
      }
    },
    writeText(text) {
      for (let rest = new TextEncoder().encode(text); rest.length > 0;) {
        try {
          rest = rest.subarray(device.writeSync(rest));
        } catch (error) {
          // A reader that has gone, a closed terminal, a full disk: the work that the texts report goes on.
          if (!(error instanceof Deno.errors.WouldBlock)) return;
          Atomics.wait(
            new Int32Array(new SharedArrayBuffer(4)),
            0,
            0,
            NONBLOCKING_RETRY_MS,
          );
        }
      }
    },
  };
}

function terminalSize(): { columns: number; rows: number } | undefined {
  try {
    const { columns, rows } = Deno.consoleSize();
    return columns > 0 && rows > 0 ? { columns, rows } : undefined;
  } catch {
    return undefined;
  }
}

function onSignal(signal: SignalName, handler: () => void): () => void {
  try {
    Deno.addSignalListener(signal, handler);
  } catch {
    return () => {};
  }
  return () => Deno.removeSignalListener(signal, handler);
}

const SIZE_POLL_MS = 250;

/** Windows has no SIGWINCH: the size is looked at instead. */
function pollSize(handler: () => void): () => void {
  let last = terminalSize();
  const timer = setInterval(() => {
    const size = terminalSize();
    if (size?.columns !== last?.columns || size?.rows !== last?.rows) handler();
    last = size;
  }, SIZE_POLL_MS);
  Deno.unrefTimer(timer);
  return () => clearInterval(timer);
}
