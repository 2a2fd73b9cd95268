/** A path would be longer than any system accepts. */
const LONGEST_PATH = 4096;
const LONGEST_PART = 255;

/** Names that are devices on Windows, with any ending. */
const WINDOWS_DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$/i;

/**
 * The parts of a name from an archive, relative to where it is unpacked; none for the place itself.
 * A text says why it must not be unpacked.
 */
export function splitName(
  name: string,
  platform: "linux" | "darwin" | "windows",
): readonly string[] | string {
  if (name === "") return "it has no name";
  if (name.startsWith("/")) return "its path is absolute";
  if (name.length > LONGEST_PATH) return "its path is too long";
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  for (const part of parts) {
    const reason = refusePart(part, platform);
    if (reason !== undefined) return reason;
  }
  return parts;
}

/** Why a file here cannot have this name, or must not; undefined where it may. */
export function refusePart(
  part: string,
  platform: "linux" | "darwin" | "windows",
): string | undefined {
  if (part === "..") return 'its path leads up, with ".."';
  if (part.includes("\0")) return "its name has a zero byte";
  if (new TextEncoder().encode(part).length > LONGEST_PART) {
    return "its name is too long";
  }
  if (platform !== "windows") return undefined;
  // deno-lint-ignore no-control-regex
  return /[\\:*?"<>|\x00-\x1f]|[. ]$/.test(part) || WINDOWS_DEVICES.test(part)
    ? "Windows does not allow its name"
    : undefined;
}
