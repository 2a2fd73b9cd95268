import assert from "node:assert/strict";
import type { Deps } from "../src/deps.ts";
import { findConfigFolder, folderBelow } from "../src/user_folders.ts";

const CASES: readonly (readonly [
  platform: Deps["platform"],
  variables: Readonly<Record<string, string>>,
  folder: string | undefined,
])[] = [
  ["linux", { HOME: "/home/ann" }, "/home/ann/.config"],
  ["linux", { HOME: "/home/ann", XDG_CONFIG_HOME: "/conf" }, "/conf"],
  [
    "linux",
    { HOME: "/home/ann", XDG_CONFIG_HOME: "conf" },
    "/home/ann/.config",
  ],
  ["darwin", { HOME: "/Users/ann", XDG_CONFIG_HOME: "/conf" }, "/conf"],
  ["linux", { HOME: "." }, undefined],
  ["linux", {}, undefined],
  ["windows", { APPDATA: "C:\\A", XDG_CONFIG_HOME: "C:\\X" }, "C:\\A"],
  ["windows", { APPDATA: "A" }, undefined],
];

for (const [platform, variables, folder] of CASES) {
  const env = (name: string) => variables[name];
  Deno.test(`on ${platform} with ${JSON.stringify(variables)} configuration is in ${folder}`, () => {
    assert.equal(findConfigFolder({ platform, env }), folder);
  });
}

Deno.test("folders are joined as the platform writes them", () => {
  const env = (name: string) => name === "HOME" ? "/h" : "C:\\L";
  assert.equal(
    folderBelow({ platform: "linux", env }, "HOME", "a", "b"),
    "/h/a/b",
  );
  assert.equal(
    folderBelow({ platform: "windows", env }, "X", "a", "b"),
    "C:\\L\\a\\b",
  );
});
