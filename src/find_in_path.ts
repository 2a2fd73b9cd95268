import type { Deps } from "./deps.ts";

/** The first of these programs that is in a folder of PATH; undefined where none is. */
export async function findInPath(
  programs: readonly string[],
  { platform, env, isExecutable }: Pick<
    Deps,
    "platform" | "env" | "isExecutable"
  >,
): Promise<string | undefined> {
  const windows = platform === "windows";
  const folders = (env("PATH") ?? "").split(windows ? ";" : ":")
    .map((entry) => windows ? entry.replace(/^"(.*)"$/, "$1") : entry)
    // Relative PATH entries are skipped so that a program in the current directory is never run.
    .filter((folder) => (windows ? /^([a-z]:)?[\\/]/i : /^\//).test(folder));
  for (const program of programs) {
    for (const folder of folders) {
      const file = windows ? `\\${program}.exe` : `/${program}`;
      const path = folder.replace(/[\\/]+$/, "") + file;
      if (await isExecutable(path)) return path;
    }
  }
  return undefined;
}
