/** A block of a tar archive: every header is one, and every content is filled up to whole ones. */
export const BLOCK = 512;

/** What an entry of a tar archive is. */
export type EntryKind =
  | "file"
  | "directory"
  | "link"
  /** One more name of a file that came before. */
  | "hard_link"
  | "device"
  | "fifo"
  /** What we do not know how to unpack, a sparse file of an old kind for example. */
  | "unknown";

/** An entry of a tar archive, without its content. */
export interface TarEntry {
  /** As it stands there: nothing about it has been checked. */
  readonly name: string;
  readonly kind: EntryKind;
  /** How many bytes of content follow. */
  readonly size: number;
  /** The permission bits, setuid and its like among them. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** What a link points to; empty for all else. */
  readonly target: string;
  /** False where name or target are not UTF-8: they are then not what they were. */
  readonly isText: boolean;
}
