import { type ArchiveFile, sortFiles } from "./archive_file.ts";

const blockSize = 512;

/**
 * Builds a tar archive (POSIX.1-1988, ustar). The same files give the same bytes: they are sorted, belong
 * to root, and have one time.
 *
 * @param time Seconds since 1970.
 */
export function buildTar(
  files: readonly ArchiveFile[],
  time: number,
): Uint8Array<ArrayBuffer> {
  const parts = sortFiles(files).flatMap((file) => [
    buildHeader(file, time),
    file.bytes,
    new Uint8Array(-file.bytes.length & (blockSize - 1)),
  ]);
  // Two empty blocks are the end.
  return joinBytes([...parts, new Uint8Array(2 * blockSize)]);
}

/** Puts pieces of bytes one after another. */
export function joinBytes(
  parts: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

function buildHeader(
  { name, bytes, executable }: ArchiveFile,
  time: number,
): Uint8Array {
  const header = new Uint8Array(blockSize);
  const encoder = new TextEncoder();
  const write = (text: string, offset: number, length: number) => {
    const encoded = encoder.encode(text);
    if (encoded.length > length) {
      throw new Error(`Cannot archive ${name}: "${text}" is too long for tar`);
    }
    header.set(encoded, offset);
  };
  const writeOctal = (value: number, offset: number, length: number) =>
    write(value.toString(8).padStart(length - 1, "0"), offset, length);

  write(name, 0, 100);
  writeOctal(executable ? 0o755 : 0o644, 100, 8);
  writeOctal(0, 108, 8);
  writeOctal(0, 116, 8);
  writeOctal(bytes.length, 124, 12);
  writeOctal(time, 136, 12);
  // The checksum is computed as if it were spaces.
  write(" ".repeat(8), 148, 8);
  write("0", 156, 1);
  write("ustar\0" + "00", 257, 8);
  write("root", 265, 32);
  write("root", 297, 32);
  const sum = header.reduce((total, byte) => total + byte, 0);
  write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, 8);
  return header;
}
