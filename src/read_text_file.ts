import { Buffer } from "node:buffer";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { unlessSilentFor } from "./when_silent_for.ts";

/** How a file may be read. */
export interface ReadOptions {
  /** Default: 64 MiB, far above any certificate or Terraform state. */
  readonly mostBytes?: number;
  /** Whether the file may be a pipe, for example the shell's `<(…)` or a FIFO. Default: true. */
  readonly pipes?: boolean;
  /** How long a file may bring nothing. Default: ten minutes, for a pipe may wait for a person. */
  readonly silenceMs?: number;
}

const MOST_BYTES = 64 * 1024 * 1024;
const SILENCE_MS = 10 * 60_000;
const CHUNK_BYTES = 64 * 1024;

/** Between two looks at a pipe that has nothing to read. */
const POLL_MS = 10;

/**
 * Reads a file, or a pipe (the shell's `<(…)`, for example). Nothing of it ever blocks the program, which
 * can be interrupted while a FIFO has no writer or a network's file server is silent.
 *
 * Deno opens files on its main thread, where a FIFO without a writer, or a mount whose server has
 * gone, would stop everything, signals included. So the file is looked at first, which Deno does on
 * another thread, and opened without waiting.
 *
 * Rejects as Deno does, or with a reason to show: for what is not a file, is larger than the limit,
 * or brings nothing for too long.
 */
export async function readTextFile(
  path: string,
  options: ReadOptions = {},
): Promise<string> {
  return (await readFile(path, options)).text;
}

/** A file's text, and whose word it is. */
export interface OwnedText {
  readonly text: string;
  /** The ids of the users who own the file and the link that leads to it; none on Windows. */
  readonly owners: readonly number[];
}

/** Reads a file as `readTextFile` does, and returns its owner too. */
export async function readOwnedFile(
  path: string,
  options: ReadOptions = {},
): Promise<OwnedText> {
  const { uid: link } = await look(path, Deno.lstat);
  const { text, uid: file } = await readFile(path, options);
  return {
    text,
    owners: [link, file].filter((uid) => uid !== null),
  };
}

async function readFile(
  path: string,
  options: ReadOptions,
): Promise<{ readonly text: string; readonly uid: number | null }> {
  const { pipes = true, silenceMs = SILENCE_MS } = options;
  const explain = () => silent(silenceMs);
  const seen = await unlessSilentFor(silenceMs, look(path), explain);
  const kind = checkKind(seen, pipes);
  const file = await openNow(path);
  try {
    // What was looked at may have been replaced since.
    const stat = await file.stat();
    checkKind({ ...readKind(stat), size: stat.size }, pipes);
    const text = await readAll(file, {
      mostBytes: options.mostBytes ?? MOST_BYTES,
      size: stat.size,
      silenceMs,
      // A FIFO has no writer yet when it is opened without waiting for one.
      awaitWriter: kind === "pipe" && !await isAnonymousPipe(path),
    });
    return { text, uid: Deno.build.os === "windows" ? null : stat.uid };
  } finally {
    // Closing waits for a read that is under way, which may be without end.
    file.close().catch(() => {});
  }
}

/** What is said of a file that holds more than anyone would write into it. */
function tooLarge(mostBytes: number): Error {
  return new Error(`it is larger than ${mostBytes / 1024 / 1024} MiB`);
}

interface Kind {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly isFifo: boolean | null;
  readonly size: number;
}

async function look(
  path: string,
  stat: typeof Deno.stat = Deno.stat,
): Promise<Deno.FileInfo> {
  try {
    return await stat(path);
  } catch (error) {
    throw explainRefusal(error);
  }
}

function readKind(stat: Awaited<ReturnType<FileHandle["stat"]>>) {
  return {
    isFile: stat.isFile(),
    isDirectory: stat.isDirectory(),
    isFifo: stat.isFIFO(),
  };
}

function checkKind(
  { isFile, isFifo, isDirectory }: Kind,
  pipes: boolean,
): "file" | "pipe" {
  if (isDirectory) throw new Deno.errors.IsADirectory("it is a directory");
  if (isFile) return "file";
  if (!isFifo) throw notAFile();
  if (!pipes) throw new Error("it is a pipe, not a file");
  return "pipe";
}

async function openNow(path: string): Promise<FileHandle> {
  const flags = Deno.build.os === "windows"
    ? constants.O_RDONLY
    : constants.O_RDONLY | constants.O_NONBLOCK;
  try {
    return await open(path, flags);
  } catch (error) {
    throw explainRefusal(error);
  }
}

/** The same pipe as one of our own descriptors: its writers were there before us. */
async function isAnonymousPipe(path: string): Promise<boolean> {
  if (/^\/(dev|proc\/self)\/fd\/\d+$/.test(path)) return true;
  const target = await Deno.readLink(path).catch(() => "");
  return /^\/(dev|proc\/self)\/fd\/\d+$/.test(target);
}

/** Node's errors are Deno's under other names. */
function explainRefusal(error: unknown): unknown {
  // What Deno keeps from us although we may read: devices, and files of the system's own.
  if (error instanceof Deno.errors.NotCapable) return notAFile();
  switch ((error as { readonly code?: string }).code) {
    case "ENOENT":
      return new Deno.errors.NotFound("there is no such file");
    case "EACCES":
      return new Deno.errors.PermissionDenied("permission denied");
    case "ENXIO":
      return notAFile();
    default:
      return error;
  }
}

function notAFile(): Error {
  return new Error("it is a device, not a file");
}

async function readAll(
  file: FileHandle,
  { mostBytes, size, silenceMs, awaitWriter }: {
    readonly mostBytes: number;
    readonly size: number;
    readonly silenceMs: number;
    readonly awaitWriter: boolean;
  },
): Promise<string> {
  if (size > mostBytes) throw tooLarge(mostBytes);
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  let silentMs = 0;
  let hasWriter = !awaitWriter;
  const explain = () => silent(silenceMs);
  for (;;) {
    const chunk = await unlessSilentFor(silenceMs, readChunk(file), explain);
    if (chunk !== undefined && chunk.length > 0) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > mostBytes) throw tooLarge(mostBytes);
      silentMs = 0;
      hasWriter = true;
      continue;
    }
    // A pipe that has a writer says that it has nothing yet; without one, that it is at its end.
    if (chunk === undefined) hasWriter = true;
    else if (hasWriter) return await new Blob(chunks).text();
    if (silentMs >= silenceMs) throw silent(silenceMs);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    silentMs += POLL_MS;
  }
}

/** Undefined where there is nothing to read yet, empty at the end. */
async function readChunk(
  file: FileHandle,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const buffer = Buffer.alloc(CHUNK_BYTES);
    const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, null);
    return new Uint8Array(buffer.subarray(0, bytesRead));
  } catch (error) {
    if ((error as { readonly code?: string }).code === "EAGAIN") {
      return undefined;
    }
    throw error;
  }
}

function silent(ms: number): Error {
  return new Error(`nothing has arrived from it for ${ms / 1_000} s`);
}
