import { matchQuery } from "../prompt/match_query.ts";
import { quoteValue } from "../quote_value.ts";
import { queryText, type Row } from "./row.ts";

/** What a line typed at the picker means. */
export type Answer<T> =
  | { readonly kind: "row"; readonly row: Row<T> }
  /** Fewer rows than there were, but some. */
  | { readonly kind: "narrow"; readonly rows: readonly Row<T>[] }
  | { readonly kind: "empty" }
  /** It chooses nothing, for this reason. */
  | { readonly kind: "again"; readonly because: string };

/**
 * Reads an answer against the rows on the screen: a number in range, else a whole name, else the
 * start of an id, else a part of one or a query in fzf's language. What chooses nothing asks again.
 */
export async function interpretAnswer<T>(
  answer: string,
  rows: readonly Row<T>[],
): Promise<Answer<T>> {
  const text = answer.trim();
  if (text === "") return { kind: "empty" };
  const isNumber = /^\d+$/.test(text);
  const chosen = (isNumber ? rows[Number(text) - 1] : undefined) ??
    rows.find(({ name }) => name === text);
  if (chosen !== undefined) return { kind: "row", row: chosen };

  const byId = rows.filter(({ isId, name }) => isId && startsWith(name, text));
  // A number out of range is a slip, and must not choose a row that happens to hold its digits.
  const matches = byId.length > 0 || isNumber
    ? byId
    : await matchRows(text, rows);
  const [only] = matches;
  if (only === undefined) {
    return {
      kind: "again",
      because: isNumber
        ? `${quoteValue(text)} is not one of 1-${rows.length}`
        : `Nothing matches ${quoteValue(text)}`,
    };
  }
  // A row in which the letters merely are somewhere may be another one than was meant: it is shown.
  const isMeant = byId.length > 0 || holds(only, text);
  if (matches.length === 1 && isMeant) return { kind: "row", row: only };
  return matches.length === rows.length
    ? { kind: "again", because: `${quoteValue(text)} matches every row` }
    : { kind: "narrow", rows: matches };
}

/** Those that a query matches, the best first, then those whose id has the text in it. */
async function matchRows<T>(
  text: string,
  rows: readonly Row<T>[],
): Promise<readonly Row<T>[]> {
  const matched = await matchQuery(text, rows, queryText);
  const inId = rows.filter((row) => row.isId && includes(row.name, text));
  return [...new Set([...matched, ...inId])];
}

function holds(row: Row<unknown>, text: string): boolean {
  return includes(queryText(row), text) || includes(row.name, text);
}

function startsWith(name: string, text: string): boolean {
  return name.toLowerCase().startsWith(text.toLowerCase());
}

function includes(text: string, part: string): boolean {
  return text.toLowerCase().includes(part.toLowerCase());
}
