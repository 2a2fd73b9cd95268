import assert from "node:assert/strict";
import { createRealDeps } from "../../src/real_deps.ts";
import { findForeignNames } from "../../src/transfer/find_foreign_names.ts";

Deno.test({
  name: "names that are not UTF-8 are found, each once and with none below",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      await new Deno.Command("sh", {
        args: [
          "-c",
          `mkdir "$(printf 'bad\\377')" "Zürich ☃" && touch "$(printf 'bad\\377')/in" "Zürich ☃/$(printf 'a\\200\\nb')" plain`,
        ],
        cwd: folder,
      }).output();
      const { spawn } = createRealDeps();
      const found = await Array.fromAsync(findForeignNames(folder, spawn));
      assert.deepEqual(found.sort(), [
        `${folder}/Zürich ☃/a\uFFFD\nb`,
        `${folder}/bad\uFFFD`,
      ]);
      const none = () => {
        throw new Deno.errors.NotFound();
      };
      assert.deepEqual(
        await Array.fromAsync(findForeignNames(folder, none)),
        [],
      );
    } finally {
      await new Deno.Command("rm", { args: ["-rf", folder] }).output();
    }
  },
});
