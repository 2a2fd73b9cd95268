import { buildInfo } from "../build_info.ts";
import type { Deps } from "../deps.ts";
import { findLatestRelease, isUpdate } from "../find_latest_release.ts";
import type { Log } from "../log.ts";
import type { Report } from "../report/report.ts";
import { describeVersion } from "./version.ts";

const TIMEOUT_MS = 5000;

/** `porthole version --check`: the version, and whether a newer one is published. */
export async function checkVersion(
  { fetch }: Pick<Deps, "fetch">,
  log: Log,
  build: typeof buildInfo = buildInfo,
): Promise<Report> {
  const { repository, version } = build;
  log.debug(`Asking GitHub for the latest release of ${repository}`);
  const latest = await findLatestRelease({
    repository,
    version,
    fetch,
    timeoutMs: TIMEOUT_MS,
  });
  const news = isUpdate(latest.version, version)
    ? [
      `porthole ${latest.version} is newer: ${latest.url}`,
      "With Homebrew: brew upgrade porthole. With Scoop: scoop update porthole.",
    ]
    : [`No newer version is published; the latest is ${latest.version}.`];
  const lines = [describeVersion(build), ...news, ""];
  return { stdout: lines.join("\n"), status: 0 };
}
