import { posix, win32 } from "node:path";
import type { Deps } from "../deps.ts";
import { findCacheFolder } from "./find_cache_folder.ts";

/** Something to complete a word with. */
export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** What AWS has answered lately. */
export interface CompletionCache {
  /** Undefined for what was not asked lately, or cannot be read. */
  read(key: string): Promise<readonly Candidate[] | undefined>;
  /** Never rejects: what cannot be kept is asked again. */
  write(key: string, candidates: readonly Candidate[]): Promise<void>;
  /**
   * Whether the caller is to look for what `key` asks: nobody else has claimed it lately, and what is
   * found can be kept.
   */
  claim(key: string): Promise<boolean>;
}

type CacheDeps = Pick<
  Deps,
  | "platform"
  | "env"
  | "now"
  | "keepFile"
  | "readKeptFile"
>;

/** Long enough for one command line, too short to miss a deployment. */
const LIFETIME_MS = 60_000;

/** Who has claimed to look for something has found it by then, or never will. */
const CLAIM_MS = 10_000;

const FILE = "completion.json";

interface Entry {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly candidates: readonly Candidate[];
}

/**
 * Opens the cache in the user's own folder: one file, which only they may write and read. Entries that are too
 * old go when another is written.
 */
export function openCompletionCache(deps: CacheDeps): CompletionCache {
  const folder = findCacheFolder(deps);
  const { join } = deps.platform === "windows" ? win32 : posix;

  async function readEntries(): Promise<ReadonlyMap<string, Entry>> {
    if (folder === undefined) return new Map();
    try {
      const text = await deps.readKeptFile(join(folder, FILE));
      const now = deps.now().getTime();
      return new Map(
        Object.entries(JSON.parse(text)).filter((pair): pair is [
          string,
          Entry,
        ] => isEntry(pair[1]) && isFresh(pair[1], now)),
      );
    } catch {
      return new Map();
    }
  }

  let written: Promise<unknown> = Promise.resolve();

  /** One after the other: each writes all that it has read. */
  function writeEntry(
    name: string,
    candidates: readonly Candidate[],
  ): Promise<boolean> {
    const writing = written.then(() => writeFile(name, candidates));
    written = writing;
    return writing;
  }

  /** Never rejects; whether it could be written. */
  async function writeFile(
    name: string,
    candidates: readonly Candidate[],
  ): Promise<boolean> {
    if (folder === undefined) return false;
    try {
      const entries = new Map(await readEntries());
      entries.set(name, { at: deps.now().getTime(), candidates });
      await deps.keepFile(
        join(folder, FILE),
        JSON.stringify(Object.fromEntries(entries)),
      );
      return true;
    } catch {
      // A folder that is read-only, or no folder.
      return false;
    }
  }

  return {
    read: async (key) => (await readEntries()).get(await hash(key))?.candidates,
    async write(key, candidates) {
      await writeEntry(await hash(key), candidates);
    },
    async claim(key) {
      const name = await hash(`claim ${key}`);
      const claimed = (await readEntries()).get(name);
      const isTaken = claimed !== undefined &&
        deps.now().getTime() - claimed.at < CLAIM_MS;
      return !isTaken && await writeEntry(name, []);
    },
  };
}

function isFresh({ at }: Entry, now: number): boolean {
  // One from the future was written before the clock was put back.
  return at <= now && now - at < LIFETIME_MS;
}

/** The file may be anybody's work. */
function isEntry(value: unknown): value is Entry {
  const { at, candidates } = (value ?? {}) as Partial<Entry>;
  return typeof at === "number" && Array.isArray(candidates) &&
    candidates.every((candidate) =>
      typeof candidate?.value === "string" &&
      typeof candidate.description === "string"
    );
}

/** A key names profiles and key ids, which do not belong in a file's text. */
async function hash(key: string): Promise<string> {
  const bytes = new TextEncoder().encode(key);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
