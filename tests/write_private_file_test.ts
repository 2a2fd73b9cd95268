import assert from "node:assert/strict";
import {
  checkWritable,
  NotAFile,
  openPrivateFile,
  replaceFile,
  writePrivateFile,
} from "../src/write_private_file.ts";

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

Deno.test("what could not be put in its place leaves nothing beside it", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/taken`);
    await assert.rejects(replaceFile(`${folder}/taken`, "x"));
    assert.deepEqual(names(folder), ["taken"]);
  }));

Deno.test({
  name: "a link stays a link, whether its file is there or not",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/real`, "old");
      await Deno.symlink(`${folder}/real`, `${folder}/link`);
      await writePrivateFile(`${folder}/link`, "new");
      assert.ok((await Deno.lstat(`${folder}/link`)).isSymlink);
      assert.equal(await Deno.readTextFile(`${folder}/real`), "new");
      await Deno.symlink("later", `${folder}/dangling`);
      await checkWritable(`${folder}/dangling`);
      assert.deepEqual(names(folder), ["dangling", "link", "real"]);
      await writePrivateFile(`${folder}/dangling`, "new");
      assert.ok((await Deno.lstat(`${folder}/dangling`)).isSymlink);
      assert.equal(await Deno.readTextFile(`${folder}/later`), "new");
      await checkWritable("/dev/null");
      await writePrivateFile("/dev/null", "gone");
      assert.ok((await Deno.stat("/dev/null")).isCharDevice);
    }),
});

Deno.test({
  name: "what is no file is refused, and not even opened",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder(async (folder) => {
      const fifo = `${folder}/fifo`;
      await new Deno.Command("mkfifo", { args: [fifo] }).output();
      await Deno.symlink("/dev/stdout", `${folder}/stdout`);
      await Deno.symlink("/dev/fd", `${folder}/fd`);
      await Deno.symlink("loop", `${folder}/loop`);
      for (
        const path of [
          "/dev/stdout",
          "/dev/stderr",
          "/dev/fd/1",
          "/proc/self/fd/1",
          "/dev/tty",
          "/dev/full",
          "/tmp/../dev/stdout",
          fifo,
          `${folder}/stdout`,
          `${folder}/fd/1`,
          `${folder}/loop`,
        ]
      ) {
        await assert.rejects(checkWritable(path), NotAFile, path);
        await assert.rejects(writePrivateFile(path, "x"), NotAFile, path);
      }
    }),
});

Deno.test({
  name:
    "another user's link in a directory that is everybody's is not followed",
  // Other users exist only for root.
  ignore: Deno.build.os !== "linux" || Deno.uid() !== 0,
  fn: () =>
    withFolder(async (folder) => {
      const stranger = 12_345;
      const shared = `${folder}/shared`;
      await Deno.mkdir(shared);
      await Deno.mkdir(`${folder}/mine`);
      await Deno.writeTextFile(`${folder}/mine/precious`, "mine");
      const links = [
        ["file", `${folder}/mine/precious`, ""],
        ["later", `${folder}/mine/later`, ""],
        ["dir", `${folder}/mine`, "/precious"],
      ] as const;
      for (const [name, target] of links) {
        await Deno.symlink(target, `${shared}/${name}`);
        await new Deno.Command("chown", {
          args: ["-h", String(stranger), `${shared}/${name}`],
        }).output();
      }
      await Deno.symlink("shared", `${folder}/own`);
      for (const mode of [0o1777, 0o1770]) {
        await Deno.chmod(shared, mode);
        for (const [name, , rest] of links) {
          for (const way of [shared, `${folder}/own`]) {
            const path = `${way}/${name}${rest}`;
            await assert.rejects(checkWritable(path), /another user/, path);
            await assert.rejects(writePrivateFile(path, "x"), NotAFile, path);
          }
        }
      }
      assert.equal(
        await Deno.readTextFile(`${folder}/mine/precious`),
        "mine",
      );
      assert.deepEqual(names(`${folder}/mine`), ["precious"]);

      // One's own link is followed there, the directory's owner's is, and any where it is not sticky.
      await Deno.chmod(shared, 0o1777);
      await Deno.symlink(`${folder}/mine/new`, `${shared}/ours`);
      await writePrivateFile(`${shared}/ours`, "new");
      await Deno.chown(shared, stranger, null);
      await writePrivateFile(`${shared}/file`, "newer");
      await Deno.chown(shared, 0, null);
      await Deno.chmod(shared, 0o755);
      await writePrivateFile(`${shared}/dir/precious`, "newest");
      assert.equal(
        await Deno.readTextFile(`${folder}/mine/precious`),
        "newest",
      );
      assert.equal(await Deno.readTextFile(`${folder}/mine/new`), "new");
    }),
});

Deno.test("a file that is written bit by bit is empty at first, and its owner's alone", () =>
  withFolder(async (folder) => {
    const path = `${folder}/out`;
    await Deno.writeTextFile(path, "of an earlier run");
    const file = await openPrivateFile(path);
    assert.equal(await Deno.readTextFile(path), "");
    await file.write(new TextEncoder().encode("one "));
    await file.write(new TextEncoder().encode("two"));
    assert.equal(await Deno.readTextFile(path), "one two");
    file.close();
    assert.deepEqual(names(folder), ["out"]);
    if (Deno.build.os !== "windows") {
      assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
      await assert.rejects(openPrivateFile("/dev/tty"), NotAFile);
    }
    await assert.rejects(openPrivateFile(folder), Deno.errors.IsADirectory);
    const nowhere = await openPrivateFile("/dev/null");
    await nowhere.write(new Uint8Array(9));
    nowhere.close();
  }));
