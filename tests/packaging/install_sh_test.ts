import assert from "node:assert/strict";
import { isThere } from "../../scripts/install_packages.ts";
import { projectRoot } from "../../scripts/project.ts";
import { platforms } from "../../scripts/release/platforms.ts";
import { runProgram } from "../scripts/release/run_program.ts";
import { fixtureVersion, standIn } from "./fixture_release.ts";
import { basics, testInstall } from "./install_place.ts";

const archive = `porthole_${fixtureVersion}_linux_x64.tar.gz`;

Deno.test({
  name: "shellcheck has nothing to say about any shell script",
  ignore: !await isThere("shellcheck"),
  fn: async () => {
    const scripts = [
      "scripts/dev",
      "packaging/install.sh",
      "packaging/bastion/provision.sh",
    ];
    const { status, stdout } = await runProgram(["shellcheck", ...scripts], {
      cwd: projectRoot,
    });
    assert.equal(status, 0, stdout);
  },
});

for (const shell of [["sh"], ["bash"], ["busybox", "sh"]] as const) {
  if (!await isThere(shell[0])) continue;
  testInstall(
    `installs the newest version in ${shell.join(" ")}`,
    async (place) => {
      const { status, stdout, stderr } = await place.run({
        shell,
      });
      assert.deepEqual([status, stdout], [0, ""], stderr);
      assert.equal(
        stderr,
        `Downloading ${archive}\n` +
          `Installed porthole ${fixtureVersion} as ${place.target}/porthole\n` +
          `hint: ${place.target} is not in PATH: add it there\n`,
      );
      const path = `${place.target}/porthole`;
      assert.equal(await Deno.readTextFile(path), standIn);
      assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o755);
      assert.deepEqual([...Deno.readDirSync(place.target)].length, 1);
      assert.deepEqual([...Deno.readDirSync(`${place.root}/tmp`)], []);
    },
  );
}

testInstall(
  "installs a version by its name, over an older one",
  async (place) => {
    await Deno.mkdir(place.target, { recursive: true });
    await Deno.writeTextFile(`${place.target}/porthole`, "old");
    for (const version of [fixtureVersion, `v${fixtureVersion}`]) {
      const { status, stderr } = await place.run({
        env: { VERSION: version },
      });
      assert.equal(status, 0, stderr);
      assert.equal(
        await Deno.readTextFile(`${place.target}/porthole`),
        standIn,
      );
    }
  },
);

testInstall("takes what each platform needs", async (place) => {
  for (const { os, arch } of platforms.filter(({ os }) => os !== "windows")) {
    const machine = { x64: "x86_64", arm64: "aarch64" }[arch];
    const system = os === "linux" ? "Linux" : "Darwin";
    const uname = `[ "$1" = -s ] && echo ${system} || echo ${machine}`;
    const { status, stderr } = await place.run({
      standIns: { uname, sysctl: "exit 1" },
    });
    assert.equal(status, 0, stderr);
    assert.match(stderr, new RegExp(`_${os}_${arch}\\.tar\\.gz$`, "m"));
  }
  const { stderr } = await place.run({
    standIns: {
      uname: '[ "$1" = -s ] && echo Darwin || echo x86_64',
      sysctl: "echo 1",
    },
  });
  assert.match(stderr, /_darwin_arm64\.tar\.gz$/m, "translated by Rosetta");
});

testInstall("works with GNU wget and shasum", async (place) => {
  const { stdout } = await runProgram(["sh", "-c", "command -v sha256sum"]);
  const { status, stderr } = await place.run({
    tools: [...basics, "wget"],
    standIns: {
      shasum: `[ "$*" = "-a 256" ] && exec ${stdout.trim()}`,
    },
  });
  assert.equal(status, 0, stderr);
  assert.match(stderr, /^Installed porthole 1\.2\.3/m);
});

testInstall("tells of another porthole that PATH has first", async (place) => {
  const path = `${place.root}/other:${place.target}:${Deno.env.get("PATH")}`;
  await Deno.mkdir(`${place.root}/other`);
  const other = `${place.root}/other/porthole`;
  await Deno.writeTextFile(other, standIn, { mode: 0o755 });
  const { stderr } = await place.run({
    env: { PATH: path },
  });
  assert.ok(stderr.endsWith(`PATH has another porthole first: ${other}\n`));
  await Deno.remove(other);
  const again = await place.run({ env: { PATH: path } });
  assert.match(again.stderr, /\/porthole\n$/);
});
