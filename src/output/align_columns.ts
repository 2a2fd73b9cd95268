import { wrapText } from "./wrap_text.ts";

/** How columns are laid out. */
export interface ColumnLayout {
  /** Blanks before every line; none by default. */
  readonly indent?: number;
  /** Blanks between two columns; two by default. */
  readonly gap?: number;
  /** How wide a line may be; unlimited by default. */
  readonly width?: number;
}

/** What the last column needs beside the others, in characters. */
const LEAST_ROOM = 24;
/** How far the last column stands in where it is below the others. */
const STEP = 6;

/**
 * Lays rows of cells out in columns: each but the last is as wide as its longest cell. The last one is
 * wrapped, and stands below the others where the width leaves no room beside them.
 */
export function alignColumns(
  rows: readonly (readonly [string, ...string[]])[],
  { indent = 0, gap = 2, width = Infinity }: ColumnLayout = {},
): readonly string[] {
  const widths = (rows[0] ?? []).slice(0, -1).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)) + gap
  );
  const room = widths.reduce((left, taken) => left - taken, width - indent);
  const lines = rows.flatMap((row) => {
    const head = widths.map((wide, column) => row[column]!.padEnd(wide))
      .join("");
    const last = row.at(-1)!;
    if (room < LEAST_ROOM) {
      return [
        ...wrapText(head.trimEnd(), width - indent),
        ...wrapText(last, width - indent - STEP)
          .map((line) => " ".repeat(STEP) + line),
      ];
    }
    return wrapText(last, room).map((line, at) =>
      (at === 0 ? head : " ".repeat(head.length)) + line
    );
  });
  return lines.map((line) => (" ".repeat(indent) + line).trimEnd());
}
