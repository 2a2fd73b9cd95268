/** How a piece of a line looks. */
export interface TextStyle {
  readonly bold: boolean;
  readonly dim: boolean;
  /** One of the terminal's eight colors, 0 to 7; absent: its own. */
  readonly color?: number;
}

/** A piece of a line in one style. */
export interface Span {
  readonly text: string;
  readonly style: TextStyle;
}

/** A line of the screen, without the blanks at its end. */
export type ScreenLine = readonly Span[];

interface Cell {
  readonly character: string;
  readonly style: TextStyle;
}

const PLAIN: TextStyle = { bold: false, dim: false };

// A control sequence (ECMA-48), an operating system command such as a window's title, or one character.
const TOKEN =
  // deno-lint-ignore no-control-regex
  /\x1b\[([?0-9;]*)([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[^]/gu;

/**
 * Reads what a program has printed on a terminal as the lines that were then to be seen: it knows the
 * carriage return, the backspace, erasing to the end of a line, and styles; other sequences are left out.
 * What is longer than the terminal is wide goes on in the next line.
 */
export function readScreen(
  output: string,
  columns = Infinity,
): readonly ScreenLine[] {
  const lines: Cell[][] = [[]];
  let column = 0;
  let style = PLAIN;
  for (const [token, parameters = "", command] of output.matchAll(TOKEN)) {
    // As a terminal does, only once there is one more character to show.
    if (column >= columns && token >= " ") {
      lines.push([]);
      column = 0;
    }
    const line = lines.at(-1)!;
    if (command === "m") style = applyStyle(style, parameters);
    else if (command === "K") line.length = Math.min(line.length, column);
    else if (token === "\n") lines.push([]);
    else if (token === "\r") column = 0;
    else if (token === "\b") column = Math.max(0, column - 1);
    else if (token >= " ") {
      while (line.length < column) line.push({ character: " ", style: PLAIN });
      line[column++] = { character: token, style };
    }
  }
  return lines.map(joinCells);
}

function applyStyle(style: TextStyle, parameters: string): TextStyle {
  return parameters.split(";").map(Number).reduce<TextStyle>((now, code) => {
    if (code === 0) return PLAIN;
    if (code === 1) return { ...now, bold: true };
    if (code === 2) return { ...now, dim: true };
    if (code === 22) return { ...now, bold: false, dim: false };
    if (code >= 30 && code <= 37) return { ...now, color: code - 30 };
    if (code !== 39) return now;
    const { bold, dim } = now;
    return { bold, dim };
  }, style);
}

function joinCells(cells: readonly Cell[]): ScreenLine {
  const spans: { text: string; style: TextStyle }[] = [];
  for (const { character, style } of cells) {
    const last = spans.at(-1);
    if (last?.style === style) last.text += character;
    else spans.push({ text: character, style });
  }
  const end = spans.at(-1);
  if (end !== undefined) end.text = end.text.trimEnd();
  return spans.filter(({ text }) => text !== "");
}
