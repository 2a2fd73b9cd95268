import assert from "node:assert/strict";
import { tlsSettings } from "../docker/engine/open_engine_session.ts";
import { useEngine } from "../docker/engine/use_engine.ts";
import { openConvoxClient } from "../rack/open_convox_client.ts";
import { shortenArn } from "../sandbox/fleet.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import {
  addUser,
  type ServedRack,
  startServedRack,
} from "./start_served_rack.ts";
import { chooseOne } from "./test_once.ts";

const porthole = chooseOne();
const use = useEngine();

interface Place {
  readonly sandbox: Sandbox;
  readonly token: string;
  /** Starts a rack that reaches Docker as its file says: over TLS with a certificate of its own. */
  serve(...flags: readonly string[]): Promise<ServedRack>;
}

/** The service `legacy` runs on the engine; its instances are reached at the engine's TLS port. */
async function withPlace(body: (place: Place) => Promise<void>): Promise<void> {
  const { full, bare, folder, port } = use.engine();
  const sandbox = await startSandbox({
    instance: { privateIp: "127.0.0.1" },
    docker: {
      legacy: {
        taskId: shortenArn(full.taskArn),
        containers: { full: full.id, bare: bare.id },
      },
    },
  });
  try {
    const users = `file:${sandbox.directory}/users.json`;
    const token = await addUser(porthole, users, "ann", ["exec:default/*"]);
    const { ca, cert, key, serverName } = tlsSettings(folder);
    const config = `${sandbox.directory}/rack.json`;
    await Deno.writeTextFile(
      config,
      JSON.stringify({
        region: "us-east-1",
        exec: {
          docker: {
            host: `tcp://{private_ip}:${port}`,
            tls: { ca, cert, key, server_name: serverName },
          },
        },
      }),
    );
    await body({
      sandbox,
      token,
      serve: (...flags) =>
        startServedRack(porthole, sandbox, {
          token,
          users,
          flags: ["--config", config, ...flags],
        }),
    });
  } finally {
    await sandbox.close();
  }
}

use.test(
  "a rack goes through Docker where the task was started before, where it says ECSExec=No, and for --gen1",
  () =>
    withPlace(async ({ sandbox, token, serve }) => {
      const racks = {
        before: await serve(),
        no: await serve("--param", "ECSExec=No"),
        gen1: await serve("--gen1", "default"),
      };
      const reasons = {
        before: "the task was started without ECS Exec",
        no: "the rack's parameter ECSExec is No",
        gen1: "the generation of the app is 1",
      };
      for (const [name, rack] of Object.entries(racks)) {
        const because = reasons[name as keyof typeof racks];
        const exec = (...args: readonly string[]) =>
          porthole.run(["exec", ...args], {
            env: rack.env,
            stdin: new TextEncoder().encode("into\n"),
          });
        const { status, text, stderr } = await exec(
          "legacy",
          "-o",
          "json",
          "--stderr",
          "split",
          "-e",
          "A=s3cr3t",
          "--command",
          'cat; echo "$A"; echo err >&2; exit 7',
        );
        assert.equal(status, 7, stderr);
        const result = JSON.parse(text);
        assert.equal(result.output, "into\ns3cr3t\n");
        assert.equal(result.stderr, "err\n");
        assert.equal(result.container, "full");
        assert.deepEqual(result.rack.carrier, "relay");
        assert.deepEqual(
          [result.route.kind, result.route.because],
          ["docker", because],
        );
        // What the user is told names what helps them.
        assert.match(stderr, /Using Docker exec because/);
        if (name === "before") {
          assert.match(
            stderr,
            /porthole enable-exec default\/legacy, with AWS credentials/,
          );
        }
        const fargate = await exec("fargate-old", "--", "true");
        assert.equal(fargate.status, 125);
        assert.match(
          fargate.stderr,
          /cannot exec into Fargate task without ECS Exec enabled; set ECSExec=Yes on the rack and redeploy/,
        );
        if (name !== "before") {
          const on = await exec("worker", "--", "true");
          assert.equal(on.status, 125);
          assert.match(on.stderr, /no Docker daemon is reachable on FARGATE/);
        }
        // Convox's client gets the same.
        const client = await openConvoxClient({
          port: rack.port,
          token,
          app: "default",
          pid: sandbox.tasks("legacy")[0]!.taskId.slice(-12),
          tty: false,
          command: "wc -c; exit 5",
        });
        await client.type(new Uint8Array(5_000));
        await client.endInput();
        const end = await client.end;
        assert.equal(end.output.toString().trim(), "5000");
        assert.deepEqual([end.status, end.markersAlone], [5, 1]);

        const events = await rack.stop();
        const opened = events.filter(({ event }) => event === "open");
        assert.deepEqual(
          opened.map(({ route, carrier, because, container, service }) => ({
            route,
            carrier,
            because,
            container,
            service,
          })),
          Array.from({ length: 2 }, () => ({
            route: "docker",
            carrier: "relay",
            because,
            container: "full",
            service: "legacy",
          })),
        );
        const ends = events.filter(({ event }) => event === "end");
        assert.deepEqual(
          ends.map(({ status, bytes }) => ({ status, bytes })),
          [
            { status: 7, bytes: { in: 5, out: 16 } },
            { status: 5, bytes: { in: 5_000, out: 5 } },
          ],
        );
        assert.equal(
          events.filter(({ event, error }) =>
            event === "refuse" && /Fargate|FARGATE/.test(`${error}`)
          ).length,
          name === "before" ? 1 : 2,
        );
        assert.ok(!JSON.stringify(events).includes("s3cr3t"));
      }
      assert.ok(
        sandbox.requests().every(({ operation }) =>
          operation !== "ExecuteCommand"
        ),
      );
    }),
);

use.test(
  "a terminal, an interrupt, and a rack that is killed: nothing is left running in the container",
  () =>
    withPlace(async ({ sandbox, token, serve }) => {
      const rack = await serve();
      const pty = porthole.openPty(["exec", "-it", "legacy"], {
        env: rack.env,
        columns: 90,
        rows: 20,
      });
      await pty.waitFor(/[#$] /);
      pty.write("until stty size | grep '20 9[0]'; do sleep 0.1; done\n");
      await pty.waitFor("20 90");
      pty.resize(101, 31);
      pty.write("until stty size | grep '31 10[1]'; do sleep 0.1; done\n");
      await pty.waitFor("31 101");
      pty.write("exit 9\n");
      assert.equal((await pty.exit).code, 9);

      const client = await openConvoxClient({
        port: rack.port,
        token,
        app: "default",
        pid: sandbox.tasks("legacy")[0]!.taskId.slice(-12),
        // Docker sets a terminal's size a moment after the start.
        command:
          "until stty size | grep '24 80'; do sleep 0.1; done; read a; echo \"1=$a\"; exit 8",
      });
      await client.waitFor((printed) => printed.includes("24 80"));
      await client.type(new TextEncoder().encode("typed\n"));
      await client.waitFor((printed) => printed.includes("1=typed"));
      assert.equal((await client.end).status, 8);

      const start = async (command: string) => {
        const running = porthole.start(
          ["exec", "legacy", "--command", `echo here; ${command}`],
          { env: rack.env, stdin: "silent" },
        );
        await running.waitFor("here");
        return running;
      };
      const interrupted = await start("exec sleep 611");
      await use.waitForProcess("sleep 611");
      interrupted.kill("SIGINT");
      const { status, stderr } = await interrupted.result;
      assert.equal(status, 130, stderr);
      await use.waitForNoProcess(10_000);

      const lost = await start("exec sleep 612");
      await use.waitForProcess("sleep 612");
      rack.running.kill("SIGKILL");
      assert.equal((await lost.result).status, 125);
      await use.waitForNoProcess(30_000);
    }),
);

use.test(
  "a rack that is told of no Docker says so, and opens nothing",
  () =>
    withPlace(async ({ sandbox, token }) => {
      const users = `file:${sandbox.directory}/users.json`;
      const rack = await startServedRack(porthole, sandbox, { token, users });
      const { status, stderr } = await porthole.run(
        ["exec", "legacy", "--", "true"],
        { env: rack.env },
      );
      assert.equal(status, 125);
      assert.match(stderr, /this rack has no exec\.docker\.host/);
      const events = await rack.stop();
      assert.ok(events.every(({ event }) => event !== "open"));
      assert.equal(events.filter(({ event }) => event === "refuse").length, 1);
    }),
);
