import assert from "node:assert/strict";
import { createRealFiles } from "../../src/real_files.ts";
import {
  nameOfSource,
  planDestination,
} from "../../src/transfer/plan_destination.ts";

Deno.test({
  name: "a destination here follows the rules of cp -r",
  ignore: Deno.build.os === "windows",
  async fn() {
    const folder = Deno.realPathSync(await Deno.makeTempDir());
    const plan = (path: string, sources = 1) =>
      planDestination(`${folder}/${path}`, sources, createRealFiles());
    try {
      await Deno.mkdir(`${folder}/d`);
      await Deno.writeTextFile(`${folder}/f`, "");
      await Deno.symlink("d", `${folder}/to-d`);
      await Deno.symlink("f", `${folder}/to-f`);
      await Deno.symlink("nothing", `${folder}/broken`);
      const as = (name: string, directoryOnly = false) => ({
        kind: "as",
        path: `${folder}/${name}`,
        directoryOnly,
      });
      const into = { kind: "into", directory: `${folder}/d` };
      assert.deepEqual(plan("d"), into);
      assert.deepEqual(plan("d/", 3), into);
      assert.deepEqual(plan("to-d"), into);
      assert.deepEqual(plan("f"), as("f"));
      assert.deepEqual(plan("to-f"), as("f"));
      assert.deepEqual(plan("new"), as("new"));
      assert.deepEqual(plan("new/"), as("new", true));
      assert.deepEqual(plan("to-d/new"), as("d/new"));
      const refused: readonly (readonly [string, number, RegExp])[] = [
        ["new", 2, /no such directory/],
        ["f", 2, /not a directory/],
        ["f/", 1, /not a directory|part of the path/],
        ["broken", 1, /link to nothing/],
        ["no/new", 1, /not a directory that is there/],
        ["f/new", 1, /part of the path is not a directory/],
      ];
      for (const [path, sources, expected] of refused) {
        assert.throws(() => plan(path, sources), expected, path);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("a source's name is its last part, and none where its content is meant", () => {
  for (
    const [path, name] of [
      ["/etc/hosts", "hosts"],
      ["./a/b/", "b"],
      ["./a/.", ""],
      ["./..", ""],
      ["/", ""],
      ["./.hidden", ".hidden"],
    ] as const
  ) assert.equal(nameOfSource(path), name, path);
});
