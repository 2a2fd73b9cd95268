import { findPlatform, nameArchive } from "../release/platforms.ts";
import { releaseFolder } from "../release/release_folder.ts";
import { readManifest } from "../project.ts";
import type { FoundPeer } from "./find_peers.ts";
import { portholePath } from "./measure_start.ts";
import type { ProgramFigure } from "./report.ts";
import type { Measured } from "./take_turns.ts";

/** The sizes of the programs that are one file each, and of this machine's archives where they were made. */
export async function measureSizes(
  peers: readonly FoundPeer[],
): Promise<Measured> {
  const files = [
    { name: "porthole", path: portholePath },
    ...peers.filter(({ isOneFile }) => isOneFile),
  ];
  const binaries = await Promise.all(
    files.map(async ({ name, path }): Promise<ProgramFigure> => ({
      program: name,
      measure: "binary",
      value: (await Deno.stat(path)).size / 1e6,
    })),
  );
  const platform = findPlatform();
  const archives = await Promise.all(platform.formats.map(async (format) => {
    const name = nameArchive(readManifest().version, platform, format);
    const size = await Deno.stat(`${releaseFolder}${name}`)
      .then((found) => found.size).catch(() => undefined);
    return { format, name, size };
  }));
  return {
    figures: [
      ...binaries,
      ...archives.flatMap(({ format, size }): ProgramFigure[] =>
        size === undefined ? [] : [{
          program: "porthole",
          measure: archiveMeasures[format],
          value: size / 1e6,
        }]
      ),
    ],
    skipped: archives.flatMap(({ name, size }) =>
      size === undefined
        ? [`${name}: not made (scripts/dev release --dry-run makes it)`]
        : []
    ),
  };
}

const archiveMeasures = {
  "tar.gz": "archive_tar_gz",
  "tar.xz": "archive_tar_xz",
  zip: "archive_zip",
} as const;
