import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { seedRandom } from "../sandbox/seeded_random.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { inFolders } from "../transfer/in_folders.ts";
import type { Porthole } from "./run_porthole.ts";
import { testOnce } from "./test_once.ts";

const isLong = Deno.env.get("PORTHOLE_TEST_LONG") === "1";
const CUTS = isLong ? 50 : 4;
/** An end is seen after 15 s. */
const AT_ONCE = 10;
const SEED = Number(Deno.env.get("PORTHOLE_TEST_SEED") ?? Date.now() % 1e6);

/** Holes are a file that takes its time, and no place. */
const ENDLESS = 64 * 1024 ** 3;

testOnce(
  `cp goes on through ${CUTS} cuts of the connection, seed ${SEED}`,
  (porthole) =>
    inFolders(async (here, there) => {
      const sandbox = await startSandbox({
        seed: SEED,
        disconnects: CUTS,
        // All of them long before the end: AWS's agent sends nothing again 2 s after it.
        disconnectAfterFrames: 200,
        // As AWS's agent: what is on its way when a connection is cut can be sent again in time.
        messageIntervalMs: 1.35,
      });
      try {
        const bytes = new Uint8Array(randomBytes(CUTS * 250_000 + 1_000_000));
        await Deno.writeFile(`${here}/a`, bytes);
        const around = { env: sandbox.env, cwd: here };
        const up = await porthole.run(["cp", "a", `worker:${there}`], around);
        assert.equal(up.status, 0, up.stderr);
        assert.deepEqual(await Deno.readFile(`${there}/a`), bytes);
        const down = await porthole.run(
          ["cp", `worker:${there}`, "b"],
          around,
        );
        assert.equal(down.status, 0, down.stderr);
        assert.deepEqual(await Deno.readFile(`${here}/b/a`), bytes);
      } finally {
        await sandbox.close();
      }
    }),
);

testOnce(
  `cp that its task's end cuts ${CUTS} times is 125, and leaves no half file, seed ${SEED}`,
  async (porthole) => {
    const random = seedRandom(SEED, "cuts");
    for (let first = 0; first < CUTS; first += AT_ONCE) {
      const cuts = Array.from(
        { length: Math.min(AT_ONCE, CUTS - first) },
        (_, at) => cutOnce(porthole, first + at, 100 + random() * 400),
      );
      await Promise.all(cuts);
    }
  },
);

/** A file out and in, and a tree out and in, by turns. */
function cutOnce(
  porthole: Porthole,
  cut: number,
  stopTaskAfterMs: number,
): Promise<void> {
  return inFolders(async (here, there) => {
    const isOut = cut % 2 === 0;
    const isTree = cut % 4 > 1;
    const tree = `${isOut ? there : here}/tree`;
    await Deno.mkdir(tree);
    await Deno.writeTextFile(`${tree}/a`, "a");
    await Deno.writeFile(`${tree}/large`, new Uint8Array());
    await Deno.truncate(`${tree}/large`, ENDLESS);
    const source = isTree ? tree : `${tree}/large`;
    const sandbox = await startSandbox({ seed: SEED + cut, stopTaskAfterMs });
    try {
      const { status, stderr } = await porthole.run(
        isOut
          ? ["cp", `worker:${source}`, "copy"]
          : ["cp", source, `worker:${there}/copy`],
        { env: sandbox.env, cwd: here },
      );
      assert.equal(status, 125, `${cut}: ${stderr}`);
      assert.match(stderr, /Cannot continue: task \w+ is STOPPED/);
      await sandbox.waitFor(() =>
        sandbox.sessions().every(({ state }) => state !== "running")
      );
    } finally {
      await sandbox.close();
    }
    const names = (folder: string) =>
      [...Deno.readDirSync(folder)].map(({ name }) => name);
    const left = names(isOut ? here : there);
    if (!isTree || left.length === 0) return assert.deepEqual(left, []);
    // A directory may have been begun: what it holds is whole.
    assert.deepEqual(left, ["copy"]);
    for (const name of names(`${isOut ? here : there}/copy`)) {
      assert.equal(name, "a");
    }
  });
}
