import { gzipSync } from "node:zlib";
import { PortholeError } from "../errors.ts";
import { joinBytes } from "../join_bytes.ts";
import { joinWords } from "../join_words.ts";
import type { LocalFiles } from "../local_files.ts";
import { quotePath } from "../quote_value.ts";
import { endOfFile, type ReceiveTool } from "./container_scripts.ts";
import { keptMode, type LocalSource, packTree } from "./pack_tree.ts";
import { readPieces } from "./read_pieces.ts";
import type { Tally } from "./tally.ts";

/** What is sent. */
export type Load =
  /** One file: the container needs no tar for it. */
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "stdin"; readonly stdin: AsyncIterable<Uint8Array> }
  | { readonly kind: "tree"; readonly sources: readonly LocalSource[] };

/** What the container has, and what stands at the destination there. */
export interface Landing {
  readonly kind:
    | "directory"
    | "file"
    /** A device, a pipe, a socket. */
    | "other"
    /** Nothing, in a directory that is there. */
    | "free"
    | "dangling_link"
    | "no_parent";
  /** Its programs, of those that matter. */
  readonly tools: readonly string[];
}

/** What the script cannot do without, a file or a tree. */
const NEEDED = {
  file: ["cat", "dd", "mv", "rm", "tail", "wc"],
  tree: ["tar", "cat", "mkdir", "mv", "rm", "tail", "wc"],
} as const satisfies Readonly<Record<string, readonly ReceiveTool[]>>;

/** How the destination was typed, and what is kept. */
export interface SendRequest {
  readonly nonce: string;
  readonly path: string;
  /** With a "/" at its end. */
  readonly directoryOnly: boolean;
  readonly load: Load;
  readonly preserve: boolean;
}

interface SendTools {
  readonly files: LocalFiles;
  readonly tally: Tally;
  /** So many bytes of files will be sent. */
  readonly onSize: (size: number) => void;
}

/** So much is tried before it is decided whether to compress. */
const SAMPLE = 256 * 1024;
/** Smaller loads are sent as they are. */
const WORTH_PACKING = 4 * 1024;

/**
 * What the container's script reads: a line on what comes, and then the file or archive, compressed where that
 * makes it smaller.
 *
 * @throws {PortholeError} usage where the destination cannot take it, by the rules of `cp -r`.
 */
export async function* send(
  request: SendRequest,
  landing: Landing,
  tools: SendTools,
): AsyncGenerator<Uint8Array> {
  checkLanding(request, landing);
  const { load } = request;
  const words = load.kind === "tree"
    ? ["t", "-", "-", request.preserve ? "" : "o"]
    : ["f", ...describeFile(load, request, tools)];
  const plain = load.kind === "tree"
    ? packTree(load.sources, {
      preserve: request.preserve,
      intoDirectory: landing.kind === "directory",
      onTotal: tools.onSize,
    }, tools)
    : sendFile(load, request, tools);
  const sample: Uint8Array[] = [];
  let length = 0;
  while (length < SAMPLE) {
    const { value } = await plain.next();
    if (value === undefined) break;
    sample.push(value.slice());
    length += value.length;
  }
  const head = joinBytes(sample);
  const packs = landing.tools.includes("gzip") && length >= WORTH_PACKING &&
    gzipSync(head, { level: 1 }).length < length * 0.9;
  const [kind, ...others] = words;
  yield new TextEncoder().encode(
    `${[kind, packs ? "z" : "-", ...others].join(" ")}\n`,
  );
  const whole = async function* () {
    yield head;
    yield* plain;
  };
  if (!packs) return yield* whole();
  yield* ReadableStream.from(whole() as AsyncIterable<BufferSource>)
    .pipeThrough(new CompressionStream("gzip"));
}

/** @throws {PortholeError} usage */
function checkLanding(
  { path, directoryOnly, load }: SendRequest,
  { kind, tools }: Landing,
): void {
  const refuse = (because: string, hint?: string) => {
    throw new PortholeError("usage", {
      cannot: `copy to ${quotePath(path)} in the container`,
      because,
    }, { hint });
  };
  switch (kind) {
    case "dangling_link":
      return refuse("it is a link to nothing");
    case "other":
      return refuse("it is not a regular file");
    case "no_parent":
      return refuse("the directory above it does not exist");
    case "directory":
      if (load.kind !== "stdin") break;
      return refuse("it is a directory", "standard input needs a file's name");
    case "file":
      if (directoryOnly || load.kind === "tree") {
        refuse("it is not a directory");
      }
      break;
    case "free":
      if (load.kind !== "tree" && directoryOnly) {
        refuse("there is no such directory");
      }
      if (load.kind === "tree" && load.sources.length > 1) {
        refuse(
          "there is no such directory",
          "Several sources go into a directory that is there",
        );
      }
  }
  const needed = load.kind === "tree" ? NEEDED.tree : NEEDED.file;
  const missing = needed.filter((tool) => !tools.includes(tool));
  if (missing.length === 0) return;
  refuse(
    `the container has no ${joinWords(missing, "or")}`,
    load.kind !== "tree"
      ? "porthole exec -i TARGET -- sh -c 'cat >PATH' <FILE needs none of them; nothing checks whether all of it arrives"
      : missing.join() === "tar"
      ? "without it, files can be copied one at a time"
      : undefined,
  );
}

/** Mode, time and owner of a file, as the script reads them; "-" is as the system has it. */
function describeFile(
  load: Exclude<Load, { readonly kind: "tree" }>,
  { preserve }: SendRequest,
  { files }: SendTools,
): readonly string[] {
  const facts = load.kind === "file"
    ? files.look(load.path, "follow")
    : undefined;
  if (facts === undefined) return ["-", "-", "-"];
  return [
    keptMode(facts, preserve).toString(8).padStart(3, "0"),
    formatTouch(facts.mtime),
    preserve ? `${facts.uid}:${facts.gid}` : "-",
  ];
}

/** As `touch -t` reads it, in UTC. */
function formatTouch(mtime: number): string {
  const [date = "", time = ""] = new Date(mtime * 1_000).toISOString().split(
    "T",
  );
  const [hours, minutes, seconds] = time.slice(0, 8).split(":");
  return `${date.replaceAll("-", "")}${hours}${minutes}.${seconds}`;
}

async function* sendFile(
  load: Exclude<Load, { readonly kind: "tree" }>,
  { nonce }: SendRequest,
  { files, tally }: SendTools,
): AsyncGenerator<Uint8Array> {
  let length = 0;
  const pieces = load.kind === "stdin"
    ? load.stdin
    : readPieces(files.open(load.path));
  for await (const bytes of pieces) {
    length += bytes.length;
    yield bytes;
    tally.onBytes(bytes.length);
  }
  yield endOfFile(nonce, length);
}
