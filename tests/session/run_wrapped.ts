import { Buffer } from "node:buffer";
import { chmodSync, mkdtempSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import {
  createBase64Encoder,
  createEscapeEncoder,
  type InputEncoder,
} from "../../src/session/encode_input.ts";
import {
  createReplyReader,
  type ReplyEvent,
} from "../../src/session/reply/read_reply.ts";
import {
  wrapCommand,
  type WrapOptions,
} from "../../src/session/wrap_command.ts";
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
  readonly capabilities:
    | { readonly stty: boolean; readonly base64: boolean }
    | undefined;
}

export const NONCE = "00112233445566778899aabbccddeeff";

/** Runs words behind the wrapper on a real pty, answering it as a session does. */
export async function runWrapped(
  shell: Shell,
  words: readonly string[],
  options: Partial<WrapOptions> & {
    readonly input?: Uint8Array;
    readonly interruptOn?: string;
  } = {},
): Promise<WrappedResult> {
  const wrapped = wrapCommand(words, {
    interactive: false,
    stdin: options.input !== undefined,
    binary: options.binary ?? false,
    splitStderr: options.splitStderr ?? false,
  }, NONCE);
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

  function write(bytes: Uint8Array): void {
    writing = writing.then(async () => {
      for (
        let rest = Buffer.from(bytes);
        rest.length > 0 && status === undefined;
      ) {
        const count = pty.writeNow(rest);
        rest = rest.subarray(count);
        if (count === 0) await pty.waitWritable();
      }
    });
  }

  function onEvent(event: ReplyEvent): void {
    switch (event.kind) {
      case "ready":
        capabilities = event.capabilities;
        return write(Buffer.from("\n"));
      case "started":
        if (options.input !== undefined) {
          encoder = capabilities?.base64
            ? createBase64Encoder()
            : createEscapeEncoder();
          write(encoder.push(options.input));
          write(encoder.end());
        }
        return;
      case "output":
        chunks.push(Uint8Array.from(event.bytes));
        if (options.interruptOn === undefined || interrupted) return;
        interrupted = Buffer.concat(chunks).includes(options.interruptOn);
        if (interrupted) write(Uint8Array.of(3));
        return;
      case "stderr":
        errors.push(Uint8Array.from(event.bytes));
        return;
      case "start_failed":
        startFailure = event.reason;
        return onEvent({ kind: "status", status: event.status });
      case "status":
        status = event.status;
        pty.writeNow(Buffer.from("\n\x04\x04"));
        return;
    }
  }

  let encoder: InputEncoder | undefined;
  for (
    let read = pty.readNow(4096);
    read !== undefined;
    read = pty.readNow(4096)
  ) {
    if (read.length === 0) await pty.waitReadable();
    for (const event of reader.push(Buffer.from(read))) onEvent(event);
  }
  await pty.exit;
  if (tools !== undefined) Deno.removeSync(tools, { recursive: true });
  return {
    output: Buffer.concat(chunks),
    stderr: Buffer.concat(errors),
    status,
    startFailure,
    capabilities,
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
function splitForTest(command: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < command.length; at++) {
    const char = command[at];
    if (char === "'" || char === '"') {
      const close = command.indexOf(char, at + 1);
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
