import { buildInfo } from "../build_info.ts";

/** What `porthole version` prints. */
export function describeVersion(
  { version, commit, date }: typeof buildInfo = buildInfo,
): string {
  const details = [commit, date].filter((part) => part !== "");
  return `porthole ${version} (${details.join(", ")})`;
}
