/** What is remembered at most. */
const MOST_KEYS = 1_000;

/** What is shared, by its key. */
export interface Shared<T> {
  (key: string): Promise<T>;
  /** A question from now on gets an answer of its own time. */
  forget(key: string): void;
}

/** Lets those who ask for the same within so many milliseconds share one answer; a failure is not kept. */
export function shareFor<T>(
  milliseconds: number,
  now: () => Date,
  ask: (key: string) => Promise<T>,
): Shared<T> {
  const kept = new Map<
    string,
    { readonly at: number; readonly answer: Promise<T> }
  >();
  const share = (key: string) => {
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
  return Object.assign(share, {
    forget: (key: string) => void kept.delete(key),
  });
}
