import assert from "node:assert/strict";
import { isThere } from "../../scripts/install_packages.ts";
import { projectRoot, readManifest } from "../../scripts/project.ts";
import { serveRelease } from "../../scripts/release/serve_release.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { runProgram } from "../scripts/release/run_program.ts";
import { makeRealRelease, readInstaller } from "./fixture_release.ts";
import { linkTools } from "./install_place.ts";

const { version } = readManifest();
const binary = await Deno.stat(`${projectRoot}dist/porthole`).catch(() => {});
const noBinary = Deno.build.os === "windows" || binary === undefined;
const long = Deno.env.get("PORTHOLE_TEST_LONG") === "1";

/** Gives a folder, a release of the compiled binary and a sandbox, and takes them away again. */
async function withRelease(
  use: (
    root: string,
    url: string,
    sandbox: Readonly<Record<string, string>>,
  ) => Promise<void>,
): Promise<void> {
  const root = await Deno.realPath(await Deno.makeTempDir());
  const folder = `${root}/release/`;
  await Deno.mkdir(folder);
  const server = serveRelease(version, folder);
  const sandbox = await startSandbox();
  try {
    await makeRealRelease(folder);
    // It names a file, which the sandbox has outside of the places where these tests run.
    const { PORTHOLE_CONFIG: _, ...env } = sandbox.env;
    await use(root, server.url, env);
  } finally {
    await sandbox.close();
    await server.close();
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test({
  name:
    "the installed binary runs the demo's exec with nothing but coreutils in PATH",
  ignore: noBinary,
  // The sandbox's agent ends a moment after its client.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    withRelease(async (root, url, sandbox) => {
      const installed = await runProgram(["sh", `${root}/release/install.sh`], {
        env: {
          PATH: Deno.env.get("PATH") ?? "",
          PORTHOLE_RELEASES_URL: url,
          INSTALL_DIR: `${root}/bin`,
        },
      });
      assert.equal(installed.status, 0, installed.stderr);
      await Deno.writeTextFile(
        `${root}/ecspresso.yml`,
        "region: us-east-1\ncluster: default\nservice: worker\n",
      );
      const coreutils = [
        "cat",
        "echo",
        "env",
        "head",
        "id",
        "ls",
        "stat",
        "tty",
      ];
      const command = ["exec", "--config", "ecspresso.yml", "--", "ls", "-la"];
      const { status, stdout, stderr } = await runProgram(
        [`${root}/bin/porthole`, ...command],
        {
          cwd: root,
          env: { ...sandbox, PATH: await linkTools(root, coreutils) },
        },
      );
      assert.equal(status, 0, stderr);
      assert.match(stdout, /^total \d+\n(.*\n)*d.* \.\.?\n/);
      assert.match(stderr, /\[info\] worker\/default Command: ls -la\n$/);
    }),
});

Deno.test({
  name:
    "a Debian made from nothing, provisioned as a bastion, runs exec without Node, Deno or a plugin",
  // It installs a whole system, as root.
  ignore: noBinary || !long || Deno.uid() !== 0 ||
    !await isThere("debootstrap"),
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    withRelease(async (root, url, sandbox) => {
      const debian = `${root}/debian`;
      const made = await runProgram([
        "debootstrap",
        ...["--variant=minbase", "--include=ca-certificates,curl"],
        ...["bookworm", debian],
      ]);
      assert.equal(made.status, 0, made.stdout + made.stderr);
      const bastion = `${debian}/tmp/bastion`;
      await runProgram(
        ["cp", "-r", `${projectRoot}packaging/bastion`, bastion],
      );
      await Deno.writeTextFile(`${bastion}/install.sh`, await readInstaller());

      // The binary finds itself by /proc. The mount is gone with its last process.
      const inside = (env: Record<string, string>, ...words: string[]) =>
        runProgram([
          "unshare",
          ...["--mount", "sh", "-c"],
          'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"',
          ...[debian, ...words],
        ], {
          env: { PATH: "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", ...env },
        });
      const provisioned = await inside(
        { VERSION: version, PORTHOLE_RELEASES_URL: url },
        ...["sh", "/tmp/bastion/provision.sh"],
      );
      assert.equal(provisioned.status, 0, provisioned.stderr);
      for (const name of ["node", "deno", "session-manager-plugin", "aws"]) {
        const { status } = await inside({}, "sh", "-c", `command -v ${name}`);
        assert.notEqual(status, 0, `${name} is there`);
      }

      const shown = await inside(sandbox, "porthole", "config", "show");
      assert.match(shown.stdout, /\/etc\/porthole\/config\.yml/);
      const { status, stdout, stderr } = await inside(
        sandbox,
        ...["porthole", "exec", "worker", "--", "sh", "-c"],
        "echo from the container; exit 7",
      );
      assert.deepEqual([status, stdout], [7, "from the container\n"], stderr);
    }),
});
