import prettyBytes from "pretty-bytes";
import { formatDuration } from "../duration.ts";

/** How far a transfer is. */
export interface Progress {
  /** Bytes of files by now. */
  readonly bytes: number;
  /** All of them, where that is known. */
  readonly total: number | undefined;
  /** Since the first byte. */
  readonly elapsedMs: number;
}

/** Describes it in a few words: bytes, share, rate and the time that is left, as far as they are known. */
export function describeProgress(
  { bytes, total, elapsedMs }: Progress,
): string {
  const rate = elapsedMs < 500 ? undefined : bytes / elapsedMs * 1_000;
  const isKnown = total !== undefined && total > 0 && bytes <= total;
  return [
    isKnown
      ? `${formatSize(bytes)} of ${formatSize(total)} (${
        Math.floor(bytes / total * 100)
      }%)`
      : formatSize(bytes),
    ...(rate === undefined ? [] : [`${formatSize(rate)}/s`]),
    ...(rate === undefined || rate === 0 || !isKnown
      ? []
      : [`${formatDuration(Math.ceil((total - bytes) / rate) * 1_000)} left`]),
  ].join(", ");
}

/** A number of bytes, as people read it: "512 B", "1.5 MiB". */
export function formatSize(bytes: number): string {
  return prettyBytes(Math.floor(bytes), {
    binary: true,
    ...(bytes >= 1_024 &&
      { minimumFractionDigits: 1, maximumFractionDigits: 1 }),
  });
}
