import { basename, dirname, join, resolve } from "node:path";
import { PortholeError } from "../errors.ts";
import type { LocalFiles } from "../local_files.ts";
import { quotePath } from "../quote_value.ts";
import { isSystemFailure, tellFailure } from "./tell_failure.ts";

/** Where what comes out of a container goes, by the rules of `cp -r`. */
export type Destination =
  | { readonly kind: "stdout" }
  /** Into a directory that is there, each source under its own name. */
  | { readonly kind: "into"; readonly directory: string }
  /** The one source gets this name. */
  | {
    readonly kind: "as";
    readonly path: string;
    /** With a "/" at its end only a directory may be meant. */
    readonly directoryOnly: boolean;
  };

/**
 * Finds out what the last word of a command line means.
 *
 * @throws {PortholeError} usage, io_failed.
 */
export function planDestination(
  typed: string,
  sources: number,
  files: Pick<LocalFiles, "look" | "realPath" | "readLink">,
): Destination {
  const refuse = (because: string, hint?: string) => {
    throw new PortholeError("usage", {
      cannot: `copy to ${quotePath(typed)}`,
      because,
    }, { hint });
  };
  try {
    const there = files.look(typed, "follow");
    if (there?.kind === "directory") {
      return { kind: "into", directory: files.realPath(typed) };
    }
    const directoryOnly = /[/\\]$/.test(typed) && typed.length > 1;
    if (sources > 1) {
      refuse(
        there === undefined
          ? "there is no such directory"
          : "it is not a directory",
        "Several sources go into a directory that is there",
      );
    }
    if (there !== undefined && directoryOnly) refuse("it is not a directory");
    const path = resolve(typed);
    const parent = files.look(dirname(path), "follow");
    if (parent?.kind !== "directory") {
      refuse(`${quotePath(dirname(path))} is not a directory that is there`);
    }
    if (there !== undefined) {
      if (there.kind === "other") refuse("it is not a regular file");
      // What a link names is replaced, as cp does it; the link stays.
      return { kind: "as", path: files.realPath(path), directoryOnly };
    }
    if (files.look(path, "keep") !== undefined) {
      refuse("it is a link to nothing");
    }
    return {
      kind: "as",
      path: join(files.realPath(dirname(path)), basename(path)),
      directoryOnly,
    };
  } catch (error) {
    if (!isSystemFailure(error)) throw error;
    throw new PortholeError("io_failed", {
      cannot: `copy to ${quotePath(typed)}`,
      because: tellFailure(error),
    }, { cause: error });
  }
}

/**
 * The name that a source has in a directory; empty where its content is meant: of `DIR/.`, `DIR/..`
 * and `/`, as with cp.
 */
export function nameOfSource(path: string): string {
  const name = path.replace(/\/+$/, "").split("/").at(-1) ?? "";
  return name === "." || name === ".." ? "" : name;
}
