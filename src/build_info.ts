import manifest from "../deno.json" with { type: "json" };

/** What `porthole version` tells; `scripts/compile.ts` stamps commit and date into the binary. */
export const buildInfo: {
  readonly version: string;
  readonly commit: string;
  readonly date: string;
} = { version: manifest.version, commit: "source", date: "" };
