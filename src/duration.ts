/** Nanoseconds in each unit of a Go duration; both spellings of micro are Go's. */
const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  "µs": 1_000n,
  "μs": 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** Go counts in an int64: about 292 years. */
const LONGEST_NS = 2n ** 63n - 1n;

const SHAPE = /^([+-]?)((?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;
const PART = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/g;

/**
 * Reads a duration as Go writes it ("5m", "1h30m", "1.5h", "0") into milliseconds; anything else is undefined.
 *
 * The sign is kept: callers that want no negative duration say so in their own words.
 */
export function parseDuration(text: string): number | undefined {
  if (/^[+-]?0$/.test(text)) return 0;
  const [, sign, parts] = SHAPE.exec(text) ?? [];
  if (parts === undefined) return undefined;
  let total = 0n;
  for (const [, whole = "", fraction = "", unit = ""] of parts.matchAll(PART)) {
    // Beyond these digits lies nothing that is left in nanoseconds, or nothing that fits.
    if (whole.replace(/^0+/, "").length > 20) return undefined;
    const digits = fraction.slice(0, 20);
    total += BigInt(whole) * UNITS[unit]!;
    total += BigInt(digits) * UNITS[unit]! / 10n ** BigInt(digits.length);
  }
  if (total > LONGEST_NS) return undefined;
  const ms = Number(total / 1_000_000n) + Number(total % 1_000_000n) / 1e6;
  return sign === "-" && ms !== 0 ? -ms : ms;
}

/** Writes milliseconds as the shortest Go duration: "10m", "1h30m", "1.5s", "300ms", "0". */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms === 0) return "0";
  if (ms < 1_000) return `${decimal(ms, 6)}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const seconds = decimal((ms % 60_000) / 1_000, 9);
  return [
    hours > 0 ? `${hours}h` : "",
    minutes > 0 ? `${minutes}m` : "",
    seconds !== "0" ? `${seconds}s` : "",
  ].join("");
}

/** Drops the zeros that a fixed number of digits leaves at the end. */
function decimal(value: number, digits: number): string {
  return value.toFixed(digits).replace(/\.?0+$/, "");
}

/** How long something has lasted, in its largest unit: "12s", "5m", "47h", "3d". */
export function describeAge(since: Date, now: Date): string {
  const seconds = Math.max(
    0,
    Math.floor((now.getTime() - since.getTime()) / 1000),
  );
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}
