import { basename, dirname } from "node:path";
import type { LocalFiles } from "../local_files.ts";
import { quotePath } from "../quote_value.ts";

/** The files and links that a transfer has brought by now. */
export interface BroughtFiles {
  /** What follows is of another source. */
  beginSource(): void;
  add(identity: string | undefined, path: string): void;
  has(identity: string | undefined): boolean;
  /** Why what stands at a path must not be replaced; undefined where it may be. */
  refuseToReplace(path: string): string | undefined;
}

/** So many are remembered. */
const MOST_REMEMBERED = 200_000;

/**
 * Remembers them, so that none replaces another: two sources may have the same name, and some file systems
 * take two names for one, which differ by case for example. An archive may bring the same name twice, and the
 * last one counts.
 */
export function rememberFiles(
  files: Pick<LocalFiles, "look" | "list">,
): BroughtFiles {
  const brought = new Map<
    string,
    { readonly path: string; readonly source: number }
  >();
  let source = 0;

  /** Names of the same file are no collision: an archive may hold hard links. */
  function isListed(path: string): boolean {
    for (const name of files.list(dirname(path))) {
      if (name === basename(path)) return true;
    }
    return false;
  }

  return {
    beginSource: () => void source++,
    add(identity, path) {
      if (identity === undefined || brought.size >= MOST_REMEMBERED) return;
      brought.set(identity, { path, source });
    },
    has: (identity) => identity !== undefined && brought.has(identity),
    refuseToReplace(path) {
      const { identity, kind } = files.look(path, "keep") ?? {};
      if (kind === "other") {
        return "a device, a pipe or a socket of this name is there";
      }
      const known = identity === undefined ? undefined : brought.get(identity);
      if (known === undefined) return undefined;
      const isSame = known.source === source &&
        (known.path === path || isListed(path));
      return isSame
        ? undefined
        : `it would replace ${
          quotePath(known.path)
        }, which has just been copied`;
    },
  };
}
