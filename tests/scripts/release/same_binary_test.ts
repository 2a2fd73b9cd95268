import assert from "node:assert/strict";
import { dirname } from "node:path";
import { projectRoot } from "../../../scripts/project.ts";
import { runCommand } from "../../../scripts/run_command.ts";

/** Compiling twice takes half a minute where nothing else runs. */
const long = Deno.env.get("PORTHOLE_TEST_LONG") === "1";

/** Where something is built: a copy of the source as it stands, without the repository that tells its commit. */
interface Place {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
}

async function copySource(root: string): Promise<void> {
  await Deno.mkdir(root, { recursive: true });
  const listed = await runCommand([
    "git",
    ...["-C", projectRoot, "ls-files", "-z"],
    ...["--cached", "--others", "--exclude-standard"],
  ]);
  const files = listed.split("\0").filter((name) =>
    /^(main\.ts|deno\.(json|lock)|\.deno-version|src\/|scripts\/)/.test(name)
  );
  for (const file of files) {
    if (!await isThere(`${projectRoot}${file}`)) continue;
    await Deno.mkdir(dirname(`${root}/${file}`), { recursive: true });
    await Deno.copyFile(`${projectRoot}${file}`, `${root}/${file}`);
  }
}

/** Copies what Deno has fetched, but none of its own caches, which are databases in use. */
async function copyPackages(to: string): Promise<void> {
  const { denoDir } = JSON.parse(
    await runCommand([Deno.execPath(), "info", "--json"]),
  );
  await Deno.mkdir(to);
  for (const name of ["npm", "dl", "remote"]) {
    if (!await isThere(`${denoDir}/${name}`)) continue;
    await runCommand(["cp", "-R", `${denoDir}/${name}`, to]);
  }
}

function isThere(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}

/** Two places that have nothing in common but the source, and whose parts sort differently. */
async function withTwoPlaces(
  body: (places: readonly [Place, Place], folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    const near = { root: `${folder}/near`, env: {} };
    const far = {
      root: `${folder}/much/deeper/source`,
      env: {
        DENO_DIR: `${folder}/zz-packages`,
        TMPDIR: `${folder}/much/deeper/tmp`,
      },
    };
    for (const { root } of [near, far]) await copySource(root);
    await Deno.mkdir(far.env.TMPDIR);
    await copyPackages(far.env.DENO_DIR);
    await body([near, far], folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function runScript({ root, env }: Place, ...words: string[]): Promise<string> {
  return runCommand([
    Deno.execPath(),
    ...["run", "-A", "--no-check", "--frozen"],
    ...["--config", `${root}/deno.json`, ...words],
  ], { env });
}

const BUNDLE = `
const [root, folder] = Deno.args;
const { withBundle } = await import("file://" + root + "/scripts/bundle.ts");
await withBundle(async (bundle) => {
  for await (const { name } of Deno.readDir(bundle)) {
    await Deno.copyFile(bundle + "/" + name, folder + "/" + name);
  }
});
`;

Deno.test({
  name:
    "the same source gives the same modules, wherever it and its packages lie",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withTwoPlaces(async (places, folder) => {
      const script = `${folder}/bundle.ts`;
      await Deno.writeTextFile(script, BUNDLE);
      const [near, far] = await Promise.all(places.map(async (place) => {
        const to = await Deno.makeTempDir({ dir: folder });
        await runScript(place, script, place.root, to);
        const names = [...Deno.readDirSync(to)].map(({ name }) => name).sort();
        return names.map((name) =>
          [name, Deno.readTextFileSync(`${to}/${name}`)] as const
        );
      }));
      assert.ok(near!.length > 10);
      assert.deepEqual(far, near);
    }),
});

Deno.test({
  name:
    "the same source gives the same binary, wherever it and its packages lie",
  ignore: !long || Deno.build.os === "windows",
  fn: () =>
    withTwoPlaces(async (places, folder) => {
      const digests: string[] = [];
      for (const place of places) {
        const to = await Deno.makeTempDir({ dir: folder });
        const path = `${to}/porthole`;
        await runScript(
          place,
          `${place.root}/scripts/compile.ts`,
          "--output",
          path,
        );
        const digest = await crypto.subtle.digest(
          "SHA-256",
          await Deno.readFile(path),
        );
        digests.push(new Uint8Array(digest).toHex());
      }
      assert.equal(digests[1], digests[0]);
    }),
});
