import { projectRoot } from "./project.ts";
import { runCommand } from "./run_command.ts";

/** The commit that the work tree stands on. */
export interface Commit {
  /** Ten digits, whatever else the clone holds, and with `-dirty` behind it where the work tree differs. */
  readonly name: string;
  /** Seconds since 1970. */
  readonly time: number;
  /** The day, `YYYY-MM-DD`, where the committer was. */
  readonly date: string;
}

/** Reads it from git; undefined where there is no repository, as in an unpacked archive of the source. */
export async function readCommit(): Promise<Commit | undefined> {
  const git = async (...args: string[]) =>
    (await runCommand(["git", "-C", projectRoot, ...args])).trim();
  try {
    const [hash = "", time, date = ""] =
      (await git("log", "-1", "--abbrev=10", "--format=%h %ct %cs")).split(" ");
    const changes = await git("status", "--porcelain");
    const name = changes === "" ? hash : `${hash}-dirty`;
    return { name, time: Number(time), date };
  } catch {
    return undefined;
  }
}

/** The time of everything that is packed, in seconds since 1970: the commit's, so that it can be repeated. */
export async function readPackingTime(): Promise<number> {
  return (await readCommit())?.time ?? 0;
}
