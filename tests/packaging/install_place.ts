import assert from "node:assert/strict";
import { type Ended, runProgram } from "../scripts/release/run_program.ts";
import {
  type ReleaseServer,
  serveRelease,
} from "../../scripts/release/serve_release.ts";
import { fixtureVersion, makeFixtureRelease } from "./fixture_release.ts";

/** How install.sh is run. */
export interface InstallOptions {
  /** Laid over PATH, TMPDIR, INSTALL_DIR and the server's address; undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: `sh`. */
  readonly shell?: readonly [string, ...string[]];
  /** Programs that say something else than a Debian on x86_64 does: names to shell scripts. */
  readonly standIns?: Readonly<Record<string, string>>;
  /** When given, the only programs of this machine in PATH. */
  readonly tools?: readonly string[];
}

/** Everything that install.sh runs but what downloads and what computes checksums. */
export const basics: readonly string[] = [
  ...["sh", "awk", "chmod", "cp", "dirname", "getconf", "gzip", "id", "ldd"],
  ...["mkdir", "mktemp", "mv", "rm", "rmdir", "sed", "tar", "uname"],
];

/** What tells install.sh where it is: wherever tests run, the same machine. */
const onDebian = {
  uname: '[ "$1" = -s ] && echo Linux || echo x86_64',
  ldd: "echo 'ldd (Debian GLIBC 2.36-9) 2.36'",
  getconf: "echo 64",
};

/** A place of its own to install to, and a release to install from. */
export interface InstallPlace {
  /** Everything is in it; nothing but it changes. */
  readonly root: string;
  /** The files that are served; tests damage them. */
  readonly releaseFolder: string;
  /** Where to; it is not there at first. */
  readonly target: string;
  readonly server: ReleaseServer;
  run(options?: InstallOptions): Promise<Ended>;
  /** Fails unless the installation failed for the reason, and everything is as before. */
  assertRefused(reason: RegExp, options?: InstallOptions): Promise<void>;
}

/** Defines a test that has such a place. */
export function testInstall(
  name: string,
  body: (place: InstallPlace) => Promise<void>,
): void {
  Deno.test({
    name: `install.sh: ${name}`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      const root = await Deno.realPath(await Deno.makeTempDir());
      const releaseFolder = `${root}/release/`;
      for (const folder of [releaseFolder, `${root}/tmp`, `${root}/home`]) {
        await Deno.mkdir(folder);
      }
      await makeFixtureRelease(releaseFolder);
      const server = serveRelease(fixtureVersion, releaseFolder);
      try {
        await body(makePlace(root, releaseFolder, server));
      } finally {
        await server.close();
        await Deno.remove(root, { recursive: true });
      }
    },
  });
}

function makePlace(
  root: string,
  releaseFolder: string,
  server: ReleaseServer,
): InstallPlace {
  const target = `${root}/home/a b/bin`;
  const run = async (
    { env = {}, shell = ["sh"], standIns = {}, tools }: InstallOptions = {},
  ) => {
    const path = [await writeStandIns(root, { ...onDebian, ...standIns })];
    path.push(
      tools === undefined
        ? Deno.env.get("PATH") ?? ""
        : await linkTools(root, tools),
    );
    const all = {
      PATH: path.join(":"),
      HOME: `${root}/home`,
      TMPDIR: `${root}/tmp`,
      INSTALL_DIR: target,
      PORTHOLE_RELEASES_URL: server.url,
      ...env,
    };
    const set = Object.entries(all).filter((entry): entry is [string, string] =>
      entry[1] !== undefined
    );
    return await runProgram([...shell, `${releaseFolder}install.sh`], {
      cwd: root,
      env: Object.fromEntries(set),
    });
  };
  return {
    root,
    releaseFolder,
    target,
    server,
    run,
    assertRefused: async (reason, options) => {
      const before = await listAll(`${root}/home`);
      const { status, stdout, stderr } = await run(options);
      assert.match(stderr, reason);
      assert.match(stderr, /^error: Cannot .*[^.]$/m);
      assert.deepEqual([status, stdout], [1, ""]);
      assert.deepEqual(await listAll(`${root}/home`), before);
      assert.deepEqual(await listAll(`${root}/tmp`), []);
    },
  };
}

async function writeStandIns(
  root: string,
  standIns: Readonly<Record<string, string>>,
): Promise<string> {
  const folder = await Deno.makeTempDir({ dir: root });
  for (const [name, script] of Object.entries(standIns)) {
    const text = `#!/bin/sh\n${script}\n`;
    await Deno.writeTextFile(`${folder}/${name}`, text, { mode: 0o755 });
  }
  return folder;
}

/** Makes a folder of links to programs of this machine: a PATH that has nothing else. */
export async function linkTools(
  root: string,
  tools: readonly string[],
): Promise<string> {
  const folder = await Deno.makeTempDir({ dir: root });
  for (const tool of tools) {
    const { stdout } = await runProgram(
      ["sh", "-c", 'command -v "$1"', "sh", tool],
    );
    if (stdout === "") throw new Error(`Cannot find ${tool} in PATH`);
    await Deno.symlink(stdout.trim(), `${folder}/${tool}`);
  }
  return folder;
}

/** Lists all that is below a folder, with what files hold and where links lead. */
async function listAll(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) found.push(path, ...await listAll(path));
    else if (isFile) found.push(`${path}: ${await Deno.readTextFile(path)}`);
    else found.push(`${path} -> ${await Deno.readLink(path)}`);
  }
  return found.sort();
}
