import { Buffer } from "node:buffer";
import { dirname, join } from "node:path";
import type { LocalFiles, NewFile } from "../local_files.ts";
import type { Tally } from "./tally.ts";

/** What a file gets beside its content; undefined is as the system has it for new files. */
export interface Attributes {
  readonly mode: number | undefined;
  readonly mtime: number | undefined;
  /** Only where owners are kept. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

/** Setuid, setgid and sticky: kept with the owner alone, and without execution by another. */
const SPECIAL_BITS = 0o7000;
/** Shorter runs of zeros are written. */
const SHORTEST_HOLE = 4096;
const ZEROS = new Uint8Array(SHORTEST_HOLE);

/** The name under which a file is written until it is whole. */
export function besideName(path: string): string {
  return join(
    dirname(path),
    `.porthole-${crypto.randomUUID().replaceAll("-", "").slice(0, 16)}`,
  );
}

/**
 * Puts a file there whole or not at all: it is written under another name in the same directory, and
 * gets its own at the end. However it ends, the other name is gone then.
 *
 * @param check looks at the new file before anything is written to it.
 * @returns which file it is.
 * @throws what `content` and `check` throw, and what the system does.
 */
export async function placeFile(
  path: string,
  content: AsyncIterable<Uint8Array>,
  attributes: Attributes | (() => Attributes),
  { files, tally, check }: {
    readonly files: LocalFiles;
    readonly tally: Tally;
    readonly check?: (beside: string, file: NewFile) => void;
  },
): Promise<string | undefined> {
  const beside = besideName(path);
  const file = files.create(beside);
  let isOpen = true;
  try {
    check?.(beside, file);
    let length = 0;
    /** The zeros at the end that have not been written: a hole may come in many pieces. */
    let zeros = 0;
    const fill = () => {
      if (zeros >= SHORTEST_HOLE) file.extend(length);
      else if (zeros > 0) file.write(ZEROS.subarray(0, zeros));
      zeros = 0;
    };
    for await (const bytes of content) {
      if (isZero(bytes)) zeros += bytes.length;
      else {
        fill();
        file.write(bytes);
      }
      length += bytes.length;
      tally.onBytes(bytes.length);
    }
    fill();
    setAttributes(
      file,
      typeof attributes === "function" ? attributes() : attributes,
      tally,
    );
    isOpen = false;
    file.close();
    files.rename(beside, path);
  } catch (error) {
    if (isOpen) file.close();
    try {
      files.remove(beside);
    } catch {
      // It has gone with its directory, or never was where we looked.
    }
    throw error;
  }
  tally.onFile();
  return file.identity;
}

function isZero(bytes: Uint8Array): boolean {
  return bytes[0] === 0 &&
    Buffer.compare(bytes.subarray(1), bytes.subarray(0, -1)) === 0;
}

/** What can have attributes: an open file, or the path of a directory. */
type Settable = Pick<NewFile, "setOwner" | "setMode" | "setTime">;

/** Sets them in the order in which none undoes another. */
export function setAttributes(
  place: Settable,
  { mode, mtime, owner }: Attributes,
  tally: Pick<Tally, "onNotice">,
): void {
  let kept = mode;
  if (owner !== undefined) {
    try {
      place.setOwner(owner.uid, owner.gid);
    } catch {
      tally.onNotice("Owners are not kept: that needs the rights of root here");
      kept = mode === undefined ? undefined : mode & ~SPECIAL_BITS;
    }
  } else if (mode !== undefined) kept = mode & ~SPECIAL_BITS;
  if (kept !== undefined) place.setMode(kept);
  if (mtime !== undefined) place.setTime(mtime);
}
