/** What is remembered at most. */
const MOST_KEYS = 1_000;

/** Lets those who ask for the same within so many milliseconds share one answer; a failure is not kept. */
export function shareFor<T>(
  milliseconds: number,
  now: () => Date,
  ask: (key: string) => Promise<T>,
): (key: string) => Promise<T> {
  const kept = new Map<
    string,
    { readonly at: number; readonly answer: Promise<T> }
  >();
  return (key) => {
    const at = now().getTime();
    const found = kept.get(key);
    if (found !== undefined && at - found.at < milliseconds) {
      return found.answer;
    }
    kept.delete(key);
    // The oldest stand first.
    for (const [name, one] of kept) {
      if (at - one.at < milliseconds && kept.size < MOST_KEYS) break;
      kept.delete(name);
    }
    const answer = ask(key);
    kept.set(key, { at, answer });
    answer.catch(() => {
      if (kept.get(key)?.answer === answer) kept.delete(key);
    });
    return answer;
  };
}
