import manifest from "../deno.json" with { type: "json" };

/**
 * What `porthole version` prints, and where newer versions are published.
 *
 * `scripts/compile.ts` stamps commit, date and repository (`OWNER/NAME`) into the binary.
 */
export const buildInfo: {
  readonly version: string;
  readonly commit: string;
  readonly date: string;
  readonly repository: string;
} = {
  version: manifest.version,
  commit: "source",
  date: "",
  repository: "OWNER/porthole",
};
