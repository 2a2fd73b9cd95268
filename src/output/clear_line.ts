/** Takes a terminal's cursor to the line's beginning and clears the line. */
export const CLEAR_LINE = "\r\x1b[K";
