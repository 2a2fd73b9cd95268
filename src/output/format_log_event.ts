import type { LogEvent } from "../access/access.ts";
import { escapeControls } from "../quote_value.ts";
import { jsonLine } from "./json_line.ts";

/** What may stand in a line that is shown on a terminal: text and tabs. */
const COLOR = new RegExp("(\x1b\\[[\\d;:]*m)");

/**
 * One event as lines, each behind the prefix. On a terminal whatever could move the cursor or change a
 * mode becomes an escape, but for colors, which end with the line; elsewhere it is as the container wrote it.
 */
export function formatLogEvent(
  { message }: Pick<LogEvent, "message">,
  { prefix, isTerminal }: {
    readonly prefix: string;
    readonly isTerminal: boolean;
  },
): string {
  return message.replace(/\r?\n$/, "").split(/\r?\n/)
    .map((line) => `${prefix}${isTerminal ? tameLine(line) : line}\n`)
    .join("");
}

function tameLine(line: string): string {
  const parts = line.split(COLOR);
  const text = parts.map((part, at) =>
    // Every second part is a color.
    at % 2 === 1 ? part : part.split("\t").map(escapeControls).join("\t")
  ).join("");
  return parts.length > 1 ? `${text}\x1b[0m` : text;
}

/** One event as a JSON object on its line. */
export function formatLogObject(
  event: LogEvent,
  { taskId, container, group }: {
    readonly taskId: string;
    readonly container: string;
    readonly group: string;
  },
): string {
  const object = {
    time: new Date(event.at).toISOString(),
    task: taskId,
    container,
    message: event.message,
    log_group: group,
    log_stream: event.stream,
    ingested_at: new Date(event.ingestedAt).toISOString(),
    event_id: event.id,
  };
  return `${jsonLine(object)}\n`;
}
