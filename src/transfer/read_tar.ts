import { PortholeError } from "../errors.ts";
import type { ByteSource } from "./byte_source.ts";
import { BLOCK, type EntryKind, type TarEntry } from "./tar_entry.ts";

/** More than any path or attribute that a system accepts; an archive may claim any length. */
const LONGEST_EXTENSION = 1024 * 1024;

/** Takes an entry; what it leaves of the content is skipped. */
export type TakeEntry = (
  entry: TarEntry,
  content: AsyncIterable<Uint8Array>,
) => Promise<void>;

/**
 * Reads a tar archive to its end: ustar, and the long names and large sizes of GNU and pax.
 *
 * Only one entry is held at a time, whatever the archive says. POSIX.1-2024, pax, "ustar Interchange
 * Format" and "pax Extended Header"; GNU tar manual, "Basic Tar Format".
 *
 * @throws {PortholeError} session_lost where the archive is not whole: its end is part of it.
 */
export async function readTar(
  source: ByteSource,
  take: TakeEntry,
): Promise<void> {
  let extended: Extension = {};
  for (;;) {
    const block = await source.take(BLOCK) ?? broken("it ends too early");
    if (block.every((byte) => byte === 0)) break;
    const header = readHeader(block);
    const extension = await readExtension(header, source);
    if (extension !== undefined) {
      extended = { ...extended, ...extension };
      continue;
    }
    const entry = toEntry(header, extended);
    extended = {};
    let left = entry.size;
    const padding = (BLOCK - entry.size % BLOCK) % BLOCK;
    const content = async function* () {
      while (left > 0) {
        const bytes = await source.some(left) ?? broken("it ends too early");
        left -= bytes.length;
        yield bytes;
      }
    };
    await take(entry, content());
    for await (const _ of content());
    if (padding > 0) {
      await source.take(padding) ?? broken("it ends too early");
    }
  }
  // The end is two blocks of zeros, and what fills the last record.
  await source.take(BLOCK) ?? broken("its end is missing");
  for (let rest; (rest = await source.some(BLOCK * 20)) !== undefined;) {
    if (rest.some((byte) => byte !== 0)) broken("something follows its end");
  }
}

function broken(why: string): never {
  throw new PortholeError("session_lost", {
    cannot: "unpack what the container sends",
    because: `the archive is damaged: ${why}`,
  });
}

/** What a pax header, or one of GNU's, says in the place of the fields of the next entry. */
interface Extension {
  readonly name?: Uint8Array;
  readonly target?: Uint8Array;
  readonly size?: number;
  readonly mtime?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** What cannot be unpacked without knowing more than we do. */
  readonly isForeign?: boolean;
}

interface Header {
  readonly type: string;
  readonly name: Uint8Array;
  readonly target: Uint8Array;
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
}

function readHeader(block: Uint8Array): Header {
  const field = (at: number, length: number) => block.subarray(at, at + length);
  const stored = readNumber(field(148, 8));
  const sum = block.reduce((sum, byte) => sum + byte, 0) -
    field(148, 8).reduce((sum, byte) => sum + byte, 0) + 8 * 32;
  if (stored !== sum) broken("a header has a wrong checksum");
  const size = readNumber(field(124, 12));
  if (!Number.isSafeInteger(size) || size < 0) broken("a size is impossible");
  const magic = latin1(field(257, 8));
  const prefix = magic === "ustar\x0000"
    ? cutAtZero(field(345, 155))
    : new Uint8Array(0);
  const name = cutAtZero(field(0, 100));
  return {
    type: String.fromCharCode(block[156]!),
    name: prefix.length === 0 ? name : join(prefix, name),
    target: cutAtZero(field(157, 100)),
    size,
    mode: readNumber(field(100, 8)),
    uid: readNumber(field(108, 8)),
    gid: readNumber(field(116, 8)),
    mtime: readNumber(field(136, 12)),
  };
}

/** Octal digits, or after a first byte with its high bit set, GNU's big-endian binary. NaN for all else. */
function readNumber(field: Uint8Array): number {
  const [first = 0] = field;
  if (first & 0x80) {
    // Below zero there are only times before 1970.
    if (first & 0x40) return -1;
    return field.subarray(1).reduce(
      (value, byte) => value * 256 + byte,
      first & 0x3f,
    );
  }
  const text = latin1(field).replace(/[\0 ]+$/, "").trimStart();
  if (text === "") return 0;
  return /^[0-7]+$/.test(text) ? parseInt(text, 8) : NaN;
}

/** Reads what only describes the next entry; undefined where the header is an entry's own. */
async function readExtension(
  { type, size }: Header,
  source: ByteSource,
): Promise<Extension | undefined> {
  if (!"xgLK".includes(type)) return undefined;
  if (size > LONGEST_EXTENSION) broken("a name or attribute is too long");
  const content = await source.take(size) ?? broken("it ends too early");
  await source.take((BLOCK - size % BLOCK) % BLOCK) ??
    broken("it ends too early");
  switch (type) {
    case "L":
      return { name: cutAtZero(content) };
    case "K":
      return { target: cutAtZero(content) };
    case "x":
      return readPax(content);
    default:
      // What is said for all entries, a comment for example, is nothing that we keep.
      return {};
  }
}

/** Records of the form `LENGTH KEY=VALUE\n`, where the length counts the whole record. */
function readPax(content: Uint8Array): Extension {
  let extension: Extension = {};
  for (let at = 0; at < content.length;) {
    const space = content.indexOf(32, at);
    const digits = space < 0 ? "" : latin1(content.subarray(at, space));
    const length = /^[1-9]\d{0,6}$/.test(digits) ? Number(digits) : NaN;
    const end = at + length;
    const equals = content.indexOf(61, space);
    if (
      !(end <= content.length) || equals < 0 || equals >= end ||
      content[end - 1] !== 10
    ) broken("an attribute cannot be read");
    const key = latin1(content.subarray(space + 1, equals));
    const value = content.subarray(equals + 1, end - 1);
    extension = { ...extension, ...readAttribute(key, value) };
    at = end;
  }
  return extension;
}

function readAttribute(key: string, value: Uint8Array): Extension {
  const number = () => {
    const text = latin1(value);
    return /^-?\d{1,16}(\.\d*)?$/.test(text)
      ? Math.floor(Number(text))
      : broken("a number cannot be read");
  };
  switch (key) {
    case "path":
      return { name: value };
    case "linkpath":
      return { target: value };
    case "size": {
      const size = number();
      return size >= 0 ? { size } : broken("a size is impossible");
    }
    case "mtime":
      return { mtime: number() };
    case "uid":
      return { uid: number() };
    case "gid":
      return { gid: number() };
    default:
      return key.startsWith("GNU.sparse.") ? { isForeign: true } : {};
  }
}

const KINDS: Readonly<Record<string, EntryKind>> = {
  "0": "file",
  "\0": "file",
  "7": "file",
  "1": "hard_link",
  "2": "link",
  "3": "device",
  "4": "device",
  "5": "directory",
  "6": "fifo",
};

function toEntry(header: Header, extension: Extension): TarEntry {
  const name = decode(extension.name ?? header.name);
  const target = decode(extension.target ?? header.target);
  const known = extension.isForeign ? "unknown" : KINDS[header.type] ??
    "unknown";
  // Archives from before there were directories mark them so.
  const kind = known === "file" && header.type !== "7" &&
      name.text.endsWith("/")
    ? "directory"
    : known;
  const size = extension.size ?? header.size;
  return {
    name: name.text,
    kind,
    // A link's size says how large the file is that it names, and no content follows.
    size: kind === "file" || kind === "unknown" ? size : 0,
    mode: orZero(header.mode) & 0o7777,
    uid: orZero(extension.uid ?? header.uid),
    gid: orZero(extension.gid ?? header.gid),
    mtime: orZero(extension.mtime ?? header.mtime),
    target: kind === "link" || kind === "hard_link" ? target.text : "",
    isText: name.isText && target.isText,
  };
}

function orZero(value: number): number {
  return Number.isSafeInteger(value) && value >= 0 ? value : 0;
}

function decode(
  bytes: Uint8Array,
): { readonly text: string; readonly isText: boolean } {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(bytes);
    return { text, isText: true };
  } catch {
    return { text: latin1(bytes), isText: false };
  }
}

function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

function cutAtZero(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

function join(prefix: Uint8Array, name: Uint8Array): Uint8Array {
  return Uint8Array.of(...prefix, 47, ...name);
}
