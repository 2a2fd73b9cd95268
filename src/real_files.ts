import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  ftruncateSync,
  futimesSync,
  linkSync,
  lstatSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from "node:fs";
import type { Stats } from "node:fs";
import type { FileFacts, LocalFiles } from "./local_files.ts";

/** The permission bits of a mode, without what kind of file it is. */
const PERMISSIONS = 0o7777;
const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_DIRECTORY = 0o700;

/** Makes the file system of this machine. */
export function createRealFiles(): LocalFiles {
  return {
    look,
    realPath: (path) => Deno.realPathSync(path),
    create(path) {
      const file = openSync(path, "wx", OWNER_ONLY_FILE);
      let at = 0;
      return {
        identity: identify(fstatSync(file)),
        write(bytes) {
          for (let rest = bytes; rest.length > 0;) {
            const written = writeSync(file, rest, 0, rest.length, at);
            rest = rest.subarray(written);
            at += written;
          }
        },
        extend(size) {
          ftruncateSync(file, size);
          at = size;
        },
        setOwner: (uid, gid) => fchownSync(file, uid, gid),
        setMode: (mode) => fchmodSync(file, mode),
        setTime: (mtime) => futimesSync(file, mtime, mtime),
        close: () => closeSync(file),
      };
    },
    open(path) {
      const file = openSync(path, "r");
      return {
        facts: describe(fstatSync(file)),
        read: (buffer) => readSync(file, buffer, 0, buffer.length, null),
        close: () => closeSync(file),
      };
    },
    *list(path) {
      for (const { name } of Deno.readDirSync(path)) yield name;
    },
    makeDirectory: (path) =>
      Deno.mkdirSync(path, { mode: OWNER_ONLY_DIRECTORY }),
    makeLink: (path, target) => Deno.symlinkSync(target, path),
    readLink: (path) => Deno.readLinkSync(path),
    addName: (path, existing) => linkSync(existing, path),
    rename: (from, to) => Deno.renameSync(from, to),
    remove: (path) => Deno.removeSync(path),
    setMode: (path, mode) => Deno.chmodSync(path, mode),
    setOwner: (path, uid, gid) => Deno.chownSync(path, uid, gid),
    setTime: (path, mtime) => Deno.utimeSync(path, mtime, mtime),
  };
}

function look(path: string, links: "follow" | "keep"): FileFacts | undefined {
  try {
    return describe(links === "follow" ? statSync(path) : lstatSync(path));
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return undefined;
    throw error;
  }
}

function describe(stat: Stats): FileFacts {
  return {
    kind: stat.isFile()
      ? "file"
      : stat.isDirectory()
      ? "directory"
      : stat.isSymbolicLink()
      ? "link"
      : "other",
    size: stat.size,
    mode: stat.mode & PERMISSIONS,
    mtime: Math.max(0, Math.floor(stat.mtimeMs / 1_000)),
    uid: stat.uid,
    gid: stat.gid,
    identity: identify(stat),
  };
}

function identify({ dev, ino }: Stats): string | undefined {
  return ino ? `${dev}:${ino}` : undefined;
}
