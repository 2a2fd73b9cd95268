import type { Deps } from "./deps.ts";

/** What `work` comes to; undefined when that takes longer than so many milliseconds. */
export async function within<T>(
  milliseconds: number,
  work: Promise<T>,
  { sleep }: Pick<Deps, "sleep">,
): Promise<T | undefined> {
  const over = new AbortController();
  try {
    return await Promise.race([
      work,
      sleep(milliseconds, over.signal).then(() => undefined),
    ]);
  } finally {
    over.abort();
  }
}

/** Whether `event` comes, or fails, within so many milliseconds. */
export async function comesWithin(
  milliseconds: number,
  event: Promise<unknown>,
  deps: Pick<Deps, "sleep">,
): Promise<boolean> {
  const came = event.then(() => true, () => true);
  return await within(milliseconds, came, deps) ?? false;
}
