import type { CopyInvocation } from "../../args/invocation.ts";
import type { Deps, InputDevice } from "../../deps.ts";
import { PortholeError } from "../../errors.ts";
import { quotePath } from "../../quote_value.ts";
import type { Stdio } from "../../terminal/run_session.ts";
import {
  createNonce,
  receiveCommand,
  sendCommand,
} from "../../transfer/container_scripts.ts";
import { findForeignNames } from "../../transfer/find_foreign_names.ts";
import { followLanding } from "../../transfer/follow_landing.ts";
import { createHandOver, type HandOver } from "../../transfer/hand_over.ts";
import {
  nameOfSource,
  planDestination,
} from "../../transfer/plan_destination.ts";
import { receive } from "../../transfer/receive.ts";
import { type Landing, type Load, send } from "../../transfer/send.ts";
import { tellFailure } from "../../transfer/tell_failure.ts";
import type { KeptTally } from "./keep_tally.ts";

/** A transfer that is ready: what runs in the container, and what its streams are joined to. */
export interface Transfer {
  readonly argv: readonly [string, ...string[]];
  readonly stdio: Stdio;
  /** Resolves when all has arrived; rejects with what kept it from that. */
  readonly done: Promise<void>;
  /** The session has ended well: nothing more will come. */
  close(): void;
  /** The session has ended badly, and why. */
  fail(reason: unknown): void;
}

/**
 * Plans a transfer; nothing has been started yet.
 *
 * @throws {PortholeError} usage, io_failed.
 */
export function planTransfer(
  { copy, preserve }: Pick<CopyInvocation, "copy" | "preserve">,
  deps: Deps,
  tally: KeptTally,
): Transfer {
  const { localFiles: files, platform } = deps;
  const nonce = createNonce();
  const output = createHandOver();
  const tools = { files, tally };
  if (copy.kind === "down") {
    const sources = copy.sources.map(atContainer);
    const destination = copy.destination === "-"
      ? { kind: "stdout" } as const
      : planDestination(copy.destination, sources.length, files);
    const done = receive(output.pieces, {
      nonce,
      sources,
      destination,
      preserve,
      platform,
    }, { ...tools, stdout: deps.stdout, onSize: tally.addTotal });
    return {
      ...join(output, done, EMPTY_INPUT, deps),
      argv: sendCommand(nonce, sources, {
        filesOnly: destination.kind === "stdout",
        tellsSizes: tally.isShown,
      }),
    };
  }
  const typed = atContainer(copy.destination);
  const path = typed.replace(/(?<=.)\/+$/, "");
  const load = planLoad(copy.sources, deps, tally);
  const landing = Promise.withResolvers<Landing>();
  let unsent: unknown;
  const input = async function* () {
    try {
      const landed = await landing.promise;
      if (load.kind === "tree") await skipForeign(load.sources, deps, tally);
      yield* send(
        { nonce, path, directoryOnly: path !== typed, load, preserve },
        landed,
        { ...tools, onSize: tally.addTotal },
      );
    } catch (error) {
      unsent = error;
      throw error;
    }
  };
  const follow = async () => {
    try {
      const isWritten = await followLanding(output.pieces, {
        nonce,
        path,
        tally,
        onLanding: landing.resolve,
      });
      // The files of a tree count as they are packed.
      if (isWritten && load.kind !== "tree") tally.onFile();
    } catch (error) {
      throw unsent ?? error;
    } finally {
      landing.reject(new Error("the session has ended"));
      landing.promise.catch(() => {});
    }
  };
  return {
    ...join(output, follow(), streamOf(input), deps),
    argv: receiveCommand(
      nonce,
      path,
      load.kind === "file" ? nameOfSource(load.path) : "",
    ),
  };
}

/** A path of the container, as no program takes it for a flag. */
function atContainer(path: string): string {
  return path.startsWith("/") ? path : `./${path}`;
}

function planLoad(
  sources: readonly string[],
  { localFiles: files, stdin }: Deps,
  tally: KeptTally,
): Load {
  const [first = "-"] = sources;
  if (first === "-") {
    if (stdin.isTerminal) {
      throw new PortholeError("usage", {
        cannot: "copy from standard input",
        because: "it is a terminal",
      }, { hint: 'Pipe the file into it, or name a file in the place of "-"' });
    }
    return { kind: "stdin", stdin: stdin.open() };
  }
  const facts = sources.map((path) => {
    const refuse = (because: string, cause?: unknown) => {
      throw new PortholeError("io_failed", {
        cannot: `copy ${quotePath(path)}`,
        because,
      }, { cause });
    };
    try {
      return files.look(path, "follow") ??
        refuse("there is no such file or directory");
    } catch (error) {
      if (error instanceof PortholeError) throw error;
      return refuse(tellFailure(error), error);
    }
  });
  if (sources.length === 1 && facts[0]!.kind !== "directory") {
    if (facts[0]!.kind !== "file") {
      throw new PortholeError("io_failed", {
        cannot: `copy ${quotePath(first)}`,
        because: "it is not a regular file",
      }, { hint: `cat ${first} | porthole cp - TARGET:PATH` });
    }
    tally.addTotal(facts[0]!.size);
    return { kind: "file", path: first };
  }
  return {
    kind: "tree",
    sources: sources.map((path) => ({ path, name: nameOfSource(path) })),
  };
}

async function skipForeign(
  sources: Extract<Load, { readonly kind: "tree" }>["sources"],
  { spawn, platform }: Pick<Deps, "spawn" | "platform">,
  tally: KeptTally,
): Promise<void> {
  if (platform === "windows") return;
  for (const source of sources) {
    for await (const path of findForeignNames(source.path, spawn)) {
      tally.onSkip(path, "its name is not valid UTF-8");
    }
  }
}

const EMPTY_INPUT: InputDevice = {
  isTerminal: false,
  describe: () => Promise.resolve({ kind: "closed" }),
  open: () => ReadableStream.from([]),
  setRaw() {},
};

function streamOf(input: () => AsyncGenerator<Uint8Array>): InputDevice {
  return {
    ...EMPTY_INPUT,
    describe: () => Promise.resolve({ kind: "pipe" }),
    open: () => ReadableStream.from(input()),
  };
}

/** Joins a hand-over to streams that a session can be joined to. */
function join(
  output: HandOver,
  done: Promise<void>,
  stdin: InputDevice,
  { stderr }: Pick<Deps, "stderr">,
): Omit<Transfer, "argv"> {
  let failure: { readonly reason: unknown } | undefined;
  done.catch((reason) => failure = { reason });
  return {
    stdio: {
      stdin,
      stdout: {
        isTerminal: false,
        async write(bytes) {
          await output.give(bytes);
          // The session is ended where nobody takes what it brings.
          if (failure !== undefined) throw failure.reason;
        },
        writeText() {},
      },
      stderr: { ...stderr, isTerminal: false },
    },
    done,
    close: output.close,
    fail: output.fail,
  };
}
