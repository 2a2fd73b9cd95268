import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { joinBytes } from "../../src/join_bytes.ts";
import { createRealFiles } from "../../src/real_files.ts";
import {
  createNonce,
  receiveCommand,
  sendCommand,
} from "../../src/transfer/container_scripts.ts";
import { followLanding } from "../../src/transfer/follow_landing.ts";
import { planDestination } from "../../src/transfer/plan_destination.ts";
import { receive } from "../../src/transfer/receive.ts";
import { type Landing, type Load, send } from "../../src/transfer/send.ts";
import { createTally, runScript } from "./local_container.ts";

const files = createRealFiles();
const isLong = Deno.env.get("PORTHOLE_TEST_LONG") === "1";
const CUTS = isLong ? 50 : 8;
const SEED = Number(Deno.env.get("PORTHOLE_TEST_SEED") ?? Date.now() % 1e6);

/** The same numbers for the same seed, from 0 to 1. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 16_807 + 11) % 2_147_483_647) / 2_147_483_647;
}

async function* only(bytes: Uint8Array, length: number) {
  for (let at = 0; at < length; at += 4_096) {
    yield await Promise.resolve(
      bytes.subarray(at, Math.min(at + 4_096, length)),
    );
  }
}

/** What a tree has, by its names, and the sizes of files. */
function list(folder: string, name = "."): Record<string, number> {
  const found: Record<string, number> = {};
  for (const entry of Deno.readDirSync(`${folder}/${name}`)) {
    const path = `${name}/${entry.name}`;
    if (entry.isDirectory) Object.assign(found, list(folder, path));
    else found[path] = Deno.lstatSync(`${folder}/${path}`).size;
  }
  return found;
}

async function inFolder(
  body: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const name of ["here", "there"]) await Deno.mkdir(`${folder}/${name}`);
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function makeTree(folder: string): Promise<void> {
  await Deno.mkdir(`${folder}/tree/sub`, { recursive: true });
  await Deno.writeFile(`${folder}/tree/random`, randomBytes(90_000));
  await Deno.writeTextFile(`${folder}/tree/text`, "line\n".repeat(20_000));
  await Deno.writeTextFile(`${folder}/tree/sub/small`, "small");
  await Deno.writeTextFile(`${folder}/file`, "word ".repeat(20_000));
}

for (const sources of [["./tree"], ["./file"], ["./tree/random", "./file"]]) {
  Deno.test({
    name:
      `what is cut on its way out is an error, and no half file: ${sources}, seed ${SEED}`,
    ignore: Deno.build.os === "windows",
    fn: () =>
      inFolder(async (folder) => {
        const random = createRandom(SEED);
        await makeTree(`${folder}/there`);
        const nonce = createNonce();
        const script = runScript(
          sendCommand(nonce, sources, { filesOnly: false, tellsSizes: true }),
          { cwd: `${folder}/there` },
        );
        await script.feed(async function* () {}());
        const whole = joinBytes(
          await Array.fromAsync(script.output, (bytes) => bytes.slice()),
        );
        await script.status;
        const sizes = Object.values(list(`${folder}/there`));
        const copy = (length: number, here: string) =>
          receive(only(whole, length), {
            nonce,
            sources,
            destination: planDestination(here, sources.length, files),
            preserve: false,
            platform: "linux",
          }, {
            files,
            tally: createTally(),
            stdout: { write: () => Promise.resolve() },
            onSize: () => {},
          });
        for (let cut = 0; cut < CUTS; cut++) {
          const here = `${folder}/here/${cut}`;
          await Deno.mkdir(here);
          // The last byte too: the end of everything is part of it.
          const length = cut === 0
            ? whole.length - 1
            : Math.floor(random() * whole.length);
          await assert.rejects(
            copy(length, here),
            (error: { code?: string }) => {
              assert.match(error.code ?? "", /^(session_lost|cannot_start)$/);
              return true;
            },
            `cut at ${length} of ${whole.length}`,
          );
          for (const [name, size] of Object.entries(list(here))) {
            assert.ok(
              sizes.includes(size),
              `${name} is half, cut at ${length}`,
            );
            assert.ok(!name.includes(".porthole"), name);
          }
        }
        await Deno.mkdir(`${folder}/here/whole`);
        await copy(whole.length, `${folder}/here/whole`);
      }),
  });
}

const LOADS: readonly (readonly [string, (folder: string) => Load])[] = [
  ["a tree", (folder) => ({
    kind: "tree",
    sources: [{ path: `${folder}/here/tree`, name: "tree" }],
  })],
  ["a file", (folder) => ({ kind: "file", path: `${folder}/here/file` })],
  ["random bytes", (folder) => ({
    kind: "file",
    path: `${folder}/here/tree/random`,
  })],
];

for (const [name, makeLoad] of LOADS) {
  Deno.test({
    name: `what is cut on its way in leaves nothing: ${name}, seed ${SEED}`,
    ignore: Deno.build.os === "windows",
    fn: () =>
      inFolder(async (folder) => {
        const random = createRandom(SEED);
        await makeTree(`${folder}/here`);
        const there = `${folder}/there`;
        await Deno.mkdir(`${there}/tree`);
        await Deno.writeTextFile(`${there}/tree/text`, "old");
        const copy = async (share: number) => {
          const nonce = createNonce();
          const tally = createTally();
          const script = runScript(receiveCommand(nonce, there, "new"), {
            cwd: there,
          });
          const landing = Promise.withResolvers<Landing>();
          const input = async function* () {
            const whole = joinBytes(
              await Array.fromAsync(
                send(
                  {
                    nonce,
                    path: there,
                    directoryOnly: false,
                    load: makeLoad(folder),
                    preserve: false,
                  },
                  await landing.promise,
                  { files, tally, onSize: () => {} },
                ),
                (bytes) => bytes.slice(),
              ),
            );
            yield* only(whole, Math.floor(share * (whole.length - 1)));
          };
          const feeding = script.feed(input());
          try {
            await followLanding(script.output, {
              nonce,
              path: there,
              tally,
              onLanding: landing.resolve,
            });
            if (tally.skipped.length > 0) throw new Error("skipped");
          } finally {
            await feeding.catch(() => {});
            await script.status;
          }
        };
        for (let cut = 0; cut < CUTS; cut++) {
          // A tree is followed by what fills its last record: without that it is whole all the same.
          const share = name === "a tree"
            ? random() * 0.9
            : cut === 0
            ? 1
            : random();
          await assert.rejects(copy(share), Error, `cut at ${share}`);
          assert.deepEqual(
            list(there),
            { "./tree/text": 3 },
            `cut at ${share}`,
          );
        }
      }),
  });
}
