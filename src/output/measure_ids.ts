/** How many characters of an id are shown where it is shortened, if they set it apart. */
export const SHORT_ID = 12;
/** A UUID's. */
const LONGEST_ID = 36;

/** How many characters of the tasks' ids set them apart. */
export function measureIds(
  tasks: readonly { readonly id: string }[],
): number {
  let length = SHORT_ID;
  while (
    length < LONGEST_ID &&
    new Set(tasks.map(({ id }) => id.slice(0, length))).size < tasks.length
  ) length++;
  return length;
}
