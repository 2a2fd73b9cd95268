import { escapeControls } from "../quote_value.ts";

/** Renders a value as one line of JSON without its end: nothing in it acts on a terminal. */
export function jsonLine(value: unknown): string {
  // JSON allows DEL, the C1 controls and the marks that turn text around as they are; escaped they
  // are the same value.
  return escapeControls(JSON.stringify(value));
}
