/**
 * Whether `-o json` was typed, for whoever has to tell that the command line cannot be understood.
 *
 * It reads what the parser may have given up on, so it only looks; the parser has the last word
 * wherever it comes to one.
 */
export function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  const ours = end < 0 ? argv : argv.slice(0, end);
  return ours.some((word, at) =>
    /^(--output=|-[a-z]*o=?)json$/.test(word) ||
    (/^(--output|-[a-z]*o)$/.test(word) && ours[at + 1] === "json")
  );
}
