/**
 * Whether `-o json` was typed, for whoever has to tell that the command line cannot be understood.
 *
 * It reads what the parser may have given up on, so it only looks; the parser has the last word
 * wherever it comes to one.
 */
export function wantsJson(argv: readonly string[]): boolean {
  const ours = beforeDashes(argv);
  return ours.some((word, at) =>
    /^(--output=|-[a-z]*o=?)json$/.test(word) ||
    (/^(--output|-[a-z]*o)$/.test(word) && ours[at + 1] === "json")
  );
}

/** Whether log lines, and so the error, are to be JSON; looked for in the same way. */
export function wantsJsonLog(
  argv: readonly string[],
  env: (name: string) => string | undefined,
): boolean {
  const ours = beforeDashes(argv);
  const typed = ours.findLast((word, at) =>
    word.startsWith("--log-format=") || ours[at - 1] === "--log-format"
  );
  return (typed ?? env("PORTHOLE_LOG_FORMAT"))?.endsWith("json") ?? false;
}

function beforeDashes(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf("--");
  return end < 0 ? argv : argv.slice(0, end);
}
