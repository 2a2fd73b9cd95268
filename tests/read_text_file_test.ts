import assert from "node:assert/strict";
import { readTextFile } from "../src/read_text_file.ts";

Deno.test({
  name: "a device is no file to read",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.symlink("/dev/zero", `${folder}/zero`);
      for (const path of ["/dev/zero", `${folder}/zero`]) {
        await assert.rejects(readTextFile(path), path);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("a file is read up to a limit, and not beyond", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, "a".repeat(1024 * 1024));
    assert.equal((await readTextFile(path, 1024 * 1024)).length, 1024 * 1024);
    await assert.rejects(
      readTextFile(path, 1024 * 1024 - 1),
      /^Error: it is larger than/,
    );
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("what is not there is told as Deno tells it", async () => {
  await assert.rejects(readTextFile("/none/x"), Deno.errors.NotFound);
});
