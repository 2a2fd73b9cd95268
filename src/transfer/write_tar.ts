import { BLOCK, type TarEntry } from "./tar_entry.ts";

/** What is packed: kinds that others than we make are only read. */
export type PackedEntry =
  & Omit<TarEntry, "kind" | "isText">
  & { readonly kind: "file" | "directory" | "link" };

const TYPES = { file: "0", directory: "5", link: "2" } as const;
/** GNU's own types: the content is the name, or the link's target, of the next entry. */
const LONG_NAME = "L";
const LONG_TARGET = "K";
const ENCODER = new TextEncoder();

/** tar reads so much at a time: an archive fills its last record. */
const RECORD = 20 * BLOCK;

/**
 * The header of an entry, in GNU's format, which GNU tar, busybox and bsdtar read; the content follows it.
 *
 * The owner's name is left out: what counts in another system is the number.
 */
export function packHeader(entry: PackedEntry): Uint8Array {
  const name = ENCODER.encode(entry.name);
  const target = ENCODER.encode(entry.target);
  const blocks = [
    ...(target.length > 100 ? packLong(LONG_TARGET, target) : []),
    ...(name.length > 100 ? packLong(LONG_NAME, name) : []),
    packBlock(name, target, TYPES[entry.kind], entry),
  ];
  const bytes = new Uint8Array(
    blocks.reduce((length, block) => length + block.length, 0),
  );
  let at = 0;
  for (const block of blocks) {
    bytes.set(block, at);
    at += block.length;
  }
  return bytes;
}

/** What fills content of this size up to whole blocks. */
export function packPadding(size: number): Uint8Array {
  return new Uint8Array((BLOCK - size % BLOCK) % BLOCK);
}

/** The end of an archive that has so many bytes. */
export function packEnd(length: number): Uint8Array {
  const end = length + 2 * BLOCK;
  return new Uint8Array(Math.ceil(end / RECORD) * RECORD - length);
}

function packLong(type: string, text: Uint8Array): readonly Uint8Array[] {
  const content = new Uint8Array(text.length + 1);
  content.set(text);
  return [
    packBlock(ENCODER.encode("././@LongLink"), new Uint8Array(0), type, {
      size: content.length,
      mode: 0,
      uid: 0,
      gid: 0,
      mtime: 0,
    }),
    content,
    packPadding(content.length),
  ];
}

function packBlock(
  name: Uint8Array,
  target: Uint8Array,
  type: string,
  { size, mode, uid, gid, mtime }: Pick<
    PackedEntry,
    "size" | "mode" | "uid" | "gid" | "mtime"
  >,
): Uint8Array {
  const block = new Uint8Array(BLOCK);
  block.set(name.subarray(0, 100), 0);
  writeNumber(block.subarray(100, 108), mode);
  writeNumber(block.subarray(108, 116), uid);
  writeNumber(block.subarray(116, 124), gid);
  writeNumber(block.subarray(124, 136), size);
  writeNumber(block.subarray(136, 148), mtime);
  block.fill(32, 148, 156);
  block[156] = type.charCodeAt(0);
  block.set(target.subarray(0, 100), 157);
  block.set(ENCODER.encode("ustar  \0"), 257);
  const sum = block.reduce((sum, byte) => sum + byte, 0);
  block.set(ENCODER.encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  return block;
}

/** Octal digits and a zero byte; what is too large for them in GNU's binary. */
function writeNumber(field: Uint8Array, value: number): void {
  const digits = value.toString(8).padStart(field.length - 1, "0");
  if (digits.length < field.length) {
    field.set(ENCODER.encode(digits));
    return;
  }
  for (let at = field.length - 1, rest = value; at > 0; at--) {
    field[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  field[0] = 0x80;
}
