import { toLine } from "../quote_value.ts";

/** One candidate of the picker. */
export interface Row<T> {
  readonly item: T;
  /** What sets the row apart: an id or a name. */
  readonly name: string;
  /** An id is known by its beginning, or a part of it; a name by any query that matches it. */
  readonly isId: boolean;
  /** In parentheses behind the name. */
  readonly status?: string;
  /** Behind both, the most telling first. */
  readonly details: readonly string[];
}

/** What a query is matched with. Of an id nothing: some id has any few letters, one after the other. */
export function queryText({ isId, name, details }: Row<unknown>): string {
  return isId ? details.join("  ") : name;
}

/** The rows as the picker lists them, numbered from 1, each no wider than the terminal. */
export function renderRows(
  rows: readonly Row<unknown>[],
  { dim, columns = Infinity }: {
    readonly dim?: ((text: string) => string) | undefined;
    readonly columns?: number | undefined;
  },
): string {
  return rows.map((row, index) => {
    const head = cut(toLine(`${index + 1}. ${row.name}`), columns);
    const status = row.status === undefined ? "" : toLine(` (${row.status})`);
    const room = columns - head.length - status.length;
    // A detail that does not fit is left out whole: half a word is of no use.
    if (room < 0) return `${head}\n`;
    const details = dim === undefined
      ? ""
      : fitDetails(row.details.map(toLine), room - 1);
    return `${head}${status}${dim && details ? ` ${dim(details)}` : ""}\n`;
  }).join("");
}

function fitDetails(details: readonly string[], room: number): string {
  let text = "";
  for (const detail of details) {
    const longer = text === "" ? detail : `${text}  ${detail}`;
    if (longer.length > room) break;
    text = longer;
  }
  return text;
}

function cut(text: string, columns: number): string {
  return text.length <= columns
    ? text
    : `${text.slice(0, Math.max(0, columns - 3))}...`;
}
