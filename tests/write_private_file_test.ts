import assert from "node:assert/strict";
import { checkWritable, writePrivateFile } from "../src/write_private_file.ts";

async function withFolder(
  body: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function names(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

Deno.test("a file comes whole, for its owner alone, and with nothing beside it", () =>
  withFolder(async (folder) => {
    const path = `${folder}/result.json`;
    await checkWritable(path);
    assert.deepEqual(names(folder), []);
    await writePrivateFile(path, "one");
    await writePrivateFile(path, "two");
    assert.equal(await Deno.readTextFile(path), "two");
    assert.deepEqual(names(folder), ["result.json"]);
    if (Deno.build.os !== "windows") {
      assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
    }
  }));

Deno.test("a place where nothing can be written is known before", () =>
  withFolder(async (folder) => {
    await assert.rejects(
      checkWritable(`${folder}/none/x`),
      Deno.errors.NotFound,
    );
    await assert.rejects(checkWritable(folder), Deno.errors.IsADirectory);
  }));

Deno.test({
  name: "a link stays a link, a device a device",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/real`, "old");
      await Deno.symlink(`${folder}/real`, `${folder}/link`);
      await writePrivateFile(`${folder}/link`, "new");
      assert.ok((await Deno.lstat(`${folder}/link`)).isSymlink);
      assert.equal(await Deno.readTextFile(`${folder}/real`), "new");
      await checkWritable("/dev/null");
      await writePrivateFile("/dev/null", "gone");
      assert.ok((await Deno.stat("/dev/null")).isCharDevice);
    }),
});
