/**
 * The named fields of a record as `-o json` prints them: in this order, keys in snake_case, and null for what is not
 * known. Null for no record.
 */
export function describeFields<T extends object>(
  record: T | undefined,
  ...names: readonly (keyof T & string)[]
): Readonly<Record<string, unknown>> | null {
  if (record === undefined) return null;
  return Object.fromEntries(names.map((name) => [
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    record[name] ?? null,
  ]));
}
