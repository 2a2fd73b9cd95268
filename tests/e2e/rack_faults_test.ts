import assert from "node:assert/strict";
import { openConvoxClient } from "../rack/open_convox_client.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { bareEnvironment, testPorthole } from "./run_porthole.ts";
import { addUser, findPort, startServedRack } from "./start_served_rack.ts";

const sandbox = await startSandbox();
Deno.test.afterAll(() => sandbox.close());

const countOf = (operation: string) =>
  sandbox.requests().filter((one) => one.operation === operation).length;

testPorthole(
  "a rack that is killed: what it carries is no status, what it has handed off goes on to its own",
  async (porthole) => {
    const folder = await Deno.makeTempDir();
    const users = `file:${folder}/users.json`;
    const token = await addUser(porthole, users, "ann", ["exec:default/*"]);
    const [handsOff, carries] = await Promise.all(
      (["porthole", "never"] as const).map((handoff) =>
        startServedRack(porthole, sandbox, {
          token,
          users,
          flags: ["--handoff", handoff],
        })
      ),
    );
    const start = (rack: typeof handsOff) =>
      porthole.start(
        ["exec", "worker", "--command", "echo here; read a; echo $a; exit 6"],
        { env: rack!.env, stdin: "silent" },
      );
    const handedOff = start(handsOff);
    const carried = start(carries);
    const client = await openConvoxClient({
      port: carries!.port,
      token,
      app: "default",
      pid: sandbox.tasks("worker")[0]!.taskId.slice(-12),
      command: "echo here; read a",
    });
    await Promise.all([
      handedOff.waitFor("here"),
      carried.waitFor("here"),
      client.waitFor((printed) => printed.includes("here")),
    ]);
    for (const rack of [handsOff, carries]) rack!.running.kill("SIGKILL");
    const lost = await carried.result;
    assert.equal(lost.status, 125, lost.stderr);
    assert.match(lost.stderr, /the line to the rack broke/);
    assert.match(lost.stderr, /may still be running/);
    const end = await client.end;
    assert.equal(end.how, "connection ended");

    await handedOff.write("on\n");
    const { status, text, stderr } = await handedOff.result;
    assert.deepEqual([status, text], [6, "here\non\n"], stderr);
    await Deno.remove(folder, { recursive: true });
  },
);

/** A pipe holds so much (Linux), in pages of which the last one takes what still fits. */
const PIPE_BYTES = 64 * 1024;
const PAGE = 4 * 1024;

testPorthole(
  "an audit that nobody reads: nothing is opened or started, until it is read again",
  async (porthole) => {
    const folder = await Deno.makeTempDir();
    const users = `file:${folder}/users.json`;
    const token = await addUser(porthole, users, "ann", [
      "exec:default/*",
      "run:default/*",
    ]);
    const port = findPort();
    // Its stdout is a pipe that is full but for a page.
    const child = new Deno.Command("sh", {
      args: [
        "-c",
        `head -c ${PIPE_BYTES - PAGE} /dev/zero | tr '\\0' '\\n'; exec "$@"`,
        "sh",
        ...porthole.command([
          "rack",
          "serve",
          "--clusters",
          "default",
          "--users",
          users,
          "--drain",
          "0",
          "--listen",
          `127.0.0.1:${port}`,
          "--param",
          "ECSExec=Yes",
          "--allow-run",
        ]),
      ],
      clearEnv: true,
      env: { ...bareEnvironment(), ...sandbox.env },
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    try {
      await waitForCheck(port);
      const ask = async (command: string) => {
        const client = await openConvoxClient({
          port,
          token,
          app: "default",
          pid: sandbox.tasks("worker")[0]!.taskId.slice(-12),
          command,
        });
        return await client.end;
      };
      const before = [countOf("ExecuteCommand"), countOf("RunTask")];
      const long = `: ${"x".repeat(2 * PAGE - 500)}; echo ran`;
      const refused = await ask(long);
      const run = await fetch(
        `http://127.0.0.1:${port}/apps/default/services/web/processes`,
        {
          method: "POST",
          headers: {
            Authorization: `Basic ${btoa(`convox:${token}`)}`,
            Command: "sleep 1",
          },
        },
      );
      assert.equal(refused.status, 125);
      assert.equal(
        refused.output.toString(),
        "ERROR: the audit cannot be written, no session is opened\n",
      );
      assert.equal(run.status, 503);
      assert.match(await run.text(), /the audit cannot be written/);
      assert.deepEqual(
        [countOf("ExecuteCommand"), countOf("RunTask")],
        before,
      );

      const text = new Response(child.stdout).text();
      // What is read again is served again.
      const served = await ask("echo ran");
      assert.match(served.output.toString(), /ran/);
      assert.equal(served.status, 0);
      child.kill("SIGTERM");
      const lines = (await text).split("\n").filter(Boolean)
        .map((line) => JSON.parse(line));
      // The refused one may stand there as opened, never as ended with a status.
      assert.deepEqual(
        lines.filter(({ event, status }) => event === "end" && status === 0)
          .length,
        1,
      );
      assert.ok(lines.every(({ event }) => event !== "run"));
      assert.equal((await child.status).code, 0);
    } finally {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await child.status;
    }
    await Deno.remove(folder, { recursive: true });
  },
);

async function waitForCheck(port: number): Promise<void> {
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/check`)
      .catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok) return;
    await new Promise((go) => setTimeout(go, 20));
  }
}
