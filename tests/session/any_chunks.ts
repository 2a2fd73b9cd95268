import fc from "fast-check";

/** Places to cut something at, as fractions of its length. */
export const anyCuts: fc.Arbitrary<readonly number[]> = fc.array(
  fc.double({ min: 0, max: 1, noNaN: true }),
  { maxLength: 12 },
);

/** Cuts bytes into chunks, some perhaps empty. */
export function cut(
  bytes: Uint8Array,
  cuts: readonly number[],
): readonly Uint8Array[] {
  const places = cuts.map((fraction) => Math.floor(fraction * bytes.length))
    .sort((a, b) => a - b);
  return [0, ...places].map((from, index) =>
    bytes.slice(from, places[index] ?? bytes.length)
  );
}
