import assert from "node:assert/strict";
import { PortholeError } from "../../../src/errors.ts";
import { findPlugin } from "../../../src/session/plugin/find_plugin.ts";

type Platform = "linux" | "darwin" | "windows";

function depsWith(
  path: string | undefined,
  executables: string[],
  platform: Platform = "linux",
) {
  return {
    platform,
    env: (name: string) => name === "PATH" ? path : undefined,
    isExecutable: (file: string) => Promise.resolve(executables.includes(file)),
  };
}

Deno.test("the first plugin in PATH is taken", async () => {
  const deps = depsWith("/a:/b/:/c", [
    "/b/session-manager-plugin",
    "/c/session-manager-plugin",
  ]);
  assert.equal(await findPlugin(deps), "/b/session-manager-plugin");
});

Deno.test("on Windows it is an .exe", async () => {
  const deps = depsWith('C:\\a;"C:\\b c"', [
    "C:\\b c\\session-manager-plugin.exe",
  ], "windows");
  assert.equal(await findPlugin(deps), "C:\\b c\\session-manager-plugin.exe");
});

Deno.test("the current directory is never searched", async () => {
  await assert.rejects(
    findPlugin(
      depsWith(":.:bin", ["session-manager-plugin", "/session-manager-plugin"]),
    ),
  );
});

for (const path of [undefined, "", "/a:/b"]) {
  Deno.test(`a missing plugin is an error with AWS's page, PATH ${path}`, async () => {
    await assert.rejects(findPlugin(depsWith(path, [])), (error) => {
      assert(error instanceof PortholeError);
      assert.equal(error.code, "plugin_not_found");
      assert.equal(error.message, "session-manager-plugin not found in PATH");
      assert.match(
        error.link ?? "",
        /^https:\/\/docs\.aws\.amazon\.com\/.*install-plugin\.html$/,
      );
      return true;
    });
  });
}
