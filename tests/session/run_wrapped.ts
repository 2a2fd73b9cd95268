import { Buffer } from "node:buffer";
import { chmodSync, mkdtempSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { answerReady } from "../../src/session/answer_ready.ts";
import {
  createBase64Encoder,
  createEscapeEncoder,
  END_OF_INPUT,
  type Frame,
  type InputEncoder,
} from "../../src/session/encode_input.ts";
import {
  type Capabilities,
  createReplyReader,
  type ReplyEvent,
} from "../../src/session/reply/read_reply.ts";
import {
  type SessionKeys,
  wrapCommand,
  type WrapOptions,
} from "../../src/session/wrap_command.ts";
import type { Placement } from "../../src/session/place_words.ts";
import { describeVariables } from "../../src/session/variables.ts";
import { startPty } from "../sandbox/start_pty.ts";

/** A container's `sh`, and what its PATH holds; absent: this machine's own PATH. */
export interface Shell {
  readonly name: string;
  /** argv that stands for `sh`. */
  readonly argv: readonly [string, ...string[]];
  readonly tools?: readonly string[];
}

/** What came of a wrapped command on a real pty. */
export interface WrappedResult {
  readonly output: Buffer;
  /** Empty unless it was to be kept apart. */
  readonly stderr: Buffer;
  readonly status: number | undefined;
  /** Why the command was not run, where it was not. */
  readonly startFailure: string | undefined;
  readonly capabilities: Capabilities | undefined;
  /** What else was on the terminal. */
  readonly foreign: string;
  /** The wrapper said that input did not arrive as it was sent. */
  readonly inputBroken: boolean;
  /** How much of the input was sent, and what the command has left of it. */
  readonly inputSent: number;
  readonly inputLeft: number | "all" | undefined;
}

export const KEYS: SessionKeys = {
  nonce: "00112233445566778899aabbccddeeff",
  secret: "ffeeddccbbaa99887766554433221100",
};

/** Runs words behind the wrapper on a real pty, answering it as a session does. */
export async function runWrapped(
  shell: Shell,
  words: readonly string[],
  options: Partial<WrapOptions> & {
    readonly input?: Uint8Array;
    readonly interruptOn?: string;
    /** How often each frame is written: an agent may write one twice. */
    readonly copies?: number;
    /** In which pieces the command's input comes. */
    readonly pieces?: number;
    readonly env?: Placement["env"];
    /** What the container's own environment has besides. */
    readonly around?: Readonly<Record<string, string>>;
  } = {},
): Promise<WrappedResult> {
  const wrapped = wrapCommand(
    words,
    {
      interactive: options.interactive ?? false,
      stdin: options.input !== undefined,
      binary: options.binary ?? false,
      splitStderr: options.splitStderr ?? false,
    },
    KEYS,
    describeVariables(options.env),
  );
  const reader = createReplyReader(wrapped);
  const [file, ...first] = shell.argv;
  const script = splitForTest(wrapped.command).slice(1);
  const tools = shell.tools && makeTools(shell.tools);
  const pty = startPty({
    file,
    args: [...first, ...script],
    cwd: Deno.cwd(),
    env: {
      ...Deno.env.toObject(),
      ...options.around,
      ...(tools === undefined ? {} : { PATH: tools }),
    },
    cols: 80,
    rows: 24,
  });
  const chunks: Uint8Array[] = [];
  const errors: Uint8Array[] = [];
  let status: number | undefined;
  let capabilities: WrappedResult["capabilities"];
  let interrupted = false;
  let startFailure: string | undefined;
  let writing = Promise.resolve();
  let foreign = "";
  let inputBroken = false;
  let inputSent = 0;
  let encoder: InputEncoder | undefined;
  let inputLeft: WrappedResult["inputLeft"];
  let ended = false;

  function write(frames: Iterable<Frame>): void {
    writing = writing.then(async () => {
      for (const frame of frames) {
        for (let copy = options.copies ?? 1; copy > 0; copy--) {
          await writeFrame(Buffer.from(frame));
        }
      }
    });
  }

  async function writeFrame(frame: Buffer): Promise<void> {
    if (status !== undefined && !frame.equals(END_OF_INPUT)) return;
    inputSent += encoder?.lengthOf(frame) ?? 0;
    for (let rest = frame; rest.length > 0 && !ended;) {
      const count = pty.writeNow(rest);
      rest = rest.subarray(count);
      if (count === 0) await pty.waitWritable();
    }
  }

  /** As a session does: what a producer wrote goes out in batches. */
  function* encodeInput(input: Uint8Array): Iterable<Frame> {
    encoder = capabilities?.base64 && capabilities.uniq
      ? createBase64Encoder()
      : createEscapeEncoder();
    const length = Math.max(1, Math.ceil(input.length / (options.pieces ?? 1)));
    for (let at = 0; at < input.length; at += length) {
      yield* encoder.push(input.subarray(at, at + length));
      if (options.pieces !== undefined) yield* encoder.flush();
    }
    yield* encoder.end();
  }

  function onEvent(event: ReplyEvent): void {
    switch (event.kind) {
      case "ready":
        capabilities = event.capabilities;
        return write(answerReady(wrapped, capabilities));
      case "started":
        if (options.input !== undefined) write(encodeInput(options.input));
        return;
      case "foreign":
        foreign += event.text;
        return;
      case "input_left":
        inputLeft = event.bytes;
        return;
      case "input_broken":
        inputBroken = true;
        return pty.kill("SIGKILL");
      case "output":
        chunks.push(Uint8Array.from(event.bytes));
        if (options.interruptOn === undefined || interrupted) return;
        interrupted = Buffer.concat(chunks).includes(options.interruptOn);
        if (interrupted) write([Uint8Array.of(3)]);
        return;
      case "stderr":
        errors.push(Uint8Array.from(event.bytes));
        return;
      case "start_failed":
        startFailure = event.reason;
        return onEvent({ kind: "status", status: event.status });
      case "status":
        status = event.status;
        if (options.input !== undefined) write([END_OF_INPUT]);
        return;
    }
  }

  for (
    let read = pty.readNow(4096);
    read !== undefined;
    read = pty.readNow(4096)
  ) {
    if (read.length === 0) await pty.waitReadable();
    for (const event of reader.push(Buffer.from(read))) onEvent(event);
  }
  ended = true;
  await pty.exit;
  // As an agent does: what still uses the terminal is told that it is gone.
  await pty.close();
  if (tools !== undefined) Deno.removeSync(tools, { recursive: true });
  return {
    output: Buffer.concat(chunks),
    stderr: Buffer.concat(errors),
    status,
    startFailure,
    capabilities,
    foreign,
    inputBroken,
    inputSent,
    inputLeft,
  };
}

/** A PATH with these programs and no others. */
function makeTools(tools: readonly string[]): string {
  const directory = mkdtempSync("/tmp/porthole-tools-");
  // Another user has to find them too.
  chmodSync(directory, 0o755);
  for (const tool of tools) {
    const [name = tool, target = `/usr/bin/${tool}`] = tool.split("=");
    symlinkSync(target, join(directory, name));
  }
  return directory;
}

/** Undoes the quoting of our own single-quoted words, enough for these tests. */
export function splitForTest(command: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < command.length; at++) {
    const char = command[at];
    if (char === "'" || char === '"') {
      const close = command.indexOf(char, at + 1);
      if (close < 0) throw new Error(`A quote is left open in: ${command}`);
      word = (word ?? "") + command.slice(at + 1, close);
      at = close;
    } else if (char === " ") {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + char;
  }
  if (word !== undefined) words.push(word);
  return words;
}
