import { buildInfo } from "../build_info.ts";

/** What `porthole version` prints. */
export function describeVersion(): string {
  const details = [buildInfo.commit, buildInfo.date].filter((part) =>
    part !== ""
  );
  return `porthole ${buildInfo.version} (${details.join(", ")})`;
}
