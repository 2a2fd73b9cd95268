import { join } from "node:path";
import type { FileFacts, LocalFiles } from "../local_files.ts";
import type { Tally } from "./tally.ts";
import { tellFailure } from "./tell_failure.ts";

/** A file, directory or link that is to be sent. */
export interface Found {
  /** Where it is here. */
  readonly path: string;
  /** Its place below the destination, with "/" between its parts; empty for the destination itself. */
  readonly name: string;
  readonly facts: FileFacts;
}

/** A name that is deeper than this leads through a loop of mounts. */
const DEEPEST = 1_000;

/**
 * Walks over a source, each directory before what is in it. Links below it are links; the source itself
 * is followed.
 */
export function* walkSource(
  path: string,
  name: string,
  { files, tally }: {
    readonly files: LocalFiles;
    readonly tally: Pick<Tally, "onSkip">;
  },
): Generator<Found> {
  yield* walk(path, name, "follow", 0);

  function* walk(
    path: string,
    name: string,
    links: "follow" | "keep",
    depth: number,
  ): Generator<Found> {
    let facts: FileFacts | undefined;
    let names: readonly string[] = [];
    try {
      facts = files.look(path, links);
      if (facts?.kind === "directory" && depth < DEEPEST) {
        names = [...files.list(path)].sort();
      }
    } catch (error) {
      return tally.onSkip(path, tellFailure(error));
    }
    if (facts === undefined) {
      return tally.onSkip(path, "no such file or directory");
    }
    if (facts.kind === "other") {
      return tally.onSkip(path, "it is not a regular file");
    }
    if (facts.kind === "directory" && depth >= DEEPEST) {
      return tally.onSkip(path, "it is too deep");
    }
    yield { path, name, facts };
    for (const below of names) {
      yield* walk(
        join(path, below),
        name === "" ? below : `${name}/${below}`,
        "keep",
        depth + 1,
      );
    }
  }
}
