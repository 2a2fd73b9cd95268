import { crc32, deflateRawSync } from "node:zlib";
import { type ArchiveFile, sortFiles } from "./archive_file.ts";
import { joinBytes } from "./build_tar.ts";

/** 2.0: deflate. */
const neededVersion = 20;
/** What made it: 2.0 on Unix, so that the modes count. */
const madeBy = 3 << 8 | neededVersion;
/** Names are UTF-8. */
const flags = 1 << 11;
const deflated = 8;

/**
 * Builds a zip archive (PKWARE's APPNOTE.TXT). The same files give the same bytes: they are sorted and
 * have one time.
 *
 * @param time Seconds since 1970; the archive holds it as UTC, to two seconds.
 */
export function buildZip(
  files: readonly ArchiveFile[],
  time: number,
): Uint8Array<ArrayBuffer> {
  const bodies: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, bytes, executable } of sortFiles(files)) {
    const path = new TextEncoder().encode(name);
    const packed = deflateRawSync(bytes, { level: 9 });
    const common = [
      ...[short(neededVersion), short(flags), short(deflated)],
      ...[dosTime(time), long(crc32(bytes))],
      ...[long(packed.length), long(bytes.length)],
      ...[short(path.length), short(0)],
    ];
    const local = joinBytes([long(0x04034b50), ...common, path]);
    bodies.push(local, packed);
    const mode = 0o100000 | (executable ? 0o755 : 0o644);
    directory.push(joinBytes([
      ...[long(0x02014b50), short(madeBy), ...common],
      // No comment, on the first disk, no internal attributes.
      ...[short(0), short(0), short(0)],
      ...[long(mode * 0x10000), long(offset), path],
    ]));
    offset += local.length + packed.length;
  }
  const index = joinBytes(directory);
  const count = short(files.length);
  return joinBytes([
    ...[...bodies, index],
    ...[long(0x06054b50), short(0), short(0), count, count],
    ...[long(index.length), long(offset), short(0)],
  ]);
}

function short(value: number): Uint8Array {
  const bytes = new Uint8Array(2);
  new DataView(bytes.buffer).setUint16(0, value, true);
  return bytes;
}

function long(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

/** The time in a zip: hours to two seconds, then years from 1980, months and days. */
function dosTime(time: number): Uint8Array {
  const date = new Date(Math.max(time, Date.UTC(1980) / 1000) * 1000);
  return joinBytes([
    short(
      date.getUTCHours() << 11 | date.getUTCMinutes() << 5 |
        date.getUTCSeconds() >> 1,
    ),
    short(
      date.getUTCFullYear() - 1980 << 9 | date.getUTCMonth() + 1 << 5 |
        date.getUTCDate(),
    ),
  ]);
}
