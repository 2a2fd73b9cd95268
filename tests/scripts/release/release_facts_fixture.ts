import { nameArchive, platforms } from "../../../scripts/release/platforms.ts";
import type { ReleaseFacts } from "../../../scripts/release/release_facts.ts";

/** The facts of a whole release, each archive with a checksum of its own. */
export function makeFacts(version = "1.2.3"): ReleaseFacts {
  const names = platforms.flatMap((platform) =>
    platform.formats.map((format) => nameArchive(version, platform, format))
  );
  return {
    version,
    repository: "acme/porthole",
    checksums: new Map(
      names.map((name, index) => [name, `${index}`.padStart(64, "a")]),
    ),
  };
}

/** The same, but only with the archives whose names hold a word. */
export function keepAssets(facts: ReleaseFacts, word: string): ReleaseFacts {
  const kept = [...facts.checksums].filter(([name]) => name.includes(word));
  return { ...facts, checksums: new Map(kept) };
}
