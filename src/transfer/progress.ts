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
      : [`${formatSeconds((total - bytes) / rate)} left`]),
  ].join(", ");
}

const UNITS = ["KiB", "MiB", "GiB", "TiB"] as const;

/** A number of bytes, as people read it. */
export function formatSize(bytes: number): string {
  if (bytes < 1024) return `${Math.floor(bytes)} B`;
  let value = bytes;
  let unit = -1;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(1)} ${UNITS[unit]}`;
}

function formatSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes === 0) return `${whole}s`;
  if (minutes < 60) return `${minutes}m${whole % 60}s`;
  return `${Math.floor(minutes / 60)}h${minutes % 60}m`;
}
