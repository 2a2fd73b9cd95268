/** Of 100 names each: AWS's quotas allow for a tenth of it. */
const MOST_PAGES = 1_000;
/** For all pages of a list together. */
const LIST_MS = 5 * 60_000;
/** Describing calls in flight; AWS pages its lists by token, so that only these can run side by side. */
const CONCURRENT = 8;

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[] | undefined;
  readonly nextToken: string | undefined;
}

/**
 * Reads a list page by page.
 *
 * @throws Error for a list without an end.
 */
export async function* readPages<T>(
  readPage: (
    nextToken: { readonly nextToken?: string },
  ) => Promise<Page<T>>,
): AsyncGenerator<readonly T[]> {
  const start = performance.now();
  const tokens = new Set<string>();
  let nextToken: string | undefined;
  for (let count = 0; count < MOST_PAGES; count++) {
    const page = await readPage(nextToken === undefined ? {} : { nextToken });
    const { items } = page;
    // AWS gives an empty list where there is nothing: an answer without one is another's.
    if (items === undefined) throw new Error("AWS's answer holds no list");
    if (items.some((item) => typeof item !== "string")) {
      throw new Error("AWS's list holds something that is not a name");
    }
    yield items;
    nextToken = page.nextToken;
    if (!nextToken) return;
    if (tokens.has(nextToken)) {
      throw new Error("AWS's list has no end: it names the same page twice");
    }
    tokens.add(nextToken);
    if (performance.now() - start > LIST_MS) {
      throw new Error(`AWS's list did not end within ${LIST_MS / 60_000} min`);
    }
  }
  throw new Error(`AWS's list has no end: ${MOST_PAGES} pages were read`);
}

/** Describes things in batches of a size, a few at a time. */
export async function describeBatches<T>(
  names: readonly string[],
  size: number,
  describe: (batch: string[]) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  return (await describePages([names], size, describe)).described;
}

/** Describes what a list holds, a few batches at a time, while the next page of the list is read. */
export async function describePages<T>(
  pages: Iterable<readonly string[]> | AsyncIterable<readonly string[]>,
  size: number,
  describe: (batch: string[]) => Promise<readonly T[]>,
): Promise<{ readonly listed: number; readonly described: readonly T[] }> {
  let listed = 0;
  const batches: Promise<readonly T[]>[] = [];
  // One that has failed stays, and ends the wait for the others.
  const inFlight = new Set<Promise<readonly T[]>>();
  for await (const page of pages) {
    listed += page.length;
    for (let at = 0; at < page.length; at += size) {
      await Promise.race([
        ...inFlight,
        ...inFlight.size < CONCURRENT ? [undefined] : [],
      ]);
      const batch = describe(page.slice(at, at + size));
      batches.push(batch);
      inFlight.add(batch);
      batch.then(() => inFlight.delete(batch), () => {});
    }
  }
  return { listed, described: (await Promise.all(batches)).flat() };
}
