import { messageOf } from "../errors.ts";

/** What the system's error codes mean to the one who copies. */
const MEANINGS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or directory",
  EACCES: "permission denied",
  EPERM: "the operation is not permitted",
  EEXIST: "the file exists",
  ENOTDIR: "a part of the path is not a directory",
  EISDIR: "it is a directory",
  ENOTEMPTY: "the directory is not empty",
  ENOSPC: "no space is left on the device",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file is too large for this file system",
  EROFS: "the file system is read-only",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "too many links",
  EMFILE: "too many files are open",
  EIO: "the device reports an error",
  EILSEQ: "the file system does not accept the name",
};

/** Says in a few words why a file could not be read or written. */
export function tellFailure(error: unknown): string {
  const code = codeOf(error);
  return code !== undefined && Object.hasOwn(MEANINGS, code)
    ? MEANINGS[code]!
    : messageOf(error);
}

/** Whether the system itself says why; all else is a mistake of ours. */
export function isSystemFailure(error: unknown): boolean {
  return codeOf(error) !== undefined;
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === "string" && /^E[A-Z0-9]+$/.test(code)
    ? code
    : undefined;
}
