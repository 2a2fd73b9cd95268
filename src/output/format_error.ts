import { present } from "../present.ts";
import type { PortholeError } from "../errors.ts";
import { jsonLine } from "./json_line.ts";
import { toLine } from "../quote_value.ts";

/** Renders an error as a user reads it: the sentence, then hint and link where there are some. */
export function formatError(error: PortholeError): string {
  return [
    `error: ${error.message}`,
    ...error.hints.map((hint) => `hint: ${hint}`),
    ...(error.link === undefined ? [] : [`see: ${error.link}`]),
  ].map(toLine).join("\n");
}

/** Renders where an error was thrown, without its sentence, which has been printed. */
export function formatFrames({ message, stack = "" }: Error): string {
  const start = Math.max(0, stack.indexOf(message)) + message.length;
  return stack.slice(start).split("\n").filter((line) => line !== "")
    .map((line) => `${toLine(line)}\n`).join("");
}

/** Renders an error as one line of JSON, as a line of the log is. */
export function formatErrorJson(error: PortholeError, time: Date): string {
  return jsonLine({
    time: time.toISOString(),
    level: "error",
    error: errorModel(error),
  });
}

/** The object that `-o json` prints of a verb that has nothing else to show. */
export function formatErrorObject(error: PortholeError): string {
  return `${jsonLine({ error: errorModel(error) })}\n`;
}

/** The error as data: `code` is stable, the rest is for people. */
export function errorModel(error: PortholeError): {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly link?: string;
} {
  return present({
    code: error.code,
    message: error.message,
    hint: error.hint,
    link: error.link,
  });
}
