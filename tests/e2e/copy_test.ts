import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { isImageAvailable } from "../sandbox/container_image.ts";
import { startRack } from "../sandbox/start_rack.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { inFolders } from "../transfer/in_folders.ts";
import { testPorthole } from "./run_porthole.ts";
import { testOnce } from "./test_once.ts";

const sandbox = await startSandbox({ unsignedUpgrades: true });
const relay = startRack(sandbox);
const handoff = startRack(sandbox, { handsOff: true });
Deno.test.afterAll(async () => {
  await relay.close();
  await handoff.close();
  await sandbox.close();
});
const { env } = sandbox;
const random = new Uint8Array(randomBytes(1024 * 1024));

testPorthole(
  "cp copies files and directories, both ways",
  (porthole) =>
    inFolders(async (here, there) => {
      const around = { env, cwd: here };
      await Deno.writeFile(`${here}/random`, random);
      const up = await porthole.run(
        ["cp", "random", `worker:${there}`],
        around,
      );
      assert.deepEqual([up.status, up.text], [0, ""]);
      assert.match(up.stderr, /Command: cp random worker:/);
      assert.match(up.stderr, /Copied 1 file, 1\.0 MiB/);
      assert.deepEqual(await Deno.readFile(`${there}/random`), random);

      const down = await porthole.run(
        ["cp", "-q", "-o", "json", `worker:${there}`, "new"],
        around,
      );
      assert.deepEqual([down.status, down.stderr], [0, ""]);
      assert.deepEqual(await Deno.readFile(`${here}/new/random`), random);
      const result = JSON.parse(down.text);
      assert.deepEqual(
        [result.status, result.files, result.skipped, result.carrier],
        [0, 1, [], "builtin"],
      );
    }),
);

testPorthole(
  "cp copies standard streams",
  (porthole) =>
    inFolders(async (here, there) => {
      const up = await porthole.run(["cp", "-q", "-", `worker:${there}/a`], {
        env,
        stdin: random,
      });
      assert.deepEqual([up.status, up.stderr], [0, ""]);
      const down = await porthole.run(["cp", "-q", `worker:${there}/a`, "-"], {
        env,
        cwd: here,
      });
      assert.deepEqual([down.status, down.stderr], [0, ""]);
      assert.deepEqual(down.stdout, random);
      assert.deepEqual([...Deno.readDirSync(there)].length, 1);
    }),
);

testPorthole(
  "cp skips what it cannot read, with status 1, and refuses what cannot be",
  (porthole) =>
    inFolders(async (here, there) => {
      const around = { env, cwd: here };
      await Deno.writeTextFile(`${there}/a`, "a");
      const some = await porthole.run(
        ["cp", "-q", `worker:${there}/a`, `worker:${there}/missing`, "."],
        around,
      );
      assert.equal(some.status, 1);
      assert.match(some.stderr, /missing.*No such file/);
      assert.equal(await Deno.readTextFile(`${here}/a`), "a");

      const refused = await porthole.run(
        ["cp", "-q", `worker:${there}`, "-"],
        around,
      );
      assert.equal(refused.status, 125);
      assert.match(refused.stderr, /it is a directory/);

      const planned = await porthole.run(
        ["cp", "--dry-run", "a", `worker:${there}/b`],
        around,
      );
      assert.equal(planned.status, 0);
      assert.match(planned.text, /cp a worker:/);
      assert.deepEqual([...Deno.readDirSync(there)].length, 1);
    }),
);

testOnce(
  "cp does with what a container has, and says what it lacks",
  (porthole) =>
    inFolders(async (here, there) => {
      const own = await startSandbox({
        unsignedUpgrades: true,
        tasks: { web: 1 },
        images: {
          "web/web": { sh: "dash", without: ["tar", "gzip", "stat"] },
          "web/sidecar": isImageAvailable("busybox") ? "busybox" : "dash",
          "worker/worker": "no-base64",
        },
      });
      const cp = async (...args: readonly string[]) => {
        const { status, stderr } = await porthole.run(["cp", "-q", ...args], {
          env: own.env,
          cwd: here,
        });
        return { status, stderr };
      };
      try {
        const bytes = random.subarray(0, 100_000);
        await Deno.mkdir(`${here}/d`);
        await Deno.writeFile(`${here}/d/f`, bytes);
        const fine = { status: 0, stderr: "" };

        const noTar = ["-c", "web"] as const;
        assert.deepEqual(await cp(...noTar, "d/f", `web:${there}/a`), fine);
        assert.deepEqual(await cp(...noTar, `web:${there}/a`, "a"), fine);
        assert.deepEqual(await Deno.readFile(`${here}/a`), bytes);
        const refused = await cp(...noTar, "d", `web:${there}`);
        assert.equal(refused.status, 125);
        assert.match(refused.stderr, /: the container has no tar\n/);
        const skipped = await cp(...noTar, `web:${there}`, "b");
        assert.equal(skipped.status, 1);
        assert.match(
          skipped.stderr,
          /it is a directory, and the container has no tar/,
        );

        const small = ["-c", "sidecar"] as const;
        assert.deepEqual(await cp(...small, "d", `web:${there}`), fine);
        assert.deepEqual(await cp(...small, `web:${there}/d`, "c"), fine);
        assert.deepEqual(await Deno.readFile(`${here}/c/f`), bytes);

        const plain = await cp("d/f", `worker:${there}/w`);
        assert.equal(plain.status, 0, plain.stderr);
        assert.deepEqual(await Deno.readFile(`${there}/w`), bytes);
        const changed = await cp(`worker:${there}/w`, "w");
        assert.equal(changed.status, 125);
        assert.match(
          changed.stderr,
          /its output may arrive changed\nhint: the container needs base64 and dd\n/,
        );
        assert.deepEqual(
          [...Deno.readDirSync(here)].map(({ name }) => name).sort(),
          ["a", "c", "d"],
        );
      } finally {
        await own.close();
      }
    }),
);

testPorthole(
  "cp goes through a rack, however that carries a session",
  (porthole) =>
    inFolders(async (here, there) => {
      await Deno.writeFile(`${here}/random`, random.subarray(0, 100_000));
      for (const [name, rack] of Object.entries({ relay, handoff })) {
        const around = { env: { PORTHOLE_RACK: rack.secretUrl }, cwd: here };
        const up = await porthole.run(
          ["cp", "-q", ".", `worker:${there}/${name}`],
          around,
        );
        assert.equal(up.status, 0, up.stderr);
        const down = await porthole.run(
          ["cp", "-q", `worker:${there}/${name}/random`, `${name}-back`],
          around,
        );
        assert.equal(down.status, 0, down.stderr);
        assert.deepEqual(
          await Deno.readFile(`${here}/${name}-back`),
          random.subarray(0, 100_000),
        );
      }
    }),
);

testOnce(
  "cp with a container without sh says that cp needs it, and what else there is",
  (porthole) =>
    inFolders(async (here) => {
      const own = await startSandbox({ image: "no-sh" });
      try {
        const { status, text, stderr } = await porthole.run(
          ["cp", "-q", "worker:etc/hostname", "."],
          { env: own.env, cwd: here },
        );
        assert.equal(
          stderr,
          "error: Cannot copy: the container has no sh, which cp needs there\n" +
            "hint: -c names another container of the task; without sh, only exec --no-shell runs what the image has\n",
        );
        assert.deepEqual([status, text], [127, ""]);
        assert.deepEqual([...Deno.readDirSync(here)], []);
      } finally {
        await own.close();
      }
    }),
);

testPorthole(
  "cp that a signal ends leaves no file behind",
  (porthole) =>
    inFolders(async (here, there) => {
      // Holes are a file that takes its time, and no place.
      const file = await Deno.open(`${there}/large`, {
        write: true,
        create: true,
      });
      await file.truncate(64 * 1024 ** 3);
      file.close();
      const running = porthole.start(["cp", `worker:${there}/large`, "."], {
        env,
        cwd: here,
      });
      const watcher = Deno.watchFs(here);
      for await (const { kind } of watcher) if (kind === "create") break;
      running.kill("SIGTERM");
      const { status, stderr } = await running.result;
      assert.equal(status, 143, stderr);
      assert.deepEqual([...Deno.readDirSync(here)], []);
    }),
  { long: true },
);

testPorthole(
  "cp copies 64 MiB of random bytes, both ways",
  (porthole) =>
    inFolders(async (here, there) => {
      const bytes = new Uint8Array(randomBytes(64 * 1024 * 1024));
      await Deno.writeFile(`${here}/a`, bytes);
      const around = { env, cwd: here };
      const up = await porthole.run(["cp", "a", `worker:${there}`], around);
      assert.equal(up.status, 0, up.stderr);
      const down = await porthole.run(["cp", `worker:${there}/a`, "b"], around);
      assert.equal(down.status, 0, down.stderr);
      assert.deepEqual(await Deno.readFile(`${here}/b`), bytes);
    }),
  { long: true },
);

testPorthole(
  "cp copies 10 000 small files, holes and strange names, both ways",
  (porthole) =>
    inFolders(async (here, there) => {
      const tree = `${here}/tree`;
      await Deno.mkdir(`${tree}/many`, { recursive: true });
      for (let at = 0; at < 10_000; at++) {
        Deno.writeTextFileSync(`${tree}/many/f${at}`, `${at}`);
      }
      const names = [
        "line\nbreak",
        "-rf",
        "$(id)",
        "Zürich ☃",
        "a".repeat(255),
      ];
      for (const name of names) await Deno.writeTextFile(`${tree}/${name}`, "");
      const sparse = await Deno.open(`${tree}/sparse`, {
        write: true,
        create: true,
      });
      await sparse.write(random);
      await sparse.truncate(64 * 1024 ** 2);
      sparse.close();
      const around = { env, cwd: here };
      const up = await porthole.run(["cp", "tree", `worker:${there}`], around);
      assert.equal(up.status, 0, up.stderr);
      assert.match(up.stderr, /Copied 10006 files, 64\.0 MiB/);
      const down = await porthole.run(
        ["cp", `worker:${there}/tree`, "back"],
        around,
      );
      assert.equal(down.status, 0, down.stderr);
      const sum = async (folder: string) => {
        const { stdout } = await new Deno.Command("sh", {
          args: ["-c", "find . -type f -print0 | sort -z | xargs -0 sha256sum"],
          cwd: folder,
        }).output();
        return new TextDecoder().decode(stdout);
      };
      const sums = await sum(tree);
      assert.equal(sums.trimEnd().split("\n").length, 10_006);
      assert.equal(await sum(`${there}/tree`), sums);
      assert.equal(await sum(`${here}/back`), sums);
      const { blocks } = await Deno.stat(`${here}/back/sparse`);
      assert.ok(blocks! * 512 < 4 * 1024 ** 2, `${blocks} blocks`);
    }),
  { long: true },
);
