import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { isThere } from "../../../scripts/install_packages.ts";
import type { ArchiveFile } from "../../../scripts/release/archive_file.ts";
import { buildTar } from "../../../scripts/release/build_tar.ts";
import { buildZip } from "../../../scripts/release/build_zip.ts";
import { runProgram } from "./run_program.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const time = Date.UTC(2026, 10, 22, 3, 4, 6) / 1000;

/** Sizes around a block's, an empty one, and bytes that do not compress. */
const files: readonly ArchiveFile[] = [
  { name: "program", bytes: encode("#!/bin/sh\necho ok\n"), executable: true },
  { name: "README.md", bytes: encode("# Grüße\n"), executable: false },
  { name: "completions/_program", bytes: encode(""), executable: false },
  { name: "block", bytes: new Uint8Array(512).fill(7), executable: false },
  {
    name: "random",
    bytes: crypto.getRandomValues(new Uint8Array(65_000)),
    executable: false,
  },
];

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function assertUnpacked(folder: string): Promise<void> {
  for (const { name, bytes, executable } of files) {
    const path = `${folder}/${name}`;
    assert.deepEqual(await Deno.readFile(path), bytes, name);
    const { mode, mtime } = await Deno.stat(path);
    assert.equal((mode ?? 0) & 0o777, executable ? 0o755 : 0o644, name);
    assert.equal(mtime?.getTime(), time * 1000, name);
  }
}

Deno.test("tar unpacks what buildTar packs, with modes, times and root as the owner", () =>
  inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/a.tar.gz`, gzipSync(buildTar(files, time)));
    const list = await runProgram(["tar", "-tvzf", `${folder}/a.tar.gz`]);
    assert.equal(list.status, 0, list.stderr);
    assert.equal(list.stdout.match(/ root\/root /g)?.length, files.length);
    await Deno.mkdir(`${folder}/out`);
    await runProgram(["tar", "-xzf", "../a.tar.gz"], { cwd: `${folder}/out` });
    await assertUnpacked(`${folder}/out`);
  }));

Deno.test({
  name: "unzip unpacks what buildZip packs, and finds nothing wrong with it",
  ignore: !await isThere("unzip"),
  fn: () =>
    inFolder(async (folder) => {
      await Deno.writeFile(`${folder}/a.zip`, buildZip(files, time));
      const test = await runProgram(["unzip", "-tq", `${folder}/a.zip`]);
      assert.deepEqual([test.status, test.stderr], [0, ""], test.stdout);
      const { status, stderr } = await runProgram(
        ["unzip", "-q", `${folder}/a.zip`, "-d", `${folder}/out`],
        { env: { TZ: "UTC", PATH: Deno.env.get("PATH") ?? "" } },
      );
      assert.equal(status, 0, stderr);
      await assertUnpacked(`${folder}/out`);
    }),
});

Deno.test("archives do not depend on the order of their files", () => {
  const turned = files.toReversed();
  assert.deepEqual(buildTar(files, time), buildTar(turned, time));
  assert.deepEqual(buildZip(files, time), buildZip(turned, time));
});

Deno.test("a name that tar has no room for is refused", () => {
  const name = "x".repeat(101);
  assert.throws(
    () => buildTar([{ name, bytes: encode(""), executable: false }], time),
    { message: `Cannot archive ${name}: "${name}" is too long for tar` },
  );
});
