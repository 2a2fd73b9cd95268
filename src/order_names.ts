/** Orders things by their names: "web-2" comes before "web-10". */
export function orderNames<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
): readonly T[] {
  if (items.length < 2) return items;
  // Made when needed: it takes 10 ms.
  const { compare } = new Intl.Collator("en", { numeric: true });
  return items.toSorted((a, b) => compare(nameOf(a), nameOf(b)));
}
