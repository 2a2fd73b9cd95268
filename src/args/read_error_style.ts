import type { LogFormat, OutputFormat } from "../choices.ts";
import type { Words } from "./read_words.ts";

/** How a failure is reported. */
export interface ErrorStyle {
  readonly logFormat: LogFormat;
  readonly output: OutputFormat;
  readonly debug: boolean;
}

/** How the failure to understand a command line is reported: by the flags that stand anywhere in it. */
export function readErrorStyle(
  { mentioned }: Words,
  env: (name: string) => string | undefined,
): ErrorStyle {
  const last = (name: "log-format" | "output") => mentioned.get(name)?.at(-1);
  return {
    logFormat: (last("log-format") ?? env("PORTHOLE_LOG_FORMAT")) === "json"
      ? "json"
      : "text",
    output: last("output") === "json" ? "json" : "text",
    debug: false,
  };
}
