import { findRepository, UNKNOWN_REPOSITORY } from "../find_repository.ts";
import { projectRoot, readManifest } from "../project.ts";

/** What stands for the version in the files that a release stamps. */
const unknownVersion = "0.0.0-unstamped";

/** Fills in the repository and the version. */
export function stampText(
  text: string,
  stamp: { readonly repository: string; readonly version: string },
): string {
  return text
    .replaceAll(UNKNOWN_REPOSITORY, stamp.repository)
    .replaceAll(unknownVersion, stamp.version);
}

/** Reads a file of the work tree as a release has it: with its repository and its version. */
export async function readStamped(path: string): Promise<string> {
  return stampText(await Deno.readTextFile(`${projectRoot}${path}`), {
    repository: await findRepository(),
    version: readManifest().version,
  });
}
