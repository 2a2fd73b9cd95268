import assert from "node:assert/strict";
import {
  checkAssets,
  listAssets,
} from "../../../scripts/release/check_assets.ts";
import {
  parseChecksums,
  writeChecksums,
} from "../../../scripts/release/write_checksums.ts";
import { runProgram } from "./run_program.ts";

Deno.test("sha256sum accepts the checksums, also of names that were there before", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/b.txt`, "b");
    await Deno.writeTextFile(`${folder}/a.txt`, "a");
    await writeChecksums(`${folder}/`);
    const path = await writeChecksums(`${folder}/`);
    const text = await Deno.readTextFile(path);
    assert.deepEqual([...parseChecksums(text).keys()], ["a.txt", "b.txt"]);
    const { status, stdout } = await runProgram(
      ["sha256sum", "--check", "--strict", "checksums.txt"],
      { cwd: folder },
    );
    assert.equal(status, 0, stdout);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a line that is no checksum is refused", () => {
  for (
    const line of ["x", `${"a".repeat(63)}  name`, `${"A".repeat(64)}  name`]
  ) {
    assert.throws(() => parseChecksums(`${line}\n`), {
      message: `Cannot read checksums.txt: "${line}" is no checksum`,
    });
  }
});

Deno.test("a release has an archive for each platform, and nothing else is missing or too much", () => {
  const names = listAssets("1.2.3");
  for (
    const name of [
      "porthole_1.2.3_linux_x64.tar.gz",
      "porthole_1.2.3_linux_x64.tar.xz",
      "porthole_1.2.3_linux_arm64.tar.gz",
      "porthole_1.2.3_linux_arm64.tar.xz",
      "porthole_1.2.3_darwin_x64.tar.gz",
      "porthole_1.2.3_darwin_arm64.tar.gz",
      "porthole_1.2.3_windows_x64.zip",
      "porthole_1.2.3_sbom.cdx.json",
      "install.sh",
      "install.ps1",
    ]
  ) {
    assert.ok(names.includes(name), name);
  }
  const sums = new Map(names.map((name) => [name, "0".repeat(64)]));
  checkAssets("1.2.3", sums);
  assert.throws(() => checkAssets("1.2.4", sums), /^Error: Cannot publish: /);
  const extra = new Map([...sums, ["notes.md", "0".repeat(64)]]);
  assert.throws(() => checkAssets("1.2.3", extra), {
    message: "Cannot publish notes.md: no file of version 1.2.3 has that name",
  });
  sums.delete("porthole_1.2.3_windows_x64.zip");
  assert.throws(() => checkAssets("1.2.3", sums), {
    message:
      "Cannot publish: checksums.txt lacks porthole_1.2.3_windows_x64.zip",
  });
});
