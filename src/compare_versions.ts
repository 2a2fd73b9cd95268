/**
 * Negative, 0 or positive, as a version is older than another, the same, or newer; the other one's
 * numbers are all that count, so that 1.2.3.4 is the same as 1.2.3.
 */
export function compareVersions(version: string, other: string): number {
  const parts = numbersOf(version);
  for (const [at, number] of numbersOf(other).entries()) {
    const difference = (parts[at] ?? 0) - number;
    if (difference !== 0) return difference;
  }
  return 0;
}

function numbersOf(version: string): readonly number[] {
  return version.match(/\d+/g)?.map(Number) ?? [];
}
