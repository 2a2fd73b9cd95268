/** How many look-ups may come at once before the rate counts: those of a few commands that start together. */
const BURST_SECONDS = 4;

/** Counts look-ups by user; the returned function tells whether one more is within the limit. */
export function limitRate(
  perSecond: number,
  now: () => Date,
): (user: string) => boolean {
  const buckets = new Map<string, { left: number; at: number }>();
  const most = perSecond * BURST_SECONDS;
  return (user) => {
    const at = now().getTime();
    const before = buckets.get(user) ?? { left: most, at };
    const left = Math.min(
      most,
      before.left + Math.max(0, at - before.at) / 1_000 * perSecond,
    );
    buckets.set(user, { left: left < 1 ? left : left - 1, at });
    return left >= 1;
  };
}
