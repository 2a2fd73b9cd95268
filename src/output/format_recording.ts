/** The head of a recording in asciicast's format, version 2 (docs.asciinema.org, "asciicast v2"). */
export function formatRecordingHead(
  { columns, rows, startedAt, term }: {
    readonly columns: number;
    readonly rows: number;
    readonly startedAt: Date;
    readonly term: string | undefined;
  },
): string {
  const head = {
    version: 2,
    width: columns,
    height: rows,
    timestamp: Math.floor(startedAt.getTime() / 1000),
    ...(term === undefined ? {} : { env: { TERM: term } }),
  };
  return `${JSON.stringify(head)}\n`;
}

/** One event of it: output, input, or a new size as `80x24`. */
export function formatRecordingEvent(
  afterMs: number,
  kind: "o" | "i" | "r",
  data: string,
): string {
  return `${JSON.stringify([afterMs / 1000, kind, data])}\n`;
}
