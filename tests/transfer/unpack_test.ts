import assert from "node:assert/strict";
import { basename } from "node:path";
import type { LocalFiles } from "../../src/local_files.ts";
import { createRealFiles } from "../../src/real_files.ts";
import { rememberFiles } from "../../src/transfer/brought_files.ts";
import { createByteSource } from "../../src/transfer/byte_source.ts";
import { splitName } from "../../src/transfer/check_name.ts";
import { readTar } from "../../src/transfer/read_tar.ts";
import { createUnpacker } from "../../src/transfer/unpack.ts";
import {
  forgeArchive,
  type ForgedEntry,
  forgeEntry,
  forgePax,
} from "./hostile_archive.ts";
import { createTally, type MemoryTally } from "./local_container.ts";
import { unpackMany } from "./unpack_many.ts";

async function* inPieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) {
    yield await Promise.resolve(bytes.subarray(at, at + size));
  }
}

/** Unpacks into `root`. */
async function unpack(
  root: string,
  archive: Uint8Array,
  {
    files = createRealFiles(),
    preserve = false,
    platform = "linux",
    piece = 700,
  }: {
    readonly files?: LocalFiles;
    readonly preserve?: boolean;
    readonly platform?: "linux" | "darwin" | "windows";
    /** The archive comes in pieces of so many bytes. */
    readonly piece?: number;
  } = {},
): Promise<MemoryTally> {
  const tally = createTally();
  const unpacker = createUnpacker(root, {
    files,
    tally,
    brought: rememberFiles(files),
    platform,
    preserve,
    isNew: false,
    shown: "web:/x",
  });
  try {
    await readTar(createByteSource(inPieces(archive, piece)), unpacker.put);
  } finally {
    unpacker.finish();
  }
  return tally;
}

/** A test in a directory with `outside/secret` beside the place where archives are unpacked. */
function test(name: string, body: (root: string) => Promise<void>): void {
  Deno.test({
    name,
    ignore: Deno.build.os === "windows",
    async fn() {
      const folder = Deno.realPathSync(await Deno.makeTempDir());
      try {
        await Deno.mkdir(`${folder}/root`);
        await Deno.mkdir(`${folder}/outside`);
        await Deno.writeTextFile(`${folder}/outside/secret`, "secret");
        await Deno.symlink("../outside", `${folder}/root/planted`);
        await Deno.symlink("../outside/secret", `${folder}/root/planted-file`);
        await body(`${folder}/root`);
        assert.equal(
          await Deno.readTextFile(`${folder}/outside/secret`),
          "secret",
        );
        assert.deepEqual(names(`${folder}/outside`), ["secret"]);
        assert.deepEqual(names(folder), ["outside", "root"]);
        assert.ok(
          !names(`${folder}/root`).some((name) => name.startsWith(".porthole")),
        );
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

const GOOD: ForgedEntry = { name: "./good", content: "good" };

/** Each with why it is skipped; `good`, which follows, is unpacked all the same. */
const HOSTILE: Readonly<
  Record<string, readonly [entries: readonly ForgedEntry[], reason: RegExp]>
> = {
  "an absolute path": [
    [{ name: "/tmp/porthole-evil", content: "x" }],
    /absolute/,
  ],
  "a path that leads up": [
    [{ name: "../outside/evil", content: "x" }],
    /leads up/,
  ],
  "a path that leads up from within": [
    [{ name: "./a/../../outside/evil", content: "x" }],
    /leads up/,
  ],
  "a directory that leads up": [[{ name: "../evil/", type: "5" }], /leads up/],
  "a path that leads up, in a pax header": [
    [forgePax({ path: "../outside/evil" }), { name: "ok", content: "x" }],
    /leads up/,
  ],
  "a long name of GNU's that leads up": [
    [
      { name: "././@LongLink", type: "L", content: "../outside/evil\0" },
      { name: "ok", content: "x" },
    ],
    /leads up/,
  ],
  "a link, and a file through it": [
    [
      { name: "l", type: "2", target: "../outside" },
      { name: "l/evil", content: "x" },
    ],
    /through a link/,
  ],
  "a link to a link, and a file through both": [
    [
      { name: "a", type: "2", target: "../outside" },
      { name: "b", type: "2", target: "a" },
      { name: "b/evil", content: "x" },
    ],
    /through a link/,
  ],
  // CVE-2019-11249 and CVE-2019-11251 of kubectl cp; CVE-2018-1002100 and CVE-2019-1002101 are above.
  "a link, and a link through it": [
    [
      { name: "l", type: "2", target: "../outside" },
      { name: "l/m", type: "2", target: "." },
      { name: "l/m/evil", content: "x" },
    ],
    /through a link/,
  ],
  "a link to the place itself, and a link through it": [
    [
      { name: "l", type: "2", target: "." },
      { name: "l/m", type: "2", target: "../outside" },
      { name: "m/evil", content: "x" },
      { name: "l/m/evil", content: "x" },
    ],
    /through a link/,
  ],
  // CVE-2019-11246 of kubectl cp.
  "a link to an absolute path, and a file through it": [
    [
      { name: "l", type: "2", target: "/tmp" },
      { name: "./l/../l/porthole-evil", content: "x" },
      { name: "l/porthole-evil", content: "x" },
    ],
    /through a link/,
  ],
  "a link, and a directory through it": [
    [
      { name: "l", type: "2", target: "../outside" },
      { name: "l/evil/", type: "5" },
    ],
    /through a link/,
  ],
  "a link, and a hard link through it": [
    [
      { name: "a", content: "x" },
      { name: "l", type: "2", target: "../outside" },
      { name: "l/evil", type: "1", target: "a" },
    ],
    /through a link/,
  ],
  "a directory, replaced by a link, and a file through it": [
    [
      { name: "d/e/", type: "5" },
      { name: "d/e/f", content: "x" },
      { name: "d/e", type: "2", target: "../../outside" },
      { name: "d/e", type: "2", target: "../../outside" },
    ],
    /directory of this name/,
  ],
  "a path that leads up behind a link": [
    [
      { name: "l", type: "2", target: "outside" },
      { name: "l/../../outside/evil", content: "x" },
    ],
    /leads up/,
  ],
  "the place above alone": [[{ name: "..", type: "5" }], /leads up/],
  "an absolute path of two slashes": [
    [{ name: "//tmp/porthole-evil", content: "x" }],
    /absolute/,
  ],
  "an absolute path, in a pax header": [
    [forgePax({ path: "/tmp/porthole-evil" }), { name: "ok", content: "x" }],
    /absolute/,
  ],
  "a hard link that leads up, in a pax header": [
    [
      forgePax({ linkpath: "../outside/secret" }),
      { name: "h", type: "1", target: "good" },
    ],
    /outside/,
  ],
  "a name that ends with a zero byte in a pax header": [
    [forgePax({ path: "a\0b" }), { name: "a", content: "x" }],
    /zero byte/,
  ],
  "a hard link to itself": [
    [{ name: "h", type: "1", target: "h" }],
    /not copied/,
  ],
  "a hard link to a directory": [
    [{ name: "d/", type: "5" }, { name: "h", type: "1", target: "d" }],
    /not copied/,
  ],
  "a file for the place itself": [
    [{ name: "./.", content: "x" }],
    /no name/,
  ],
  "a link that becomes a directory's name": [
    [
      { name: "d", type: "2", target: "../outside" },
      { name: "d/", type: "5" },
      { name: "d/evil", content: "x" },
    ],
    /link of this name|through a link/,
  ],
  "a link in the place of a directory": [
    [
      { name: "d/", type: "5" },
      { name: "d", type: "2", target: "../outside" },
    ],
    /directory of this name/,
  ],
  "a link that was there before": [
    [{ name: "planted/evil", content: "x" }],
    /through a link/,
  ],
  "a link that was there before, as a directory": [
    [{ name: "planted/", type: "5" }],
    /link of this name/,
  ],
  "a hard link to what is outside": [
    [{ name: "h", type: "1", target: "../outside/secret" }],
    /outside/,
  ],
  "a hard link to an absolute path": [
    [{ name: "h", type: "1", target: "/etc/passwd" }],
    /outside/,
  ],
  "a hard link through a link": [
    [{ name: "h", type: "1", target: "planted/secret" }],
    /through a link/,
  ],
  "a hard link to a link": [
    [{ name: "h", type: "1", target: "planted-file" }],
    /not copied/,
  ],
  "a hard link to a file that was there": [
    [{ name: "h", type: "1", target: "mine" }],
    /not copied/,
  ],
  "a device": [
    [{ name: "dev", type: "3" }, { name: "dev2", type: "4" }],
    /device/,
  ],
  "a named pipe": [[{ name: "pipe", type: "6" }], /named pipe/],
  "a sparse file of an old kind": [[{ name: "s", type: "S" }], /type/],
  "an unknown type": [[{ name: "s", type: "Z", content: "x" }], /type/],
  "a sparse file of pax": [
    [forgePax({ "GNU.sparse.major": "1" }), { name: "s", content: "x" }],
    /type/,
  ],
  "no name": [[{ name: "", content: "x" }], /no name/],
  "the root as a file": [[{ name: "./", type: "0" }, {
    name: ".",
    type: "2",
    target: "x",
  }], /no name/],
  "a name that is too long": [
    [forgePax({ path: "x".repeat(300) }), { name: "x", content: "x" }],
    /too long/,
  ],
  "a path that is too long": [
    [forgePax({ path: "x/".repeat(3000) + "x" }), { name: "x", content: "x" }],
    /too long/,
  ],
  "a name that is not UTF-8": [
    [{ name: Uint8Array.of(97, 0xff), content: "x" }],
    /UTF-8/,
  ],
  "a link to nothing": [
    [{ name: "n", type: "2", target: "" }],
    /link to nothing/,
  ],
  "a file in the place of a directory": [
    [{ name: "kept/", type: "5" }, { name: "kept", content: "x" }],
    /directory of this name/,
  ],
  "a file below a file": [
    [{ name: "f", content: "x" }, { name: "f/g", content: "x" }],
    /not a directory/,
  ],
};

for (const [name, [entries, reason]] of Object.entries(HOSTILE)) {
  test(`unpacking refuses ${name}`, async (root) => {
    await Deno.writeTextFile(`${root}/mine`, "mine");
    const tally = await unpack(root, forgeArchive([...entries, GOOD]));
    assert.match(tally.skipped.at(-1)?.reason ?? "nothing skipped", reason);
    assert.equal(await Deno.readTextFile(`${root}/good`), "good");
    assert.equal(await Deno.readTextFile(`${root}/mine`), "mine");
    assert.equal((await Deno.lstat(`${root}/mine`)).mode! & 0o7777, 0o644);
  });
}

test("unpacking replaces what is there, and writes through no link", async (root) => {
  await Deno.writeTextFile(`${root}/mine`, "mine");
  await Deno.link(`${root}/mine`, `${root}/other-name`);
  const tally = await unpack(
    root,
    forgeArchive([
      { name: "planted-file", content: "new" },
      { name: "mine", content: "theirs" },
      { name: "planted", content: "a file now" },
    ]),
  );
  assert.deepEqual(tally.skipped, []);
  assert.equal(await Deno.readTextFile(`${root}/planted-file`), "new");
  assert.equal(await Deno.readTextFile(`${root}/other-name`), "mine");
  assert.ok((await Deno.lstat(`${root}/planted`)).isFile);
});

/** Real files of a file system that does not tell upper from lower case. */
function ignoringCase(): LocalFiles {
  const files = createRealFiles();
  const fold = (path: string) => path.toLowerCase();
  /** As they were written first. */
  const written = new Map<string, string>();
  return {
    ...files,
    look: (path, links) => files.look(fold(path), links),
    realPath: (path) => files.realPath(fold(path)),
    create: (path) => files.create(fold(path)),
    makeDirectory: (path) => files.makeDirectory(fold(path)),
    makeLink: (path, target) => files.makeLink(fold(path), target),
    addName: (path, existing) => files.addName(fold(path), fold(existing)),
    rename(from, to) {
      files.rename(fold(from), fold(to));
      written.set(fold(to), written.get(fold(to)) ?? to);
    },
    list: (path) =>
      [...files.list(fold(path))].map((name) =>
        basename(written.get(`${fold(path)}/${name}`) ?? name)
      ),
    remove: (path) => files.remove(fold(path)),
    setMode: (path, mode) => files.setMode(fold(path), mode),
    setTime: (path, mtime) => files.setTime(fold(path), mtime),
  };
}

test("names that differ by case alone lead nowhere, and replace nothing that was copied", async (root) => {
  const lower = `${root}/lower`;
  await Deno.mkdir(lower);
  const tally = await unpack(
    lower,
    forgeArchive([
      { name: "File", content: "first" },
      { name: "file", content: "second" },
      { name: "FILE", type: "2", target: "../../outside" },
      { name: "d/", type: "5" },
      { name: "D", type: "2", target: "../../outside" },
      { name: "l", type: "2", target: "../../outside" },
      { name: "L/evil", content: "x" },
      { name: "D/x", content: "in d" },
      { name: "d/y", content: "in d" },
      // The same name again is another version of the same file.
      { name: "d/y", content: "newer" },
      GOOD,
    ]),
    { files: ignoringCase(), platform: "darwin" },
  );
  assert.deepEqual(
    tally.skipped.map(({ path, reason }) => [
      path.slice("web:/x/".length),
      reason.replace(/".*\//, '"'),
    ]),
    [
      ["file", 'it would replace "File", which has just been copied'],
      ["FILE", 'it would replace "File", which has just been copied'],
      ["D", "a directory of this name is there"],
      ["L/evil", "its path leads through a link"],
    ],
  );
  assert.equal(await Deno.readTextFile(`${lower}/file`), "first");
  assert.deepEqual(names(`${lower}/d`), ["x", "y"]);
  assert.equal(await Deno.readTextFile(`${lower}/d/y`), "newer");
});

Deno.test("names that Windows does not allow are refused there", () => {
  const names = [
    "C:\\evil",
    "c:evil",
    "..\\evil",
    "a\\..\\..\\evil",
    "a/..\\evil",
    "file:stream",
    "NUL",
    "con.txt",
    "a/COM1",
    "ends with a dot.",
    "ends with a space ",
    "\\\\server\\share",
    "what?",
    "a\tb",
  ];
  for (const name of names) {
    assert.equal(typeof splitName(name, "windows"), "string", name);
    assert.ok(Array.isArray(splitName(name, "linux")), name);
  }
  assert.deepEqual(splitName("./a//b/.hidden", "windows"), [
    "a",
    "b",
    ".hidden",
  ]);
});

test("zeros become a hole, however they come, and short ones stay zeros", async (root) => {
  const content = new Uint8Array(400_000);
  content.fill(1, 0, 10);
  content.fill(2, 1_000, 1_010);
  content.fill(3, 300_000, 300_010);
  const archive = forgeArchive([{ name: "sparse", content }]);
  for (const piece of [100, 700, 5_000, 70_000]) {
    await unpack(root, archive, { piece });
    assert.deepEqual(await Deno.readFile(`${root}/sparse`), content);
    const { blocks } = await Deno.stat(`${root}/sparse`);
    if (Deno.build.os !== "linux") continue;
    assert.ok(blocks! * 512 < 200_000, `${blocks} blocks, pieces of ${piece}`);
  }
});

test("a hard link of the archive's own is one", async (root) => {
  const tally = await unpack(
    root,
    forgeArchive([
      { name: "a", content: "one" },
      { name: "b", type: "1", target: "./a" },
      { name: "b", type: "1", target: "a" },
    ]),
  );
  assert.deepEqual(tally.skipped, []);
  assert.equal(
    (await Deno.stat(`${root}/a`)).ino,
    (await Deno.stat(`${root}/b`)).ino,
  );
});

test("setuid, setgid and sticky are kept only with the owner", async (root) => {
  const archive = forgeArchive([
    { name: "su", mode: 0o6755, content: "x" },
    { name: "d/", type: "5", mode: 0o3777 },
  ]);
  const mode = async (name: string) =>
    (await Deno.stat(`${root}/${name}`)).mode! & 0o7777;
  await unpack(root, archive);
  assert.deepEqual([await mode("su"), await mode("d")], [0o755, 0o777]);
  if (Deno.uid() !== 0) return;
  await unpack(root, forgeArchive([{ name: "su2", mode: 0o4755 }]), {
    preserve: true,
  });
  assert.equal(await mode("su2"), 0o4755);
  const refusing: LocalFiles = createRealFiles();
  const tally = await unpack(
    root,
    forgeArchive([{ name: "su3", mode: 0o4755 }]),
    {
      preserve: true,
      files: {
        ...refusing,
        create: (path) => ({
          ...refusing.create(path),
          setOwner() {
            throw Object.assign(new Error("no"), { code: "EPERM" });
          },
        }),
      },
    },
  );
  assert.equal(await mode("su3"), 0o755);
  assert.match(tally.notices.join(), /Owners are not kept/);
});

test("a directory that becomes a link while a file is put there gets nothing", async (root) => {
  const files = createRealFiles();
  let swaps = 0;
  const swap = (path: string) => {
    if (!path.startsWith(`${root}/d/.porthole-`) || swaps++ > 0) return;
    Deno.renameSync(`${root}/d`, `${root}/moved`);
    Deno.symlinkSync("../outside", `${root}/d`);
  };
  const tally = await unpack(
    root,
    forgeArchive([
      { name: "d/", type: "5" },
      { name: "d/evil", content: "evil" },
      { name: "d/evil2", content: "evil" },
      GOOD,
    ]),
    {
      files: {
        ...files,
        create(path) {
          swap(path);
          return files.create(path);
        },
      },
    },
  );
  assert.deepEqual(tally.skipped.map(({ path }) => path), [
    "web:/x/d/evil",
    "web:/x/d/evil2",
    "web:/x/d/",
  ]);
  assert.equal(await Deno.readTextFile(`${root}/good`), "good");
});

test("a disk that is full skips a file, leaves none of it, and the next one fits", async (root) => {
  const files = createRealFiles();
  const tally = await unpack(
    root,
    forgeArchive([{ name: "big", content: "x".repeat(5_000) }, GOOD]),
    {
      files: {
        ...files,
        create(path) {
          const file = files.create(path);
          let room = 1_000;
          return {
            ...file,
            write(bytes) {
              if ((room -= bytes.length) < 0) {
                throw Object.assign(new Error("full"), { code: "ENOSPC" });
              }
              file.write(bytes);
            },
          };
        },
      },
    },
  );
  assert.deepEqual(tally.skipped, [
    { path: "web:/x/big", reason: "no space is left on the device" },
  ]);
  assert.deepEqual(names(root), ["good", "planted", "planted-file"]);
});

const WHOLE = forgeArchive([
  { name: "a", content: "x".repeat(3_000) },
  { name: "b", content: "y".repeat(3_000) },
]);

test("an archive that is cut anywhere is never whole, and leaves no half file", async (root) => {
  for (let length = 0; length < WHOLE.length; length += 171) {
    await assert.rejects(
      unpack(root, WHOLE.subarray(0, length)),
      { code: "session_lost" },
      `cut at ${length}`,
    );
    for (const name of ["a", "b"]) {
      const facts = await Deno.stat(`${root}/${name}`).catch(() => undefined);
      assert.ok(facts === undefined || facts.size === 3_000);
    }
  }
});

Deno.test("archives that lie about sizes and headers are damaged", async () => {
  const read = (archive: Uint8Array) =>
    readTar(createByteSource(inPieces(archive, 700)), () => Promise.resolve());
  const wrongSum = forgeEntry(GOOD);
  wrongSum[0] = 120;
  const binary = (bytes: readonly number[]) => {
    const entry = forgeEntry(GOOD);
    entry.set(bytes, 124);
    entry.fill(32, 148, 156);
    const sum = entry.subarray(0, 512).reduce((sum, byte) => sum + byte, 0);
    entry.set(new TextEncoder().encode(sum.toString(8).padStart(7, "0")), 148);
    return entry;
  };
  const table: readonly (readonly [string, Uint8Array])[] = [
    [
      "larger than it is",
      forgeArchive([{ name: "a", size: 1e9, content: "x" }]),
    ],
    [
      "smaller than it is",
      forgeArchive([{ name: "a", size: 1, content: "x".repeat(2_000) }]),
    ],
    ["a wrong checksum", wrongSum],
    [
      "below zero",
      binary([
        0xff,
        0xff,
        0xff,
        0xff,
        0xff,
        0xff,
        0xff,
        0xff,
        0xff,
        0xff,
        0xff,
        0xff,
      ]),
    ],
    [
      "beyond what a number holds",
      binary([
        0x80,
        0x7f,
        0xff,
        0xff,
        0xff,
        0xff,
        0xff,
        0xff,
        0xff,
        0xff,
        0xff,
        0xff,
      ]),
    ],
    ["not a number", binary([...new TextEncoder().encode("9zz")])],
    [
      "a name without end",
      forgeArchive([{ name: "L", type: "L", size: 1e10, content: "x" }]),
    ],
    [
      "a pax record longer than all",
      forgeArchive([{ name: "x", type: "x", content: "99 path=a\n" }]),
    ],
    [
      "a pax record of no length",
      forgeArchive([{ name: "x", type: "x", content: "0 path=a\n" }]),
    ],
    ["a pax size below zero", forgeArchive([forgePax({ size: "-5" }), GOOD])],
    ["bytes after the end", new Uint8Array([...forgeArchive([GOOD]), 1])],
    ["no second block of zeros", forgeArchive([GOOD]).slice(0, -512)],
  ];
  for (const [name, archive] of table) {
    await assert.rejects(read(archive), { code: "session_lost" }, name);
  }
});

Deno.test("a million entries are unpacked one at a time", async () => {
  if (Deno.env.get("PORTHOLE_TEST_LONG") !== "1") {
    return await unpackMany(5_000);
  }
  // What is kept of each would not fit.
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-check",
      "--v8-flags=--max-old-space-size=96",
      `${import.meta.dirname}/unpack_many.ts`,
      "1000000",
    ],
    stdout: "null",
    stderr: "piped",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
});
