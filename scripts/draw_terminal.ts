import type { ScreenLine, Span } from "./read_screen.ts";

/** A terminal to draw. */
export interface TerminalPicture {
  /** What the picture shows, for those who do not see it. */
  readonly description: string;
  readonly columns: number;
  readonly lines: readonly ScreenLine[];
}

// Pixels. A monospaced letter is six tenths as wide as it is high; `textLength` holds each piece to
// its columns where a font is a little wider or narrower.
const FONT_SIZE = 14;
const LETTER_WIDTH = 8.4;
const LINE_HEIGHT = 20;
const MARGIN = 16;
const BAR_HEIGHT = 32;

// The program's own colors are few; each is readable on both backgrounds below.
const STYLE = `
  .window { fill: #f6f8fa; stroke: #d0d7de }
  .button { fill: #d0d7de }
  text { fill: #1f2328; font-size: ${FONT_SIZE}px; font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre }
  .bold { font-weight: bold }
  .dim { fill: #59636e }
  .c1 { fill: #b31d28 } .c2 { fill: #116329 } .c3 { fill: #7d4e00 }
  .c4 { fill: #0550ae } .c5 { fill: #6639ba } .c6 { fill: #1b7c83 }
  @media (prefers-color-scheme: dark) {
    .window { fill: #0d1117; stroke: #3d444d }
    .button { fill: #3d444d }
    text { fill: #e6edf3 }
    .dim { fill: #9198a1 }
    .c1 { fill: #ff7b72 } .c2 { fill: #7ee787 } .c3 { fill: #e3b341 }
    .c4 { fill: #79c0ff } .c5 { fill: #d2a8ff } .c6 { fill: #56d4dd }
  }
`;

/** Draws a terminal as an SVG that follows the reader's light or dark setting and needs no font of its own. */
export function drawTerminal(
  { description, columns, lines }: TerminalPicture,
): string {
  const width = Math.ceil(columns * LETTER_WIDTH + 2 * MARGIN);
  const height = BAR_HEIGHT + lines.length * LINE_HEIGHT + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" xml:space="preserve" role="img" aria-label="${
      escapeText(description)
    }">`,
    `<style>${STYLE}</style>`,
    `<rect class="window" x="0.5" y="0.5" width="${width - 1}" height="${
      height - 1
    }" rx="8"/>`,
    ...[0, 1, 2].map((button) =>
      `<circle class="button" cx="${
        MARGIN + 4 + button * 18
      }" cy="${MARGIN}" r="5"/>`
    ),
    ...lines.flatMap(drawLine),
    "</svg>",
    "",
  ].join("\n");
}

function drawLine(line: ScreenLine, row: number): readonly string[] {
  const y = BAR_HEIGHT + (row + 0.8) * LINE_HEIGHT;
  let column = 0;
  return line.map((span) => {
    const start = column;
    const length = [...span.text].length;
    column += length;
    return `<text x="${round(MARGIN + start * LETTER_WIDTH)}" y="${
      round(y)
    }" textLength="${round(length * LETTER_WIDTH)}"${classOf(span)}>${
      escapeText(span.text)
    }</text>`;
  });
}

function classOf({ style: { bold, dim, color } }: Span): string {
  const names = [
    ...(bold ? ["bold"] : []),
    ...(dim ? ["dim"] : []),
    ...(color === undefined ? [] : [`c${color}`]),
  ];
  return names.length === 0 ? "" : ` class="${names.join(" ")}"`;
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
