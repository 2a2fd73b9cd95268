/** Puts a value into an error text, with nothing in it that could move the cursor. */
export function quoteValue(value: string): string {
  // JSON leaves DEL, the C1 controls and the marks that turn text around as they are.
  return escapeControls(JSON.stringify(value));
}

/** Keeps a text on its one line: what could move the cursor or turn text around becomes an escape. */
export function escapeControls(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Bidi_Control}]/gu,
    (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
