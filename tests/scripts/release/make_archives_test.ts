import assert from "node:assert/strict";
import { isThere } from "../../../scripts/install_packages.ts";
import { projectRoot, readManifest } from "../../../scripts/project.ts";
import { makeArchives } from "../../../scripts/release/make_archives.ts";
import type { Platform } from "../../../scripts/release/platforms.ts";
import { runProgram } from "./run_program.ts";

/** Answers what is asked of a binary when its archives are made. */
const standIn = `#!/bin/sh\n[ "$1" = completion ] && echo "for $2"\n`;
const { version } = readManifest();

async function pack(
  folder: string,
  platform: Platform,
): Promise<readonly string[]> {
  const binary = `${folder}/stand-in`;
  await Deno.writeTextFile(binary, standIn, { mode: 0o755 });
  return await makeArchives(binary, platform, `${folder}/`);
}

Deno.test({
  name:
    "an archive has the program, its licence, README, man page and completions, and is always the same",
  ignore: Deno.build.os === "windows" || !await isThere("xz"),
  fn: async () => {
    const folder = await Deno.makeTempDir();
    const platform: Platform = {
      os: "linux",
      arch: "x64",
      formats: ["tar.gz", "tar.xz"],
    };
    try {
      const paths = await pack(folder, platform);
      assert.deepEqual(paths, [
        `${folder}/porthole_${version}_linux_x64.tar.gz`,
        `${folder}/porthole_${version}_linux_x64.tar.xz`,
      ]);
      const readme = await Deno.readTextFile(`${projectRoot}README.md`);
      const linked = [...readme.matchAll(/\]\((docs\/[^)#]+)/g)].map(([, to]) =>
        to
      );
      for (const path of paths) {
        const { stdout, stderr } = await runProgram(["tar", "-tf", path]);
        const names = stdout.split("\n");
        // The README's links lead somewhere.
        assert.deepEqual(linked.filter((to) => !names.includes(to ?? "")), []);
        assert.equal(
          names.filter((name) => !name.startsWith("docs/")).join("\n"),
          [
            ...["LICENSE", "README.md", "completions/_porthole"],
            ...["completions/porthole.bash", "completions/porthole.fish"],
            ...["completions/porthole.ps1", "porthole", "porthole.1", ""],
          ].join("\n"),
          stderr,
        );
        const zsh = await runProgram(
          ["tar", "-xOf", path, "completions/_porthole"],
        );
        assert.equal(zsh.stdout, "for zsh\n");
        const first = await Deno.readFile(path);
        await pack(folder, platform);
        assert.deepEqual(await Deno.readFile(path), first);
      }
      const left = [...Deno.readDirSync(folder)].map(({ name }) => name);
      assert.ok(!left.some((name) => name.endsWith(".tar")), left.join(" "));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: "for Windows it is a zip with porthole.exe",
  ignore: Deno.build.os === "windows" || !await isThere("unzip"),
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      const [path = ""] = await pack(folder, {
        os: "windows",
        arch: "x64",
        formats: ["zip"],
      });
      const { stdout } = await runProgram(["unzip", "-Z1", path]);
      assert.ok(stdout.split("\n").includes("porthole.exe"), stdout);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
