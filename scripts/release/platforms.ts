/** A platform that porthole is released for. */
export interface Platform {
  readonly os: "linux" | "darwin" | "windows";
  readonly arch: "x64" | "arm64";
  /** How its archives are packed. */
  readonly formats: readonly ArchiveFormat[];
}

/** An archive's file name ends in it. */
export type ArchiveFormat = "tar.gz" | "tar.xz" | "zip";

/** All there are, each built and run on its own machine by .github/workflows/release.yml. */
export const platforms: readonly Platform[] = [
  { os: "linux", arch: "x64", formats: ["tar.gz", "tar.xz"] },
  { os: "linux", arch: "arm64", formats: ["tar.gz", "tar.xz"] },
  { os: "darwin", arch: "x64", formats: ["tar.gz"] },
  { os: "darwin", arch: "arm64", formats: ["tar.gz"] },
  { os: "windows", arch: "x64", formats: ["zip"] },
];

/** Names the archive of a platform, e.g. `porthole_1.2.3_linux_x64.tar.gz`. */
export function nameArchive(
  version: string,
  { os, arch }: Platform,
  format: ArchiveFormat,
): string {
  return `porthole_${version}_${os}_${arch}.${format}`;
}

/** Names the program on a platform. */
export function nameProgram({ os }: { readonly os: string }): string {
  return os === "windows" ? "porthole.exe" : "porthole";
}

/** The platform of this machine. */
export function findPlatform(): Platform {
  const { os, arch } = Deno.build;
  const name = arch === "x86_64" ? "x64" : "arm64";
  const found = platforms.find((platform) =>
    platform.os === os && platform.arch === name
  );
  if (found === undefined) {
    throw new Error(`Cannot release for ${os} on ${arch}: it is not supported`);
  }
  return found;
}
