/** What stands at a path. */
export interface FileFacts {
  readonly kind: "file" | "directory" | "link" | "other";
  readonly size: number;
  /** The permission bits, setuid and its like among them. */
  readonly mode: number;
  /** Seconds since 1970; 0 where the system does not report it. */
  readonly mtime: number;
  readonly uid: number;
  readonly gid: number;
  /** Which file it is: two names with the same one are one file. Undefined where the system has none. */
  readonly identity: string | undefined;
}

/** A new file that is being written. */
export interface NewFile {
  readonly identity: string | undefined;
  /** Writes all of `bytes` before it returns. */
  write(bytes: Uint8Array): void;
  /** Makes the file this long, a hole where nothing was written; writing goes on behind it. */
  extend(size: number): void;
  setOwner(uid: number, gid: number): void;
  setMode(mode: number): void;
  /** Seconds since 1970. */
  setTime(mtime: number): void;
  close(): void;
}

/** A file that is being read. */
export interface SourceFile {
  readonly facts: FileFacts;
  /** The next bytes, into `buffer`; 0 at the end. */
  read(buffer: Uint8Array): number;
  close(): void;
}

/**
 * The file system that files are copied from and to.
 *
 * All of it is synchronous: many small files take a fraction of the time so, and what was looked at has
 * less time to change before it is used. Every function throws as Deno's do.
 */
export interface LocalFiles {
  /** What stands there, links followed or not; undefined where nothing does. */
  look(path: string, links: "follow" | "keep"): FileFacts | undefined;
  /** The path without links in it. */
  realPath(path: string): string;
  /** Opens a file that is not there yet, for its owner's eyes only. */
  create(path: string): NewFile;
  open(path: string): SourceFile;
  /** The names in a directory, in no order; those that are not UTF-8 are missing. */
  list(path: string): Iterable<string>;
  makeDirectory(path: string): void;
  makeLink(path: string, target: string): void;
  readLink(path: string): string;
  /** A second name for a file. */
  addName(path: string, existing: string): void;
  rename(from: string, to: string): void;
  /** Removes a file, a link, or a directory that is empty. */
  remove(path: string): void;
  setMode(path: string, mode: number): void;
  setOwner(path: string, uid: number, gid: number): void;
  setTime(path: string, mtime: number): void;
}
