import assert from "node:assert/strict";
import {
  keepFile,
  listKeptFiles,
  readKeptFile,
  removeKeptFile,
} from "../src/kept_file.ts";

const STRANGER = 12_345;

/** Other users exist only for root. */
const asRoot = Deno.build.os === "linux" && Deno.uid() === 0;

function testInFolder(
  name: string,
  body: (folder: string) => Promise<void>,
  { ignore = Deno.build.os === "windows" } = {},
): void {
  Deno.test({
    name,
    ignore,
    async fn() {
      const folder = await Deno.makeTempDir();
      try {
        await body(folder);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

testInFolder(
  "what is kept is its owner's alone, and is read again",
  async (folder) => {
    const path = `${folder}/a/b/kept`;
    await assert.rejects(readKeptFile(path), Deno.errors.NotFound);
    await keepFile(path, "one");
    await keepFile(path, "two");
    assert.equal(await readKeptFile(path), "two");
    for (
      const [made, mode] of [["a", 0o700], ["a/b", 0o700], [
        "a/b/kept",
        0o600,
      ]] as const
    ) {
      assert.equal((await Deno.stat(`${folder}/${made}`)).mode! & 0o777, mode);
    }
  },
);

testInFolder(
  "a link is replaced, not followed, and not read",
  async (folder) => {
    const path = `${folder}/kept`;
    await Deno.writeTextFile(`${folder}/precious`, "mine");
    await Deno.symlink(`${folder}/precious`, path);
    await assert.rejects(readKeptFile(path), /it is a link/);
    await keepFile(path, "new");
    assert.equal(await Deno.readTextFile(`${folder}/precious`), "mine");
    assert.equal(await readKeptFile(path), "new");
  },
);

testInFolder(
  "nothing is kept behind a link to a folder, nor read there",
  async (folder) => {
    await keepFile(`${folder}/real/kept`, "mine");
    await Deno.symlink(`${folder}/real`, `${folder}/link`);
    await assert.rejects(readKeptFile(`${folder}/link/kept`), /it is a link/);
    await assert.rejects(keepFile(`${folder}/link/kept`, "x"), /it is a link/);
    assert.equal(await readKeptFile(`${folder}/real/kept`), "mine");
  },
);

testInFolder(
  "a folder that anybody may write to keeps nothing",
  async (folder) => {
    await Deno.mkdir(`${folder}/open`);
    await Deno.writeTextFile(`${folder}/open/kept`, "planted");
    for (const mode of [0o1777, 0o702]) {
      await Deno.chmod(`${folder}/open`, mode);
      await assert.rejects(readKeptFile(`${folder}/open/kept`));
      await assert.rejects(keepFile(`${folder}/open/kept`, "x"));
      await assert.rejects(removeKeptFile(`${folder}/open/kept`));
      await assert.rejects(listKeptFiles(`${folder}/open`));
    }
    assert.equal(await Deno.readTextFile(`${folder}/open/kept`), "planted");
  },
);

testInFolder("another user's folder or file is not ours", async (folder) => {
  await keepFile(`${folder}/a/kept`, "planted");
  await Deno.chown(`${folder}/a/kept`, STRANGER, null);
  await assert.rejects(readKeptFile(`${folder}/a/kept`), /another user's/);
  await keepFile(`${folder}/a/kept`, "mine");
  await Deno.chown(`${folder}/a`, STRANGER, null);
  await assert.rejects(readKeptFile(`${folder}/a/kept`), /another user's/);
  await assert.rejects(keepFile(`${folder}/a/kept`, "x"), /another user's/);
}, { ignore: !asRoot });

testInFolder("a FIFO in its place is not waited for", async (folder) => {
  const made = await new Deno.Command("mkfifo", { args: [`${folder}/kept`] })
    .output();
  assert.ok(made.success);
  await assert.rejects(readKeptFile(`${folder}/kept`), /pipe/);
});

testInFolder("what is kept is listed and removed, once", async (folder) => {
  assert.deepEqual(await listKeptFiles(`${folder}/a`), []);
  assert.equal(await removeKeptFile(`${folder}/a/kept`), false);
  await keepFile(`${folder}/a/kept`, "one");
  await Deno.mkdir(`${folder}/a/folder`);
  assert.deepEqual(await listKeptFiles(`${folder}/a`), ["kept"]);
  assert.equal(await removeKeptFile(`${folder}/a/kept`), true);
  assert.equal(await removeKeptFile(`${folder}/a/kept`), false);
});
