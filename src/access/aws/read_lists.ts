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
 * Reads all pages of a list.
 *
 * @throws Error for a list without an end.
 */
export async function collectPages<T>(
  readPage: (
    nextToken: { readonly nextToken?: string },
  ) => Promise<Page<T>>,
): Promise<readonly T[]> {
  const start = performance.now();
  const pages: (readonly T[])[] = [];
  const tokens = new Set<string>();
  let nextToken: string | undefined;
  do {
    const page = await readPage(nextToken === undefined ? {} : { nextToken });
    const { items = [] } = page;
    if (items.some((item) => typeof item !== "string")) {
      throw new Error("AWS's list holds something that is not a name");
    }
    pages.push(items);
    nextToken = page.nextToken;
    if (!nextToken) return pages.flat();
    if (tokens.has(nextToken)) {
      throw new Error("AWS's list has no end: it names the same page twice");
    }
    tokens.add(nextToken);
    if (performance.now() - start > LIST_MS) {
      throw new Error(`AWS's list did not end within ${LIST_MS / 60_000} min`);
    }
  } while (pages.length < MOST_PAGES);
  throw new Error(`AWS's list has no end: ${MOST_PAGES} pages were read`);
}

/** Describes things in batches of a size, a few at a time. */
export async function describeBatches<T>(
  names: readonly string[],
  size: number,
  describe: (batch: string[]) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const batches = Array.from(
    { length: Math.ceil(names.length / size) },
    (_, index) => names.slice(index * size, (index + 1) * size),
  );
  return (await mapConcurrently(batches, CONCURRENT, describe)).flat();
}

async function mapConcurrently<T, R>(
  items: readonly T[],
  limit: number,
  map: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  const work = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await map(items[index] as T);
    }
  };
  await Promise.all(
    Array.from({ length: Math.min(limit, items.length) }, work),
  );
  return results;
}
