import type { FileFacts, LocalFiles, SourceFile } from "../local_files.ts";
import { readPieces } from "./read_pieces.ts";
import type { Tally } from "./tally.ts";
import { tellFailure } from "./tell_failure.ts";
import { type Found, walkSources } from "./walk_sources.ts";
import {
  type PackedEntry,
  packEnd,
  packHeader,
  packPadding,
} from "./write_tar.ts";

/** A source here, with the name that it gets in a directory; empty where its content is meant. */
export interface LocalSource {
  readonly path: string;
  readonly name: string;
}

/** The mode that a copy gets: setuid and its like only with the owner. */
export function keptMode({ mode }: FileFacts, preserve: boolean): number {
  return preserve ? mode : mode & 0o777;
}

/**
 * Packs sources into an archive: `r/` stands for the destination; `all` lists the files in it before they
 * come, `bad` those that could not be read whole, names as printf reads them; `end` is the last entry.
 */
export async function* packTree(
  sources: readonly LocalSource[],
  { preserve, intoDirectory, onTotal }: {
    readonly preserve: boolean;
    /** How many bytes of files there are. */
    readonly onTotal: (bytes: number) => void;
    /** The destination is there: each source gets its own name in it. */
    readonly intoDirectory: boolean;
  },
  tools: { readonly files: LocalFiles; readonly tally: Tally },
): AsyncGenerator<Uint8Array> {
  const { files, tally } = tools;
  const incomplete: string[] = [];
  const named = intoDirectory
    ? sources
    : sources.map(({ path }) => ({ path, name: "" }));
  let length = 0;
  for await (const bytes of pack()) {
    length += bytes.length;
    yield bytes;
  }
  yield packEnd(length);

  async function* pack(): AsyncGenerator<Uint8Array> {
    yield* packList("all", listFiles());
    if (intoDirectory) yield packOwn("r/", "directory", 0);
    for (const found of walkSources(named, tools)) {
      const isThere = intoDirectory && found.name === "";
      if (!isThere) yield* packFound(found);
    }
    if (incomplete.length > 0) {
      yield* packList("bad", incomplete.map(escapeForPrintf));
    }
    yield packOwn("end", "file", 0);
  }

  /** What is to come: the size and the name of each file. */
  function listFiles(): readonly string[] {
    const lines: string[] = [];
    let total = 0;
    const quiet = { files, tally: { onSkip() {} } };
    for (const { name, facts: { kind, size } } of walkSources(named, quiet)) {
      if (kind !== "file") continue;
      total += size;
      if (lines.length >= MOST_LISTED) continue;
      lines.push(`${size} ${escapeForPrintf(name)}`);
    }
    onTotal(total);
    return lines.length < MOST_LISTED ? lines : [];
  }

  async function* packFound(found: Found): AsyncGenerator<Uint8Array> {
    const { path, facts } = found;
    const entry: PackedEntry = {
      name: found.name === "" ? "r" : `r/${found.name}`,
      kind: "file",
      size: 0,
      mode: keptMode(facts, preserve),
      uid: preserve ? facts.uid : 0,
      gid: preserve ? facts.gid : 0,
      mtime: facts.mtime,
      target: "",
    };
    let file: SourceFile | undefined;
    let target = "";
    try {
      if (facts.kind === "link") target = files.readLink(path);
      if (facts.kind === "file") file = files.open(path);
    } catch (error) {
      return tally.onSkip(path, tellFailure(error));
    }
    if (facts.kind === "directory") {
      yield packHeader({ ...entry, name: `${entry.name}/`, kind: "directory" });
    } else if (file === undefined) {
      yield packHeader({ ...entry, kind: "link", target });
      tally.onFile();
    } else {
      const { size } = file.facts;
      yield packHeader({ ...entry, size });
      yield* packContent(file, size, found);
    }
  }

  /** As many bytes as the header says: a file that has become longer is cut, as tar does it. */
  async function* packContent(
    file: SourceFile,
    size: number,
    { path, name }: Found,
  ): AsyncGenerator<Uint8Array> {
    let left = size;
    let reason = "it became shorter while it was read";
    try {
      for (const piece of readPieces(file)) {
        const bytes = piece.subarray(0, left);
        left -= bytes.length;
        yield bytes;
        tally.onBytes(bytes.length);
        if (left === 0) break;
      }
    } catch (error) {
      reason = tellFailure(error);
    }
    if (left === 0) tally.onFile();
    else {
      tally.onSkip(path, reason);
      incomplete.push(name);
    }
    for (; left > 0; left -= FILLER.length) yield FILLER.subarray(0, left);
    yield packPadding(size);
  }
}

/** Stands where bytes should have been. */
const FILLER = new Uint8Array(64 * 1024);

/** More files than this are not listed: after a failure in the container all of them count as lost. */
const MOST_LISTED = 200_000;

/** A list for the script; its last line says that it is whole. */
function* packList(
  name: string,
  lines: readonly string[],
): Generator<Uint8Array> {
  const list = new TextEncoder().encode(
    [...lines, "."].map((line) => `${line}\n`).join(""),
  );
  yield packOwn(name, "file", list.length);
  yield list;
  yield packPadding(list.length);
}

/** An entry that is only for the script. */
function packOwn(
  name: string,
  kind: "file" | "directory",
  size: number,
): Uint8Array {
  const mode = kind === "file" ? 0o600 : 0o700;
  return packHeader({
    name,
    kind,
    size,
    mode,
    uid: 0,
    gid: 0,
    mtime: 0,
    target: "",
  });
}

/** A name as `printf %b` reads it: each byte that is not plain as three octal digits. */
function escapeForPrintf(name: string): string {
  return Array.from(new TextEncoder().encode(name), (byte) => {
    const character = String.fromCharCode(byte);
    return /[\w./-]/.test(character)
      ? character
      : `\\0${byte.toString(8).padStart(3, "0")}`;
  }).join("");
}
