import type { SourceFile } from "../local_files.ts";

const PIECE = 64 * 1024;

/** A file's bytes in pieces that nobody else writes to; the file is closed at their end. */
export function* readPieces(file: SourceFile): Generator<Uint8Array> {
  try {
    for (;;) {
      const piece = new Uint8Array(PIECE);
      const length = file.read(piece);
      if (length === 0) return;
      yield piece.subarray(0, length);
    }
  } finally {
    file.close();
  }
}
