import { closest, distance } from "fastest-levenshtein";

/**
 * The name that `word` alone begins, or is most likely a typing error of; undefined when none is near enough.
 * Two letters in each other's place are one error, the commonest.
 */
export function closestName(
  word: string,
  names: readonly string[],
): string | undefined {
  // Long pasted text is no typing error, and comparing it costs its length squared.
  if (names.length === 0 || word.length > 100) return undefined;
  const longer = names.filter((name) => name.startsWith(word));
  if (/\w{3}$/.test(word) && longer.length === 1) return longer[0];
  const swapped = swapNeighbours(word);
  const best = names.find((name) => swapped.includes(name)) ??
    closest(word, [...names]);
  const errors = swapped.includes(best) ? 1 : distance(word, best);
  const allowed = word.length <= 3 ? 1 : word.length <= 5 ? 2 : 3;
  return errors <= allowed ? best : undefined;
}

function swapNeighbours(word: string): readonly string[] {
  const letters = [...word];
  return letters.slice(1).map((letter, index) =>
    letters.toSpliced(index, 2, letter, letters[index] ?? "").join("")
  );
}
