import { join } from "node:path";
import type { Deps, OutputDevice } from "../deps.ts";
import { PortholeError } from "../errors.ts";
import type { LocalFiles } from "../local_files.ts";
import { quotePath } from "../quote_value.ts";
import { type BroughtFiles, rememberFiles } from "./brought_files.ts";
import { type ByteSource, createByteSource } from "./byte_source.ts";
import { refusePart } from "./check_name.ts";
import { PROBE } from "./container_scripts.ts";
import { type Attributes, placeFile } from "./place_file.ts";
import { type Destination, nameOfSource } from "./plan_destination.ts";
import { readHello } from "./read_hello.ts";
import { readTar } from "./read_tar.ts";
import { type Part, splitWords } from "./split_words.ts";
import type { Tally } from "./tally.ts";
import { isSystemFailure, tellFailure } from "./tell_failure.ts";
import { createUnpacker } from "./unpack.ts";

/** What is received, and where it goes. */
export interface ReceiveRequest {
  readonly nonce: string;
  /** Paths in the container, in the order in which they were asked for. */
  readonly sources: readonly string[];
  readonly destination: Destination;
  readonly preserve: boolean;
  readonly platform: Deps["platform"];
}

/** What it is received with. */
export interface ReceiveTools {
  readonly files: LocalFiles;
  readonly tally: Tally;
  readonly stdout: Pick<OutputDevice, "write">;
  /** A file's size is known, or about what a directory holds. */
  readonly onSize: (size: number) => void;
}

/**
 * Receives what `sendCommand` sends, and puts it in its place. Resolves only when all of it has come.
 *
 * @throws {PortholeError} session_lost where something is missing or damaged; io_failed.
 */
export async function receive(
  pieces: AsyncIterable<Uint8Array>,
  request: ReceiveRequest,
  tools: ReceiveTools,
): Promise<void> {
  const source = createByteSource(pieces);
  try {
    await receiveAll(source, request, tools);
  } finally {
    await source.close();
  }
}

async function receiveAll(
  source: ByteSource,
  request: ReceiveRequest,
  tools: ReceiveTools,
): Promise<void> {
  const [packing] = await readHello(source, request.nonce);
  const probe = await source.take(PROBE.length);
  const go = await readHello(source, request.nonce, "go");
  if (!PROBE.every((byte, at) => probe?.[at] === byte) || go.length > 0) {
    throw new PortholeError("cannot_start", {
      cannot: "copy from this container",
      because: "its output may arrive changed",
    }, { hint: "the container needs base64 and dd" });
  }
  const rest = source.rest();
  const plain = packing === "z" ? unzip(rest) : rest;
  const parts = readSizes(splitWords(plain, request.nonce), tools.onSize);
  const brought = rememberFiles(tools.files);
  try {
    for (const [number, path] of request.sources.entries()) {
      const begun = await nextWord(parts);
      const [word, at, kind, ...attributes] = begun.split(" ");
      if (word !== "s" || at !== String(number)) throw damaged();
      brought.beginSource();
      await receiveSource(
        { path, kind, attributes, request, brought },
        parts,
        tools,
      );
    }
    if (await nextWord(parts) !== ". 0") throw damaged();
    // Behind the last word there may be what proves that nothing is missing: the end of the packing.
    for await (const _ of parts);
  } finally {
    await parts.return(undefined);
  }
}

/** Takes out what is told of directories, which comes at any time. */
async function* readSizes(
  parts: AsyncGenerator<Part>,
  onSize: (size: number) => void,
): AsyncGenerator<Part> {
  for await (const part of parts) {
    const [, size] = part.kind === "word"
      ? /^t (\d{1,15})$/.exec(part.text) ?? []
      : [];
    if (size === undefined) yield part;
    else onSize(Number(size));
  }
}

/** The next word of the script; bytes have no place there. */
async function nextWord(parts: AsyncGenerator<Part>): Promise<string> {
  const { value } = await parts.next();
  if (value?.kind === "word") return value.text;
  throw damaged();
}

function damaged(): PortholeError {
  return new PortholeError("session_lost", {
    cannot: "copy everything",
    because: "what the container sent is not whole",
  }, { hint: "nothing incomplete was left behind; try again" });
}

/** Undoes gzip; its end and checksum are part of it. */
async function* unzip(
  packed: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let failure: unknown;
  const watched = async function* () {
    try {
      yield* packed;
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  try {
    yield* ReadableStream.from(watched() as AsyncIterable<BufferSource>)
      .pipeThrough(new DecompressionStream("gzip"));
  } catch (error) {
    throw failure ?? (error instanceof TypeError ? damaged() : error);
  }
}

interface Section {
  readonly path: string;
  readonly kind: string | undefined;
  readonly attributes: readonly string[];
  readonly request: ReceiveRequest;
  readonly brought: BroughtFiles;
}

async function receiveSource(
  { path, kind, attributes, request, brought }: Section,
  parts: AsyncGenerator<Part>,
  tools: ReceiveTools,
): Promise<void> {
  const { files, tally } = tools;
  const { destination } = request;
  let status: number | undefined;

  /** The bytes up to the word that ends the source; what programs say meanwhile is passed on. */
  async function* content(): AsyncGenerator<Uint8Array> {
    while (status === undefined) {
      const { value } = await parts.next();
      if (value === undefined) throw damaged();
      if (value.kind === "bytes") yield value.bytes;
      else if (value.text.startsWith("e ")) {
        const text = value.text.slice(2);
        const [, name, what] = /^[^:]*: (.+): (\w+) ignored$/.exec(text) ?? [];
        if (name === undefined) tally.onNotice(text);
        else tally.onSkip(`${path}/${name}`, `it is a ${what}`);
      } else if (/^=\d+$/.test(value.text)) {
        status = Number(value.text.slice(1));
      } else throw damaged();
    }
  }
  const skipRest = async () => {
    for await (const _ of content());
  };
  const skip = async (reason: string) => {
    await skipRest();
    tally.onSkip(path, reason);
  };

  if (kind === "o") return await skip("it is not a regular file");
  if (kind === "d") {
    if (destination.kind === "stdout") {
      await skipRest();
      throw new PortholeError("usage", {
        cannot: `copy ${quotePath(path)} to standard output`,
        because: "it is a directory",
      }, {
        hint: "porthole exec TARGET -- tar -c DIR writes it as an archive",
      });
    }
    return await receiveDirectory();
  }
  if (kind !== "f") throw damaged();
  await receiveFile();

  async function receiveDirectory(): Promise<void> {
    const place = placeFor(path, request);
    if (typeof place === "string") return await skip(place);
    let isNew = false;
    try {
      const there = files.look(place.path, "keep");
      isNew = there === undefined;
      if (isNew) files.makeDirectory(place.path);
      else if (there!.kind !== "directory") {
        return await skip(
          `${quotePath(place.path)} is there, and is not a directory`,
        );
      }
    } catch (error) {
      if (!isSystemFailure(error)) throw error;
      return await skip(tellFailure(error));
    }
    const unpacker = createUnpacker(files.realPath(place.path), {
      ...tools,
      brought,
      platform: request.platform,
      preserve: request.preserve,
      isNew,
      shown: path,
    });
    let came = 0;
    const archive = async function* () {
      for await (const bytes of content()) {
        came += bytes.length;
        yield bytes;
      }
    };
    try {
      await readTar(createByteSource(archive()), unpacker.put);
    } catch (error) {
      if (!(error instanceof PortholeError) || came > 0) throw error;
    } finally {
      unpacker.finish();
      // Nothing of it has come: nothing stands for it.
      if (isNew && came === 0) files.remove(place.path);
    }
    await skipRest();
    if (came === 0 && status === 0) throw damaged();
    if (status === 127) {
      tally.onSkip(path, "it is a directory, and the container has no tar");
    } else if (status !== 0) {
      tally.onSkip(
        path,
        `some of it could not be read (tar ended with status ${status})`,
      );
    }
  }

  async function receiveFile(): Promise<void> {
    const [mode, mtime, uid, gid, size] = readAttributes(attributes);
    if (size !== undefined) tools.onSize(size);
    if (destination.kind === "stdout") {
      for await (const bytes of content()) {
        await tools.stdout.write(bytes);
        tally.onBytes(bytes.length);
      }
      if (status === 0) tally.onFile();
      else tally.onSkip(path, "it could not be read");
      return;
    }
    const place = placeFor(path, request);
    if (typeof place === "string") return await skip(place);
    if (place.directoryOnly) {
      return await skip(`${quotePath(place.path)} is not a directory`);
    }
    const unread = new Error("the file could not be read");
    const whole = async function* () {
      yield* content();
      // What was read before that is not the file.
      if (status !== 0) throw unread;
    };
    const kept: Attributes = {
      mode: mode ?? files.look(place.path, "keep")?.mode,
      mtime,
      owner: request.preserve && uid !== undefined && gid !== undefined
        ? { uid, gid }
        : undefined,
    };
    try {
      if (files.look(place.path, "keep")?.kind === "directory") {
        return await skip(`${quotePath(place.path)} is a directory`);
      }
      const because = brought.refuseToReplace(place.path);
      if (because !== undefined) return await skip(because);
      const identity = await placeFile(place.path, whole(), kept, {
        files,
        tally,
      });
      brought.add(identity, place.path);
    } catch (error) {
      if (error !== unread && !isSystemFailure(error)) throw error;
      await skip(
        error === unread ? "it could not be read" : tellFailure(error),
      );
    }
  }
}

/** `stat`'s answer: mode, time, owner and size; nothing where the container has no stat. */
function readAttributes(
  [mode, ...others]: readonly string[],
): readonly (number | undefined)[] {
  const numbers = others.map((text) =>
    /^\d{1,15}$/.test(text) ? Number(text) : undefined
  );
  return [
    mode !== undefined && /^[0-7]{1,4}$/.test(mode)
      ? parseInt(mode, 8)
      : undefined,
    ...numbers,
  ];
}

/** Where a source goes; a text says why it goes nowhere. */
function placeFor(
  path: string,
  { destination, platform }: Pick<ReceiveRequest, "destination" | "platform">,
): { readonly path: string; readonly directoryOnly: boolean } | string {
  if (destination.kind === "as") return destination;
  if (destination.kind === "stdout") throw new RangeError("it has no path");
  const name = nameOfSource(path);
  const refused = refusePart(name, platform);
  if (refused !== undefined) return refused;
  return {
    path: join(destination.directory, name),
    directoryOnly: name === "",
  };
}
