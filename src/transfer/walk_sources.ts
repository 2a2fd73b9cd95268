import { join } from "node:path";
import type { FileFacts, LocalFiles } from "../local_files.ts";
import { quotePath } from "../quote_value.ts";
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

/**
 * Walks over all sources, each under its name at the destination. What would replace something of another
 * source there is left out.
 */
export function* walkSources(
  sources: readonly { readonly path: string; readonly name: string }[],
  tools: Parameters<typeof walkSource>[2],
): Generator<Found> {
  if (sources.length === 1) {
    return yield* walkSource(sources[0]!.path, sources[0]!.name, tools);
  }
  const taken = new Map<string, Found>();
  for (const { path, name } of sources) {
    for (const found of walkSource(path, name, tools)) {
      const other = taken.get(found.name);
      const isFree = other === undefined ||
        (other.facts.kind === "directory" && found.facts.kind === "directory");
      if (isFree) {
        taken.set(found.name, found);
        yield found;
      } else {
        tools.tally.onSkip(
          found.path,
          `it would replace ${
            quotePath(other.path)
          }, which has just been copied`,
        );
      }
    }
  }
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
