import { parseDuration } from "./duration.ts";

/** RFC 3339, the offset included: without one the time zone is unknown. */
const TIME =
  /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2})$/;

/** A point in time, as typed: so long ago, or a date. */
export type LogTime =
  | { readonly kind: "ago"; readonly ms: number }
  | { readonly kind: "at"; readonly ms: number };

/** Reads `10m` or `2026-11-28T12:00:00Z`; undefined for anything else. */
export function parseLogTime(text: string): LogTime | undefined {
  const ago = parseDuration(text);
  if (ago !== undefined && ago >= 0) return { kind: "ago", ms: ago };
  if (!TIME.test(text)) return undefined;
  const ms = Date.parse(text.replace(" ", "T").toUpperCase());
  return Number.isNaN(ms) ? undefined : { kind: "at", ms };
}

/** The time in milliseconds since 1970. */
export function resolveLogTime(time: LogTime, now: number): number {
  return Math.max(0, Math.floor(time.kind === "ago" ? now - time.ms : time.ms));
}
