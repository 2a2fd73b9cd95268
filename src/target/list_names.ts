/** How many tasks or services an error names. */
export const NAMED = 10;

/** The first of these names, and how many more there are. */
export function listNames(names: readonly string[]): string {
  return `${names.slice(0, NAMED).join(", ")}${countRest(names.length)}`;
}

/** Of so many: how many are not named. */
export function countRest(count: number): string {
  return count > NAMED ? ` and ${count - NAMED} more` : "";
}
