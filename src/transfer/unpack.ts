import { dirname, join, sep } from "node:path";
import type { LocalFiles, NewFile } from "../local_files.ts";
import type { Deps } from "../deps.ts";
import type { BroughtFiles } from "./brought_files.ts";
import { splitName } from "./check_name.ts";
import { besideName, placeFile, setAttributes } from "./place_file.ts";
import type { Tally } from "./tally.ts";
import type { TarEntry } from "./tar_entry.ts";
import { isSystemFailure, tellFailure } from "./tell_failure.ts";

/** Unpacks the entries of an archive into one directory. */
export interface Unpacker {
  /** Puts an entry in its place, or skips it and says so. */
  put(entry: TarEntry, content: AsyncIterable<Uint8Array>): Promise<void>;
  /** Gives the directories what their content would have changed. Once, whatever has come in between. */
  finish(): void;
}

/** Why an entry is not unpacked. */
class Refusal extends Error {
  override readonly name = "Refusal";
}

/** Of a directory that an archive only mentions in the path of another entry. */
const DIRECTORY_MODE = 0o755;

/** A directory of ours whose content is still coming. */
interface OpenDirectory {
  readonly path: string;
  readonly entry: TarEntry;
}

/**
 * Unpacks into a directory, and nowhere else, whatever the archive says and whatever is there already.
 *
 * Nothing is written through a link: each part of a path has to be a directory itself, and a new file is
 * looked at once more, where it really is, before a byte is written to it. A name that is taken is
 * replaced and never opened, so that no link and no hard link leads elsewhere. A hard link can only name
 * a file that this archive has brought.
 *
 * @param root a path without links.
 */
export function createUnpacker(
  root: string,
  { files, tally, brought, platform, preserve, isNew, shown }: {
    readonly files: LocalFiles;
    readonly tally: Tally;
    readonly brought: BroughtFiles;
    readonly platform: Deps["platform"];
    /** Owners are kept, and with them setuid and its like. */
    readonly preserve: boolean;
    /** We have made the root ourselves: it gets the attributes that the archive has for it. */
    readonly isNew: boolean;
    /** How messages call the root. */
    readonly shown: string;
  },
): Unpacker {
  const unfinished: OpenDirectory[] = [];
  /** The last directory that was found to be one, on the whole way from the root. */
  let entered = root;

  const toAttributes = ({ mode, mtime, uid, gid }: TarEntry) => ({
    mode,
    mtime,
    owner: preserve ? { uid, gid } : undefined,
  });

  function enter(parts: readonly string[], missing: "make" | "refuse"): string {
    const path = join(root, ...parts);
    if (path === entered) return path;
    let at = root;
    for (const part of parts) {
      at = join(at, part);
      const there = files.look(at, "keep");
      if (there === undefined && missing === "make") {
        files.makeDirectory(at);
        files.setMode(at, DIRECTORY_MODE);
      } else if (there?.kind !== "directory") {
        throw new Refusal(
          there?.kind === "link"
            ? "its path leads through a link"
            : "a part of its path is not a directory",
        );
      }
    }
    refuseElsewhere(path);
    entered = path;
    return path;
  }

  /** A directory may have become a link since it was looked at. */
  function refuseElsewhere(path: string): void {
    if (isSamePath(files.realPath(path), path, platform)) return;
    entered = root;
    throw new Refusal("its directory was replaced while it was written");
  }

  function refuseToReplace(path: string): void {
    if (files.look(path, "keep")?.kind === "directory") {
      throw new Refusal("a directory of this name is there");
    }
    const because = brought.refuseToReplace(path);
    if (because !== undefined) throw new Refusal(because);
  }

  function makeDirectory(entry: TarEntry, parts: readonly string[]): void {
    if (parts.length === 0) {
      if (isNew) unfinished.unshift({ path: root, entry });
      return;
    }
    const path = join(enter(parts.slice(0, -1), "make"), parts.at(-1)!);
    const there = files.look(path, "keep");
    if (there === undefined) {
      files.makeDirectory(path);
      unfinished.push({ path, entry });
    } else if (there.kind !== "directory") {
      throw new Refusal(
        `a ${there.kind === "link" ? "link" : "file"} of this name is there`,
      );
    }
  }

  async function putFile(
    entry: TarEntry,
    parts: readonly string[],
    content: AsyncIterable<Uint8Array>,
  ): Promise<void> {
    const path = join(enter(parts.slice(0, -1), "make"), parts.at(-1)!);
    refuseToReplace(path);
    const check = (beside: string, file: NewFile) => {
      refuseElsewhere(beside);
      if (files.look(beside, "keep")?.identity === file.identity) return;
      throw new Refusal("its directory was replaced while it was written");
    };
    const identity = await placeFile(path, content, toAttributes(entry), {
      files,
      tally,
      check,
    });
    brought.add(identity, path);
  }

  /** Makes something beside, and then gives it the name. */
  function putBeside(path: string, make: (beside: string) => void): void {
    refuseToReplace(path);
    refuseElsewhere(dirname(path));
    const beside = besideName(path);
    try {
      make(beside);
      files.rename(beside, path);
    } finally {
      // Two names of one file are not renamed to each other, and a failure leaves one behind.
      if (files.look(beside, "keep") !== undefined) files.remove(beside);
    }
    tally.onFile();
  }

  function putLink({ target }: TarEntry, parts: readonly string[]): void {
    if (target === "" || target.includes("\0")) {
      throw new Refusal("it is a link to nothing");
    }
    const path = join(enter(parts.slice(0, -1), "make"), parts.at(-1)!);
    putBeside(path, (beside) => files.makeLink(beside, target));
    brought.add(files.look(path, "keep")?.identity, path);
  }

  function putHardLink({ target }: TarEntry, parts: readonly string[]): void {
    const targetParts = splitName(target, platform);
    if (typeof targetParts === "string" || targetParts.length === 0) {
      throw new Refusal("it is a hard link to what is outside");
    }
    const path = join(enter(parts.slice(0, -1), "make"), parts.at(-1)!);
    const existing = join(
      enter(targetParts.slice(0, -1), "refuse"),
      targetParts.at(-1)!,
    );
    const isOurs = (at: string) => {
      const there = files.look(at, "keep");
      return there?.kind === "file" && brought.has(there.identity);
    };
    const refuse = () => {
      throw new Refusal("it is a hard link to a file that was not copied");
    };
    if (!isOurs(existing)) refuse();
    putBeside(path, (beside) => {
      files.addName(beside, existing);
      if (!isOurs(beside)) refuse();
    });
  }

  async function putEntry(
    entry: TarEntry,
    parts: readonly string[],
    content: AsyncIterable<Uint8Array>,
  ): Promise<void> {
    if (entry.kind === "directory") return makeDirectory(entry, parts);
    if (parts.length === 0) throw new Refusal("it has no name");
    switch (entry.kind) {
      case "file":
        return await putFile(entry, parts, content);
      case "link":
        return putLink(entry, parts);
      case "hard_link":
        return putHardLink(entry, parts);
      case "device":
        throw new Refusal("it is a device");
      case "fifo":
        throw new Refusal("it is a named pipe");
      case "unknown":
        throw new Refusal("its type is not supported");
    }
  }

  /** What is left of a directory is done when the next entry is not in it. */
  function leaveDirectories(path: string | undefined): void {
    for (let last; (last = unfinished.at(-1)) !== undefined;) {
      const { path: ours, entry } = last;
      if (path?.startsWith(`${ours}${sep}`) || path === ours) return;
      unfinished.pop();
      finishDirectory(ours, entry);
    }
  }

  function finishDirectory(path: string, entry: TarEntry): void {
    try {
      refuseElsewhere(path);
      setAttributes(
        {
          setOwner: (uid, gid) => files.setOwner(path, uid, gid),
          setMode: (mode) => files.setMode(path, mode),
          setTime: (mtime) => files.setTime(path, mtime),
        },
        toAttributes(entry),
        tally,
      );
    } catch (error) {
      skip(entry.name, error);
    }
  }

  function skip(name: string, error: unknown): void {
    if (error instanceof Refusal) tally.onSkip(show(name), error.message);
    else if (isSystemFailure(error)) {
      tally.onSkip(show(name), tellFailure(error));
    } else throw error;
  }

  const show = (name: string) =>
    name.startsWith("/") ? name : join(shown, name);

  return {
    async put(entry, content) {
      const parts = splitName(entry.name, platform);
      if (typeof parts === "string") {
        return tally.onSkip(show(entry.name), parts);
      }
      if (!entry.isText) {
        return tally.onSkip(show(entry.name), "its name is not valid UTF-8");
      }
      leaveDirectories(join(root, ...parts));
      try {
        await putEntry(entry, parts, content);
      } catch (error) {
        skip(entry.name, error);
      }
    },
    finish: () => leaveDirectories(undefined),
  };
}

/** Some file systems do not tell upper from lower case, or write accents in another way. */
function isSamePath(
  one: string,
  other: string,
  platform: Deps["platform"],
): boolean {
  if (platform === "linux") return one === other;
  const plain = (path: string) => path.normalize("NFC").toLowerCase();
  return plain(one) === plain(other);
}
