/**
 * The items whose text a query in fzf's language matches (`web`, `'web`, `^web`, `web$`, `!web`,
 * `a | b`): the best match first, and among equals in their order. Case makes no difference.
 */
export async function matchQuery<T>(
  query: string,
  items: readonly T[],
  textOf: (item: T) => string,
): Promise<readonly T[]> {
  // It builds its tables when it is loaded: that is for those who ask.
  const { extendedMatch, Fzf } = await import("fzf");
  const finder = new Fzf(
    items.map((item, position) => ({ position, text: textOf(item) })),
    {
      selector: ({ text }) => text,
      match: extendedMatch,
      casing: "case-insensitive",
    },
  );
  return finder.find(query).flatMap(({ item }) => items[item.position] ?? []);
}
