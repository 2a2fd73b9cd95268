/** A source of numbers in [0, 1) that a seed determines. */
export type Random = () => number;

/** Makes a source of numbers from a seed and a name, so that each use has its own. */
export function seedRandom(seed: number, name: string): Random {
  let state = seed >>> 0;
  for (const character of name) {
    state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193) >>>
      0;
  }
  // A linear step and an avalanche: enough for faults and made-up ids.
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 0x1_0000_0000;
  };
}

/** Draws so many characters of an alphabet. */
export function drawText(
  random: Random,
  alphabet: string,
  length: number,
): string {
  return Array.from(
    { length },
    () => alphabet[Math.floor(random() * alphabet.length)] ?? "",
  ).join("");
}
