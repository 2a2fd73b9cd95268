import { findRepository } from "../find_repository.ts";
import { readManifest } from "../project.ts";
import {
  type ArchiveFormat,
  nameArchive,
  type Platform,
  platforms,
} from "./platforms.ts";
import { releaseFolder } from "./release_folder.ts";
import { readChecksums } from "./write_checksums.ts";

/** What the package managers' files are made from. */
export interface ReleaseFacts {
  readonly version: string;
  /** `OWNER/NAME` on GitHub. */
  readonly repository: string;
  /** File names to SHA-256. */
  readonly checksums: ReadonlyMap<string, string>;
}

/** An archive that a package manager downloads. */
export interface Download {
  readonly url: string;
  readonly sha256: string;
}

/** One sentence on porthole for package managers; Homebrew wants it without an article or a period. */
export const summary =
  "Run a command or open a shell in a container of an Amazon ECS task";

/** Reads the facts of the release in dist/release. */
export async function readReleaseFacts(): Promise<ReleaseFacts> {
  return {
    version: readManifest().version,
    repository: await findRepository(),
    checksums: await readChecksums(releaseFolder),
  };
}

/** The page of a repository. */
export function repositoryUrl(repository: string): string {
  return `https://github.com/${repository}`;
}

/** The address of a file of a release. */
export function assetUrl(
  repository: string,
  version: string,
  name: string,
): string {
  return `${repositoryUrl(repository)}/releases/download/v${version}/${name}`;
}

/** Finds the archive of a platform; undefined where the release has none for it. */
export function findDownload(
  { version, repository, checksums }: ReleaseFacts,
  wanted: Pick<Platform, "os" | "arch">,
  format: ArchiveFormat,
): Download | undefined {
  const platform = platforms.find(({ os, arch }) =>
    os === wanted.os && arch === wanted.arch
  );
  if (platform === undefined) return undefined;
  const name = nameArchive(version, platform, format);
  const sha256 = checksums.get(name);
  return sha256 === undefined
    ? undefined
    : { url: assetUrl(repository, version, name), sha256 };
}
