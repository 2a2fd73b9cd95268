import { toLine } from "../quote_value.ts";

/** Breaks a text into lines of a width, between words where that can be. */
export function wrapText(text: string, width: number): readonly string[] {
  if (text.length <= width) return [text];
  const lines: string[] = [];
  let line = "";
  for (let word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = "";
    }
    line = line === "" ? word : `${line} ${word}`;
    // Ids and ARNs can be longer than a narrow terminal.
    while (line.length > width && width > 0) {
      lines.push(line.slice(0, width));
      word = line.slice(width);
      line = word;
    }
  }
  return [...lines, line];
}

/**
 * Puts a heading before a text, and what of the text needs more lines below itself. The text may come
 * from outside: it is made fit for lines here.
 */
export function hangText(
  heading: string,
  text: string,
  width: number,
): readonly string[] {
  return wrapText(toLine(text), Math.max(20, width - heading.length)).map(
    (line, index) =>
      (index === 0 ? heading : " ".repeat(heading.length)) + line,
  );
}
