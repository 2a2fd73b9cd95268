import assert from "node:assert/strict";
import { startCutRelay } from "../docker/engine/start_cut_relay.ts";
import { runProgram, waitUntil } from "../docker/engine/run_program.ts";
import { useEngine } from "../docker/engine/use_engine.ts";
import { shortenArn } from "../sandbox/fleet.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { forEachVariant, type Porthole } from "./run_porthole.ts";

const use = useEngine();

/** The service `legacy` runs in one container; `docker` is the file's `exec.docker`. */
async function withFleet(
  id: string,
  docker: object,
  body: (
    fleet: Sandbox,
    env: Readonly<Record<string, string>>,
  ) => Promise<void>,
): Promise<void> {
  const fleet = await startSandbox({
    docker: {
      legacy: {
        taskId: shortenArn(use.engine().full.taskArn),
        containers: { full: id },
      },
    },
  });
  try {
    const path = `${fleet.directory}/docker.json`;
    await Deno.writeTextFile(
      path,
      JSON.stringify({ region: "us-east-1", exec: { docker } }),
    );
    await body(fleet, { ...fleet.env, PORTHOLE_CONFIG: path });
  } finally {
    await fleet.close();
  }
}

/** A container that a test may end. */
async function withContainer(
  body: (id: string) => Promise<void>,
): Promise<void> {
  const { docker } = use.engine();
  const id = await docker(
    ...["run", "--detach", "--network=none", "full:latest"],
    ...["sleep", "1000000"],
  );
  try {
    await body(id);
  } finally {
    await docker("rm", "--force", id).catch(() => {});
  }
}

const LOST =
  /^error: Cannot determine the exit status: the connection to the Docker daemon at "tcp:.*" was lost: /m;

forEachVariant((porthole: Porthole) => {
  const test = (name: string, body: () => Promise<void>) =>
    use.test(`${porthole.variant}: ${name}`, body);

  for (
    const [name, words, stdin] of [
      ["output", ["sh", "-c", "echo one; sleep 5; echo two"], "null"],
      [
        "input",
        ["sh", "-c", "echo one; cat >/tmp/up"],
        new Uint8Array(6_000_000),
      ],
    ] as const
  ) {
    test(`${name} that is cut off over plain tcp:// is 125`, async () => {
      const relay = await startCutRelay(use.engine().socket);
      const host = `tcp://127.0.0.1:${relay.port}`;
      try {
        await withFleet(
          use.engine().full.id,
          { host, tls: false },
          async (_, env) => {
            const running = porthole.start(
              ["exec", "legacy", "-i", "--", ...words],
              { env, stdin },
            );
            await running.waitFor("one\n");
            relay.cut();
            const { status, text, stderr } = await running.result;
            assert.equal(status, 125, stderr);
            assert.equal(text, "one\n");
            assert.match(stderr, LOST);
          },
        );
        await use.waitForNoProcess(15_000);
      } finally {
        await relay.stop();
      }
    });
  }

  test("a shell that is cut off is 125 and says so", async () => {
    const relay = await startCutRelay(use.engine().socket);
    const host = `tcp://127.0.0.1:${relay.port}`;
    try {
      await withFleet(
        use.engine().full.id,
        { host, tls: false },
        async (_, env) => {
          const pty = porthole.openPty(["exec", "legacy"], { env });
          try {
            await pty.waitFor(/[#$] /);
            relay.cut();
            await pty.waitFor("Cannot determine the exit status");
            const { code, sttyBefore, sttyAfter } = await pty.exit;
            assert.equal(code, 125);
            assert.equal(sttyAfter, sttyBefore);
          } finally {
            pty.close();
          }
        },
      );
      await use.waitForNoProcess(15_000);
    } finally {
      await relay.stop();
    }
  });

  test("a container killed in mid-session is 125: its state, or its task's reason", async () => {
    const host = `unix://${use.engine().socket}`;
    for (const reason of [undefined, "Essential container in task exited"]) {
      await withContainer((id) =>
        withFleet(id, { host }, async (fleet, env) => {
          const running = porthole.start(
            ["exec", "legacy", "--", "sh", "-c", "echo begun; sleep 4242"],
            { env },
          );
          await running.waitFor("begun\n");
          if (reason !== undefined) {
            const [task] = fleet.tasks("legacy");
            fleet.stopTask(task?.taskId ?? "", reason);
          }
          await use.engine().docker("kill", id);
          const { status, stderr } = await running.result;
          assert.equal(status, 125, stderr);
          assert.match(
            stderr,
            reason === undefined
              ? /^error: Cannot determine the exit status: container "full" is exited \(exit code 137\)$/m
              : /^error: Cannot continue: task \w+ is STOPPED \(Essential container in task exited\)$/m,
          );
        })
      );
    }
  });

  use.test(
    `${porthole.variant}: an ssh that hangs in mid-session leaves nothing, with ~. and with Ctrl-C`,
    async () => {
      const host = `ssh://root@127.0.0.1:${use.sshd().port}`;
      await withFleet(
        use.engine().full.id,
        { host },
        async ({ directory }, env) => {
          const folder = `${directory}/bin`;
          await Deno.mkdir(folder);
          await Deno.writeTextFile(
            `${folder}/ssh`,
            `#!/bin/sh\necho $$ >>${folder}/pids\nexec ${use.sshd().binFolder}/ssh "$@"\n`,
            { mode: 0o755 },
          );
          const around = {
            ...env,
            PATH: `${folder}:${Deno.env.get("PATH")}`,
          };
          const readPids = async () =>
            (await Deno.readTextFile(`${folder}/pids`)).trim().split("\n");
          const stopAll = async () => {
            for (const pid of await readPids()) {
              try {
                Deno.kill(Number(pid), "SIGSTOP");
              } catch {
                // It has ended.
              }
            }
          };
          const expectNone = async () => {
            const groups = (await readPids()).join(",");
            await waitUntil(
              () =>
                runProgram("ps", ["-o", "pid=,args=", "-g", groups])
                  .then((table) => table === "", () => true),
              "ssh is left",
              5_000,
            );
          };

          const pty = porthole.openPty(["exec", "legacy"], { env: around });
          try {
            await pty.waitFor(/[#$] /);
            await stopAll();
            pty.write("\r~.");
            assert.equal((await pty.exit).code, 130);
          } finally {
            pty.close();
          }
          await expectNone();

          const running = porthole.start(
            ["exec", "legacy", "--", "sh", "-c", "echo begun; sleep 4242"],
            { env: around },
          );
          await running.waitFor("begun\n");
          await stopAll();
          running.kill("SIGINT");
          const { status, stderr } = await running.result;
          assert.equal(status, 130);
          assert.match(stderr, /may still be running in the container/);
          await expectNone();
        },
      );
      await use.waitForNoProcess(15_000);
    },
    "ssh",
  );

  test("an ssh that hangs ends with Ctrl-C, and leaves nothing", async () => {
    const scripts = {
      waits: `sleep 4243`,
      "ignores TERM": `trap "" TERM INT HUP; sleep 4243; sleep 4243`,
      stopped: `kill -STOP $$`,
    };
    for (const [name, script] of Object.entries(scripts)) {
      await withFleet(
        use.engine().full.id,
        { host: "ssh://nowhere.invalid" },
        async ({ directory }, env) => {
          const folder = `${directory}/bin`;
          await Deno.mkdir(folder);
          await Deno.writeTextFile(
            `${folder}/ssh`,
            `#!/bin/sh\necho $$ >>${folder}/pids\n${script}\n`,
            { mode: 0o755 },
          );
          const readPids = () =>
            Deno.readTextFile(`${folder}/pids`).catch(() => "");
          const running = porthole.start(["exec", "legacy", "--", "true"], {
            env: { ...env, PATH: `${folder}:${Deno.env.get("PATH")}` },
          });
          await waitUntil(
            async () => await readPids() !== "",
            "ssh does not start",
            20_000,
          );
          running.kill("SIGINT");
          const { status, stderr } = await running.result;
          assert.equal(status, 130, `${name}: ${stderr}`);
          const groups = (await readPids()).trim().split("\n").join(",");
          // ps has the status 1 where it finds none.
          await waitUntil(
            () =>
              runProgram("ps", ["-o", "pid=,args=", "-g", groups])
                .then((table) => table === "", () => true),
            `${name}: ssh is left`,
            5_000,
          );
        },
      );
    }
  });
});
