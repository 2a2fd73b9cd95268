import { toLine } from "../quote_value.ts";
import { alignColumns } from "./align_columns.ts";

/** A value, and in a few words where it came from. */
export interface Sourced {
  readonly value: string;
  readonly source: string;
}

/** What a plan says of streams. */
interface PlannedStreams {
  readonly interactive: boolean;
  readonly stdin: boolean;
  readonly binary: boolean;
  readonly stderr?: "merge" | "split";
  readonly keepAlive?: boolean;
}

/** Lays out what a dry run found; what has no value is left out. */
export function formatRows(
  rows: readonly (readonly [string, string | undefined])[],
): string {
  const present = rows.flatMap(([name, value]) =>
    value === undefined ? [] : [[`${name}:`, value] as const]
  );
  return [
    ...alignColumns(present, { gap: 1 }).map(toLine),
    "Dry run: nothing was started",
    "",
  ].join("\n");
}

/** A value with its source. */
export function describeSourced({ value, source }: Sourced): string {
  return `${value} (${source})`;
}

/** Words as a list; undefined where there are none. */
export function listWords(words: readonly string[]): string | undefined {
  return words.length === 0 ? undefined : words.join(", ");
}

/** How our streams are joined to the session's. */
export function describeStreams(
  { interactive, stdin, binary, stderr, keepAlive }: PlannedStreams,
): string {
  const kept = keepAlive ? ["kept alive"] : [];
  return (interactive ? ["interactive", ...kept] : [
    "not interactive",
    `stdin is ${stdin ? "sent" : "not read"}`,
    binary ? "output is byte-exact" : "output is text",
    ...(stderr === "split" ? ["stderr is separate"] : []),
    ...kept,
  ]).join(", ");
}

/** How long a session may take. */
export function describeLimit(
  { timeout, interactive }: {
    readonly timeout: Sourced;
    readonly interactive: boolean;
  },
): string {
  return `${describeSourced(timeout)}, until the ${
    interactive ? "session is open" : "command ends"
  }`;
}
