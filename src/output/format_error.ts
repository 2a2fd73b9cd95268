import { present } from "../present.ts";
import type { PortholeError } from "../errors.ts";

/** Renders an error as a user reads it: the sentence, then hint and link where there are some. */
export function formatError(error: PortholeError): string {
  return [
    `error: ${error.message}`,
    ...(error.hint === undefined
      ? []
      : error.hint.split("\n").map((line) => `hint: ${line}`)),
    ...(error.link === undefined ? [] : [`see: ${error.link}`]),
  ].join("\n");
}

/** Renders an error as one line of JSON. */
export function formatErrorJson(error: PortholeError): string {
  return JSON.stringify({ level: "error", error: errorModel(error) });
}

/** The object that `-o json` prints of a verb that has nothing else to show. */
export function formatErrorObject(error: PortholeError): string {
  return `${JSON.stringify({ error: errorModel(error) })}\n`;
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
