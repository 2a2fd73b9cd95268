import { present } from "../present.ts";
import { jsonLine } from "./json_line.ts";
import { shortenValue, toLine } from "../quote_value.ts";

/** How serious a log line is. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** One line of the log. */
export interface LogLine {
  readonly time: Date;
  readonly level: LogLevel;
  /** `<service>/<cluster>`; absent for what concerns no service. */
  readonly prefix?: string | undefined;
  readonly text: string;
}

/** Renders a line as ecspresso documents it, in local time: `2023/01/01 12:00:00 [info] web/default Text`. */
export function formatLogLine(line: LogLine, format: "text" | "json"): string {
  if (format === "json") {
    return jsonLine({
      time: line.time.toISOString(),
      level: line.level,
      ...present({ prefix: line.prefix }),
      message: line.text,
    });
  }
  const words = [
    formatTime(line.time),
    `[${line.level}]`,
    line.prefix?.split("/").map(shortenValue).join("/"),
    line.text,
  ];
  return toLine(words.filter((word) => word !== undefined).join(" "));
}

function formatTime(time: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${time.getFullYear()}/${two(time.getMonth() + 1)}/${
    two(time.getDate())
  } ` +
    `${two(time.getHours())}:${two(time.getMinutes())}:${
      two(time.getSeconds())
    }`;
}
