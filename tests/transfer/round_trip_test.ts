import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { isImageAvailable } from "../sandbox/container_image.ts";
import { down, up } from "./copy_through_shell.ts";
import { inFolders } from "./in_folders.ts";

const isLong = Deno.env.get("PORTHOLE_TEST_LONG") === "1";

const SHELLS: Readonly<Record<string, readonly string[]>> = {
  dash: ["dash"],
  bash: ["bash"],
  busybox: ["busybox", "sh"],
};

/** A test in two new directories: one is here, one stands for the container. */
function test(
  name: string,
  body: (
    here: string,
    there: string,
    shell: readonly string[],
  ) => Promise<void>,
): void {
  for (const [image, shell] of Object.entries(SHELLS)) {
    Deno.test({
      name: `${name}, with ${image}`,
      ignore: Deno.build.os === "windows" ||
        (image === "busybox" && !isImageAvailable(image)),
      fn: () => inFolders((here, there) => body(here, there, shell)),
    });
  }
}

/** Everything in a directory: kind, mode, time and content. */
async function list(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const visit = async (path: string, name: string) => {
    const { isDirectory, isSymlink, mode, mtime } = await Deno.lstat(path);
    const kept = `${(mode! & 0o7777).toString(8)} ${
      Math.floor(mtime!.getTime() / 1_000)
    }`;
    if (isSymlink) found[name] = `link ${await Deno.readLink(path)}`;
    else if (!isDirectory) {
      const bytes = await Deno.readFile(path);
      const hash = await crypto.subtle.digest("SHA-256", bytes);
      found[name] = `file ${kept} ${new Uint8Array(hash).toHex()}`;
    } else {
      found[name] = `directory ${kept}`;
      for await (const { name: below } of Deno.readDir(path)) {
        await visit(`${path}/${below}`, `${name}/${below}`);
      }
    }
  };
  await visit(folder, ".");
  return found;
}

/** busybox's tar gives a directory its time before what is in it changes it again. */
function withoutDirectoryTimes(
  found: Record<string, string>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(found).map(([name, text]) => [
      name,
      text.replace(/^(directory \d+) .*/, "$1"),
    ]),
  );
}

const STRANGE_NAMES = [
  "with space",
  "line\nbreak",
  "-flag",
  "$(touch evil)",
  "quote'\"\\",
  "tab\there",
  "Zürich-☃",
  "*",
  ".hidden",
  "..two",
  "long-".repeat(40),
];

async function makeTree(folder: string): Promise<void> {
  await Deno.mkdir(`${folder}/sub/empty`, { recursive: true });
  for (const name of STRANGE_NAMES) {
    await Deno.writeTextFile(`${folder}/${name}`, `content of ${name}`);
  }
  const deep = `${folder}/${"deep-directory-name/".repeat(12)}`;
  await Deno.mkdir(deep, { recursive: true });
  await Deno.writeTextFile(`${deep}file`, "deep");
  await Deno.writeFile(`${folder}/random`, randomBytes(300_000));
  await Deno.writeFile(`${folder}/zeros`, new Uint8Array(300_000));
  await Deno.writeTextFile(`${folder}/empty`, "");
  await Deno.writeTextFile(`${folder}/sub/run`, "#!/bin/sh\n");
  await Deno.chmod(`${folder}/sub/run`, 0o751);
  await Deno.chmod(`${folder}/sub`, 0o555);
  await Deno.symlink("sub/run", `${folder}/link`);
  await Deno.symlink(`/nowhere/${"x".repeat(150)}`, `${folder}/broken`);
  await Deno.utime(`${folder}/random`, 1_000_000_000, 1_000_000_000);
  await Deno.utime(`${folder}/sub`, 1_200_000_000, 1_200_000_000);
}

test(
  "a tree comes out as it is, and goes in again",
  async (here, there, shell) => {
    await Deno.mkdir(`${there}/tree`);
    await makeTree(`${there}/tree`);
    const original = await list(`${there}/tree`);

    const out = await down(there, ["./tree"], here, { shell });
    assert.deepEqual(out.skipped, []);
    assert.deepEqual(await list(`${here}/tree`), original);

    const load = {
      kind: "tree",
      sources: [{ path: `${here}/tree`, name: "tree" }],
    } as const;
    const renamed = await up(there, load, "./renamed", { shell });
    assert.deepEqual(renamed.skipped, []);
    const kept = (found: Record<string, string>) =>
      shell[0] === "busybox" ? withoutDirectoryTimes(found) : found;
    assert.deepEqual(kept(await list(`${there}/renamed`)), kept(original));

    await Deno.mkdir(`${there}/into`);
    const into = await up(there, load, "./into", { shell });
    assert.deepEqual(into.skipped, []);
    assert.deepEqual(kept(await list(`${there}/into/tree`)), kept(original));

    // Once more, into what is there.
    await Deno.writeTextFile(`${there}/into/tree/zeros`, "other");
    await Deno.writeTextFile(`${there}/into/tree/own`, "stays");
    const again = await up(there, load, "./into", { shell });
    assert.deepEqual(again.skipped, []);
    const { "./own": own, ...others } = await list(`${there}/into/tree`);
    assert.ok(own);
    assert.equal(others["./zeros"], original["./zeros"]);
    assert.deepEqual(
      await Array.fromAsync(Deno.readDir(there), ({ name }) => name)
        .then((names) => names.sort()),
      ["into", "renamed", "tree"],
    );
    for (
      const sub of [
        `${there}/tree`,
        `${there}/renamed`,
        `${there}/into/tree`,
        `${here}/tree`,
      ]
    ) {
      await Deno.chmod(`${sub}/sub`, 0o755);
    }
  },
);

test("files keep mode and time, both ways", async (here, there, shell) => {
  await Deno.writeFile(`${there}/a`, randomBytes(100_000));
  await Deno.chmod(`${there}/a`, 0o640);
  await Deno.utime(`${there}/a`, 1_100_000_000, 1_100_000_000);
  await Deno.writeTextFile(`${there}/b`, "text ".repeat(10_000));
  const { "./a": a, "./b": b } = await list(there);

  const out = await down(there, ["./a", "./b"], here, { shell });
  assert.deepEqual([out.skipped, out.notices, out.files], [[], [], 2]);
  assert.deepEqual(
    [(await list(here))["./a"], (await list(here))["./b"]],
    [a, b],
  );
  assert.equal(out.bytes, 150_000);

  for (const name of ["a", "b"]) {
    const load = { kind: "file", path: `${here}/${name}` } as const;
    const tally = await up(there, load, `./${name}2`, { shell });
    assert.deepEqual([tally.skipped, tally.notices], [[], []]);
  }
  assert.deepEqual(
    [(await list(there))["./a2"], (await list(there))["./b2"]],
    [a, b],
  );
});

test(
  "a file's place in the container by the rules of cp -r",
  async (here, there, shell) => {
    await Deno.writeTextFile(`${here}/f`, "new");
    const load = { kind: "file", path: `${here}/f` } as const;
    await Deno.mkdir(`${there}/directory/f`, { recursive: true });
    await Deno.writeTextFile(`${there}/real`, "old");
    await Deno.symlink("real", `${there}/link`);
    await Deno.symlink("nothing", `${there}/dangling`);

    await up(there, load, "./link", { shell });
    assert.equal(await Deno.readLink(`${there}/link`), "real");
    assert.equal(await Deno.readTextFile(`${there}/real`), "new");

    const taken = await up(there, load, "./directory", { shell });
    assert.match(taken.skipped[0]?.reason ?? "", /Is a directory/);
    await assert.rejects(
      up(there, load, "./dangling", { shell }),
      /link to nothing/,
    );
    await assert.rejects(
      up(there, load, "./no/f", { shell }),
      /above it does not exist/,
    );
    await assert.rejects(
      up(there, load, "./real", { shell, directoryOnly: true }),
      /not a directory/,
    );
    assert.deepEqual(
      (await Array.fromAsync(Deno.readDir(there), ({ name }) => name)).sort(),
      ["dangling", "directory", "link", "real"],
    );
  },
);

test(
  "a device, a pipe or a socket is never replaced, in either direction",
  async (here, there, shell) => {
    for (const folder of [here, there]) {
      await Deno.mkdir(`${folder}/from/d`, { recursive: true });
      for (const name of ["p", "d/p", "d/q"]) {
        await Deno.writeTextFile(`${folder}/from/${name}`, "new");
      }
      await Deno.mkdir(`${folder}/to/d`, { recursive: true });
      for (const name of ["p", "d/p"]) {
        const pipe = await new Deno.Command("mkfifo", {
          args: [`${folder}/to/${name}`],
        }).output();
        assert.ok(pipe.success);
      }
      await Deno.symlink("p", `${folder}/to/link`);
    }
    const file = { kind: "file", path: `${here}/from/p` } as const;
    const tree = {
      kind: "tree",
      sources: [
        { path: `${here}/from/d`, name: "d" },
        { path: `${here}/from/p`, name: "p" },
      ],
    } as const;
    await assert.rejects(up(there, file, "./to/p", { shell }), {
      message:
        'Cannot copy to "./to/p" in the container: it is not a regular file',
    });
    await assert.rejects(up(there, file, "./to/link", { shell }));
    const skips = [
      await up(there, file, "./to", { shell }),
      await up(there, tree, "./to", { shell }),
      await down(there, ["./from/p"], `${here}/to`, { shell }),
      await down(there, ["./from/d"], `${here}/to`, { shell }),
    ].map(({ skipped }) => skipped.map(({ reason }) => reason).join());
    assert.match(skips[0]!, /p: Not a regular file$/);
    assert.match(skips[1]!, /p: Not a regular file$/);
    assert.match(skips[2]!, /^a device, a pipe or a socket of this name/);
    assert.match(skips[3]!, /^a device, a pipe or a socket of this name/);
    for (const folder of [here, there]) {
      for (const name of ["p", "d/p"]) {
        assert.ok((await Deno.lstat(`${folder}/to/${name}`)).isFifo, name);
      }
      // What stands beside it has come.
      assert.equal(await Deno.readTextFile(`${folder}/to/d/q`), "new");
    }
  },
);

test(
  "two sources of one name: the second replaces nothing, and is told",
  async (here, there, shell) => {
    for (const folder of ["a", "b"]) {
      await Deno.mkdir(`${there}/${folder}/d`, { recursive: true });
      for (const name of ["x", "d/y", `d/${folder}`]) {
        await Deno.writeTextFile(`${there}/${folder}/${name}`, folder);
      }
    }
    const out = await down(
      there,
      ["./a/x", "./b/x", "./a/d", "./b/d"],
      here,
      { shell },
    );
    const reason = /^it would replace ".*\/(x|y)", which has just been copied$/;
    const check = ({ skipped }: typeof out, paths: readonly string[]) => {
      assert.deepEqual(skipped.map(({ path }) => path), paths);
      for (const one of skipped) assert.match(one.reason, reason);
    };
    check(out, ["./b/x", "b/d/y"]);
    const expected = ["a", "a", "a", "b"];
    const read = (folder: string) =>
      ["x", "d/y", "d/a", "d/b"].map((name) =>
        Deno.readTextFileSync(`${folder}/${name}`)
      );
    assert.deepEqual(read(here), expected);

    await Deno.mkdir(`${there}/into`);
    const into = await up(
      there,
      {
        kind: "tree",
        sources: [
          { path: `${there}/a`, name: "" },
          { path: `${there}/b`, name: "" },
        ],
      },
      "./into",
      { shell },
    );
    check(into, [`${there}/b/d/y`, `${there}/b/x`]);
    assert.deepEqual(read(`${there}/into`), expected);
  },
);

test(
  "what cannot be read is skipped, and the others go on",
  async (here, there, shell) => {
    await Deno.writeTextFile(`${there}/good`, "good");
    await Deno.mkdir(`${there}/d`);
    await Deno.writeTextFile(`${there}/d/inside`, "inside");
    const tally = await down(
      there,
      ["./missing", "./good", "/dev/null", "./d"],
      here,
      { shell },
    );
    assert.deepEqual(tally.skipped.map(({ path }) => path), [
      "./missing",
      "/dev/null",
    ]);
    assert.match(tally.notices.join(), /No such file/);
    assert.deepEqual(Object.keys(await list(here)).sort(), [
      ".",
      "./d",
      "./d/inside",
      "./good",
    ]);
  },
);

Deno.test({
  name:
    "a container with sh and cat alone gives a file, and says what it needs to take one",
  ignore: Deno.build.os === "windows" || !isImageAvailable("dash"),
  async fn() {
    const folder = await Deno.makeTempDir();
    const bytes = randomBytes(300_000);
    const file = { kind: "file", path: `${folder}/here/file` } as const;
    const tree = {
      kind: "tree",
      sources: [{ path: `${folder}/here`, name: "here" }],
    } as const;
    const has = async (...tools: readonly string[]) => {
      const programs = await Deno.makeTempDir({ dir: folder });
      for (const tool of tools) {
        const { stdout } = await new Deno.Command("sh", {
          args: ["-c", `command -v ${tool}`],
        }).output();
        const path = new TextDecoder().decode(stdout).trim();
        await Deno.symlink(path, `${programs}/${tool}`);
      }
      return { programs, shell: [await findDash()] };
    };
    try {
      for (const name of ["here", "there"]) {
        await Deno.mkdir(`${folder}/${name}`);
      }
      await Deno.writeFile(file.path, bytes);
      await Deno.writeFile(`${folder}/there/a`, bytes);
      const cat = await has("cat");
      const out = await down(`${folder}/there`, ["./a"], `${folder}/b`, cat);
      assert.deepEqual([out.files, out.skipped, out.notices], [1, [], []]);
      assert.deepEqual(
        await Deno.readFile(`${folder}/b`),
        new Uint8Array(bytes),
      );
      const directory = await down(folder, ["./there"], `${folder}/c`, cat);
      assert.match(directory.skipped[0]?.reason ?? "", /container has no tar/);
      await assert.rejects(up(`${folder}/there`, file, "./f", cat), {
        message: /: the container has no dd, mv, rm, tail or wc$/,
      });
      await assert.rejects(up(`${folder}/there`, tree, ".", cat), {
        message: /: the container has no tar, mkdir, mv, rm, tail or wc$/,
      });
      assert.deepEqual(Object.keys(await list(`${folder}/there`)), [
        ".",
        "./a",
      ]);
      const some = await has("cat", "dd", "mv", "rm", "tail", "wc");
      const into = await up(`${folder}/there`, file, "./f", some);
      assert.deepEqual([into.files, into.skipped], [1, []]);
      assert.match(into.notices.join(), /chmod: not found/);
      assert.deepEqual(
        await Deno.readFile(`${folder}/there/f`),
        new Uint8Array(bytes),
      );
      await assert.rejects(up(`${folder}/there`, tree, ".", some), {
        message: /: the container has no tar or mkdir$/,
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

async function findDash(): Promise<string> {
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", "command -v dash"],
  }).output();
  return new TextDecoder().decode(stdout).trim();
}

Deno.test({
  name: "a disk that is full in the container skips what does not fit",
  ignore: Deno.build.os !== "linux" || Deno.uid() !== 0,
  async fn() {
    const folder = await Deno.makeTempDir();
    const run = (command: string, ...args: string[]) =>
      new Deno.Command(command, { args, stdout: "null", stderr: "null" })
        .output();
    try {
      await Deno.mkdir(`${folder}/here/tree`, { recursive: true });
      await Deno.mkdir(`${folder}/there`);
      const mounted = await run(
        "mount",
        "-t",
        "tmpfs",
        "-o",
        "size=512k",
        "tmpfs",
        `${folder}/there`,
      );
      if (!mounted.success) return;
      await Deno.writeTextFile(`${folder}/here/tree/a`, "a");
      await Deno.writeFile(`${folder}/here/tree/big`, randomBytes(2_000_000));
      await Deno.writeTextFile(`${folder}/here/tree/c`, "");
      const tree = await up(`${folder}/there`, {
        kind: "tree",
        sources: [{ path: `${folder}/here/tree`, name: "tree" }],
      }, ".");
      assert.deepEqual(tree.skipped[0], {
        path: "tree/big",
        reason: "the container could not write all of it",
      });
      assert.match(tree.skipped[1]?.reason ?? "", /No space|exit/i);
      assert.deepEqual(Object.keys(await list(`${folder}/there`)).sort(), [
        ".",
        "./tree",
        "./tree/a",
        "./tree/c",
      ]);
      const file = await up(
        `${folder}/there`,
        { kind: "file", path: `${folder}/here/tree/big` },
        "./big",
      );
      assert.match(file.skipped[0]?.reason ?? "", /No space/);
      assert.equal(Object.keys(await list(`${folder}/there`)).length, 4);
    } finally {
      await run("umount", `${folder}/there`);
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: "many small files come out and go in",
  ignore: Deno.build.os === "windows",
  async fn() {
    const count = isLong ? 10_000 : 60;
    const folder = await Deno.makeTempDir();
    try {
      await Deno.mkdir(`${folder}/there/tree`, { recursive: true });
      for (let at = 0; at < count; at++) {
        Deno.writeTextFileSync(`${folder}/there/tree/f${at}`, `${at}`);
      }
      const out = await down(`${folder}/there`, ["./tree"], `${folder}/here`);
      assert.deepEqual([out.files, out.skipped], [count, []]);
      const into = await up(`${folder}/there`, {
        kind: "tree",
        sources: [{ path: `${folder}/here`, name: "here" }],
      }, ".");
      assert.deepEqual([into.files, into.skipped], [count, []]);
      assert.deepEqual(
        await list(`${folder}/there/here`),
        await list(`${folder}/there/tree`),
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

test(
  "what a directory holds is told while it is sent, where that is asked for",
  async (here, there, shell) => {
    await Deno.mkdir(`${there}/from/in`, { recursive: true });
    const length = 300_000;
    await Deno.writeFile(`${there}/from/one`, randomBytes(length));
    await Deno.writeFile(`${there}/from/in/two`, randomBytes(length));
    await Deno.writeFile(`${there}/file`, randomBytes(10));
    const sizes: number[] = [];
    const { bytes, files, skipped } = await down(
      there,
      ["./from", "./none", "./file"],
      here,
      { shell, onSize: (size) => void sizes.push(size) },
    );
    assert.deepEqual([bytes, files, skipped.length], [2 * length + 10, 3, 1]);
    // The directories themselves, and the ends of blocks, may count too.
    const [total = 0] = sizes.filter((size) => size !== 10);
    assert.ok(total >= 2 * length && total < 2 * length + 64_000, `${sizes}`);
    assert.ok(sizes.includes(10));
  },
);
