import { hangText } from "./wrap_text.ts";
import { toLine } from "../quote_value.ts";

/** What a table is rendered for. */
export interface TableView {
  readonly now: Date;
  /** Of the terminal; absent where there is none, and nothing is cut. */
  readonly width?: number | undefined;
  /** Where there are colours. */
  readonly dim?: ((text: string) => string) | undefined;
}

/** A column of a table, and what becomes of it where there is little room. */
export interface Column {
  readonly title: string;
  /** From 0: the column with the highest number is the first to be left out. */
  readonly rank: number;
  /** Its cells may be cut down to so many characters; without it they stay whole. */
  readonly least?: number;
}

/** A row of a table. */
export interface TableRow {
  /** One for each column. */
  readonly cells: readonly string[];
  /** What goes below the row where the last column, which shows it too, has been left out. */
  readonly below?: string | undefined;
}

/** A table as data. */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly TableRow[];
}

const GAP = "  ";
const BELOW = "    ";

/** How wide a table is with all of its columns. */
export function measureTable(table: Table): number {
  return totalWidth(measureColumns(escapeTable(table)));
}

/** What goes into a cell comes from outside: it is made fit for a line here, and only here. */
function escapeTable({ columns, rows }: Table): Table {
  return {
    columns,
    rows: rows.map(({ cells, below }) => ({ cells: cells.map(toLine), below })),
  };
}

/**
 * Renders a table under its titles, no wider than `width`: columns are left out whole, by their rank,
 * until the rest fits; half a word is of no use. Ends with a line break.
 */
export function renderTable(
  asked: Table,
  { width = Infinity, dim = (text) => text }: {
    readonly width?: number | undefined;
    /** For the titles, which stand back where there are colours. */
    readonly dim?: ((text: string) => string) | undefined;
  } = {},
): string {
  const table = escapeTable(asked);
  const widths = fitColumns(table, width);
  const line = (cells: readonly string[]) =>
    cells.flatMap((cell, index) => {
      const room = widths[index];
      return room === undefined ? [] : [cutText(cell, room).padEnd(room)];
    }).join(GAP).trimEnd();
  const tellsAll = widths.at(-1) !== undefined;
  return [
    dim(line(table.columns.map(({ title }) => title))),
    ...table.rows.flatMap(({ cells, below }) => [
      line(cells),
      ...(tellsAll || below === undefined ? [] : hangText(BELOW, below, width)),
    ]),
    "",
  ].join("\n");
}

/** Cuts a text to a width, and shows that it was cut. */
export function cutText(text: string, width: number): string {
  if (text.length <= width) return text;
  return width <= 3
    ? text.slice(0, Math.max(0, width))
    : `${text.slice(0, width - 3).trimEnd()}...`;
}

/** The width of each column; undefined for one that is left out. */
function fitColumns(
  table: Table,
  width: number,
): readonly (number | undefined)[] {
  const whole = measureColumns(table);
  const shown: (number | undefined)[] = [...whole];
  const byRank = table.columns.map(({ rank, least }, index) => ({
    rank,
    least: least ?? Infinity,
    index,
  })).sort((a, b) => b.rank - a.rank);
  for (const { rank, least, index } of byRank) {
    const surplus = totalWidth(shown) - width;
    if (surplus <= 0) break;
    const cut = (whole[index] ?? 0) - surplus;
    // One is left, however narrow.
    shown[index] = cut >= least || rank === byRank.at(-1)?.rank
      ? cut
      : undefined;
  }
  return shown;
}

function measureColumns({ columns, rows }: Table): readonly number[] {
  return columns.map(({ title }, index) =>
    rows.reduce(
      (widest, { cells }) => Math.max(widest, cells[index]?.length ?? 0),
      title.length,
    )
  );
}

function totalWidth(widths: readonly (number | undefined)[]): number {
  const shown = widths.filter((width) => width !== undefined);
  return shown.reduce((sum, width) => sum + width, 0) +
    GAP.length * Math.max(0, shown.length - 1);
}
