/** So much of a value says which one it is: what was pasted by mistake would bury what is wrong with it. */
const LONGEST_VALUE = 100;

/** Puts a value into an error text: its first 100 characters, with nothing in it that could move the cursor. */
export function quoteValue(value: string): string {
  return quotePath(shortenValue(value));
}

/** A value as it is echoed: what is longer than 100 characters ends there. */
export function shortenValue(value: string): string {
  const characters = [...value.slice(0, 2 * LONGEST_VALUE + 2)];
  return characters.length > LONGEST_VALUE
    ? `${characters.slice(0, LONGEST_VALUE).join("")}…`
    : value;
}

/** The same for the name of a file, whose end says most. */
export function quotePath(path: string): string {
  // JSON leaves DEL, the C1 controls and the marks that turn text around as they are.
  return escapeControls(JSON.stringify(path));
}

/** Far more than a line of ours ever needs; what is outside can make texts as long as it likes. */
const LONGEST_LINE = 4000;

/**
 * Makes a text fit for one line of porthole's own, wherever the text comes from: escaped, and cut
 * where it is longer than 4000 characters. Every line for people goes through here once, as it is made.
 */
export function toLine(text: string): string {
  // Cut first: what is escaped gets longer.
  const cut = text.length > LONGEST_LINE
    ? `${text.slice(0, LONGEST_LINE)}…`
    : text;
  return escapeControls(cut);
}

/**
 * Keeps a text on its one line: what could move the cursor, end the line, turn text around or is half
 * a character becomes an escape, as JSON writes it.
 */
export function escapeControls(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu,
    (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
