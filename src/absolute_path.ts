/**
 * A PATH without the entries that depend on the current directory: empty ones, `.`, and any other that
 * is relative. The working directory never decides which program is started.
 */
export function keepAbsolute(path: string, platform: string): string {
  const windows = platform === "windows";
  const separator = windows ? ";" : ":";
  const kept = path.split(separator).filter((entry) =>
    windows ? /^"?([a-z]:)?[\\/]/i.test(entry) : entry.startsWith("/")
  );
  // Systems take an empty PATH for the current directory.
  return kept.length === 0 ? "/" : kept.join(separator);
}
