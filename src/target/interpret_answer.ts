import type { Task } from "../access/access.ts";

/** One line of the picker. */
export interface TaskRow {
  readonly task: Task;
  /** What stands behind the documented part; text narrows by it too. */
  readonly details: string;
}

/** What a line typed at the picker means. */
export type Answer =
  | { readonly kind: "row"; readonly row: TaskRow }
  /** At least two rows, and fewer than there were. */
  | { readonly kind: "narrow"; readonly rows: readonly TaskRow[] }
  | { readonly kind: "empty" }
  | { readonly kind: "again" };

/**
 * Reads an answer against the rows on the screen: a number in range, else the start of an id,
 * else text found in some rows. What leaves one row is that row; what tells nothing asks again.
 */
export function interpretAnswer(
  answer: string,
  rows: readonly TaskRow[],
): Answer {
  const text = answer.trim().toLowerCase();
  if (text === "") return { kind: "empty" };
  const isNumber = /^\d+$/.test(text);
  if (isNumber) {
    const row = rows[Number(text) - 1];
    if (row !== undefined) return { kind: "row", row };
  }
  const byId = rows.filter(({ task }) =>
    task.id.toLowerCase().startsWith(text)
  );
  // A number out of range is a slip, and must not choose a task that happens to hold its digits.
  const matches = byId.length > 0 || isNumber
    ? byId
    : rows.filter((row) => searchText(row).includes(text));
  const [only] = matches;
  if (only === undefined || matches.length === rows.length) {
    return { kind: "again" };
  }
  return matches.length === 1
    ? { kind: "row", row: only }
    : { kind: "narrow", rows: matches };
}

function searchText({ task, details }: TaskRow): string {
  return `${task.id} ${details}`.toLowerCase();
}
