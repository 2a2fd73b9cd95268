import assert from "node:assert/strict";
import type { Deps } from "../../src/deps.ts";
import { findCacheFolder } from "../../src/state/find_cache_folder.ts";

const CASES: readonly (readonly [
  platform: Deps["platform"],
  variables: Readonly<Record<string, string>>,
  folder: string | undefined,
])[] = [
  ["linux", { HOME: "/home/me" }, "/home/me/.cache/porthole"],
  ["linux", { HOME: "/home/me", XDG_CACHE_HOME: "/c" }, "/c/porthole"],
  ["linux", { HOME: "/h", XDG_CACHE_HOME: "relative" }, "/h/.cache/porthole"],
  ["linux", { XDG_CACHE_HOME: "" }, undefined],
  ["darwin", { HOME: "/Users/me" }, "/Users/me/Library/Caches/porthole"],
  ["darwin", { HOME: "/Users/me", XDG_CACHE_HOME: "/c" }, "/c/porthole"],
  ["windows", { LOCALAPPDATA: "C:\\L", HOME: "/h" }, "C:\\L\\porthole"],
  ["windows", { HOME: "/h" }, undefined],
];

for (const [platform, variables, folder] of CASES) {
  Deno.test(`on ${platform} with ${JSON.stringify(variables)} caches go to ${folder}`, () => {
    assert.equal(
      findCacheFolder({ platform, env: (name) => variables[name] }),
      folder,
    );
  });
}
