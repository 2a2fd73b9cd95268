import assert from "node:assert/strict";
import { readOwnedFile, readTextFile } from "../src/read_text_file.ts";

const ignore = Deno.build.os === "windows";

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

async function makeFifo(path: string): Promise<string> {
  await new Deno.Command("mkfifo", { args: [path] }).output();
  return path;
}

/** Writes as a shell does, which opens the FIFO only once somebody reads it. */
function writeFifo(path: string, script: string): Promise<unknown> {
  return new Deno.Command("sh", { args: ["-c", `{ ${script}; } >"$0"`, path] })
    .output();
}

Deno.test({
  name: "a device is no file to read",
  ignore,
  fn: () =>
    withFolder(async (folder) => {
      await Deno.symlink("/dev/zero", `${folder}/zero`);
      for (const path of ["/dev/zero", `${folder}/zero`, "/dev/null"]) {
        await assert.rejects(readTextFile(path), /it is a device/, path);
      }
    }),
});

Deno.test("a file is read up to a limit, and not beyond", () =>
  withFolder(async (folder) => {
    const path = `${folder}/file`;
    const mostBytes = 1024 * 1024;
    await Deno.writeTextFile(path, "ä".repeat(mostBytes / 2));
    assert.equal((await readTextFile(path)).length, mostBytes / 2);
    assert.equal(
      (await readTextFile(path, { mostBytes })).length,
      mostBytes / 2,
    );
    await assert.rejects(
      readTextFile(path, { mostBytes: mostBytes - 1 }),
      /^Error: it is larger than/,
    );
  }));

Deno.test("what is not there, and what is a directory, is told as Deno tells it", async () => {
  await assert.rejects(readTextFile("/none/x"), Deno.errors.NotFound);
  await withFolder((folder) =>
    assert.rejects(readTextFile(folder), Deno.errors.IsADirectory)
  );
});

Deno.test({
  name:
    "a FIFO is waited for without stopping the program, and read to its end",
  ignore,
  fn: () =>
    withFolder(async (folder) => {
      const fifo = await makeFifo(`${folder}/fifo`);
      let ticks = 0;
      const ticking = setInterval(() => ticks++, 1);
      const reading = readTextFile(fifo);
      while (ticks < 20) await new Promise((resolve) => setTimeout(resolve, 1));
      const writing = writeFifo(fifo, "printf one; sleep 0.1; printf two");
      assert.equal(await reading, "onetwo");
      clearInterval(ticking);
      await writing;
    }),
});

Deno.test({
  name: "a FIFO is read up to a limit, and not waited for without end",
  ignore,
  fn: () =>
    withFolder(async (folder) => {
      const fifo = await makeFifo(`${folder}/fifo`);
      const writing = writeFifo(fifo, "head -c 200000 /dev/zero");
      await assert.rejects(
        readTextFile(fifo, { mostBytes: 100_000 }),
        /it is larger than/,
      );
      await writing;
      await assert.rejects(
        readTextFile(fifo, { silenceMs: 200 }),
        /nothing has arrived from it for 0\.2 s/,
      );
      await assert.rejects(
        readTextFile(fifo, { pipes: false }),
        /it is a pipe, not a file/,
      );
    }),
});

Deno.test({
  name: "an empty pipe of the shell's is at its end",
  ignore,
  fn: async () => {
    const program = `
      import { readTextFile } from "${
      import.meta.resolve("../src/read_text_file.ts")
    }";
      console.log(JSON.stringify(await Promise.all(Deno.args.map((path) => readTextFile(path)))));
    `;
    const { stdout } = await new Deno.Command("bash", {
      args: [
        "-c",
        '"$0" eval --no-check "$1" <(:) <(printf one; sleep 0.1; printf two)',
        Deno.execPath(),
        program,
      ],
    }).output();
    assert.deepEqual(JSON.parse(new TextDecoder().decode(stdout)), [
      "",
      "onetwo",
    ]);
  },
});

Deno.test({
  name:
    "a file is its owner's word, and that of who has put a link to it there",
  // Other users exist only for root.
  ignore: Deno.build.os !== "linux" || Deno.uid() !== 0,
  fn: () =>
    withFolder(async (folder) => {
      const stranger = 12_345;
      const file = `${folder}/file`;
      await Deno.writeTextFile(file, "text");
      await Deno.symlink(file, `${folder}/link`);
      const read = async (name: string) =>
        (await readOwnedFile(`${folder}/${name}`)).owners;
      assert.deepEqual(await read("file"), [0, 0]);
      await new Deno.Command("chown", {
        args: ["-h", String(stranger), `${folder}/link`],
      }).output();
      assert.deepEqual(await read("link"), [stranger, 0]);
      await Deno.chown(file, stranger, null);
      assert.deepEqual(await read("file"), [stranger, stranger]);
    }),
});
