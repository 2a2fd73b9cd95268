/** A file in an archive. */
export interface ArchiveFile {
  /** Its path in the archive, with slashes. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly executable: boolean;
}

/** Sorts files by name, byte by byte: the order never depends on the machine. */
export function sortFiles(files: readonly ArchiveFile[]): ArchiveFile[] {
  return files.toSorted((a, b) => a.name < b.name ? -1 : 1);
}
