import { distance } from "fastest-levenshtein";

/**
 * The name that `word` alone begins, or is most likely a typing error of; undefined when none is near
 * enough, which is a third of the letters. Dashes and capitals do not count, and two letters in each
 * other's place are one error, the commonest.
 */
export function closestName(
  word: string,
  names: readonly string[],
): string | undefined {
  // Long pasted text is not a typing error, and comparing it costs its length squared.
  if (word.length > 100) return undefined;
  const others = names.filter((name) => name !== word);
  const typed = lettersOf(word);
  if (typed === "") return undefined;
  const longer = others.filter((name) => lettersOf(name).startsWith(typed));
  if (/\w{3}$/.test(typed) && longer.length === 1) return longer[0];
  const swapped = swapNeighbors(typed);
  return others
    .map((name) => {
      const letters = lettersOf(name);
      const errors = swapped.includes(letters) ? 1 : distance(typed, letters);
      const allowed = Math.max(typed.length, letters.length) / 3;
      return { name, errors, isNear: errors <= Math.min(3, allowed) };
    })
    .filter(({ isNear }) => isNear)
    .toSorted((a, b) => a.errors - b.errors)[0]?.name;
}

function lettersOf(name: string): string {
  return name.replaceAll("-", "").toLowerCase();
}

function swapNeighbors(word: string): readonly string[] {
  const letters = [...word];
  return letters.slice(1).map((letter, index) =>
    letters.toSpliced(index, 2, letter, letters[index] ?? "").join("")
  );
}
