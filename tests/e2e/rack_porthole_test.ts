import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { type Porthole, testPorthole } from "./run_porthole.ts";
import {
  addUser,
  type ServedRack,
  startServedRack,
} from "./start_served_rack.ts";

const sandbox = await startSandbox();
Deno.test.afterAll(() => sandbox.close());

/** A rack whose user may exec and run. */
async function serve(
  porthole: Porthole,
  of: Sandbox,
  ...flags: readonly string[]
): Promise<ServedRack> {
  const users = `file:${await Deno.makeTempDir()}/users.json`;
  const token = await addUser(porthole, users, "ann", [
    "exec:default/*",
    "run:default/*",
  ]);
  return await startServedRack(porthole, of, { token, users, flags });
}

const digest = (bytes: Uint8Array) =>
  createHash("sha256").update(bytes).digest("hex");

for (const handoff of ["porthole", "never"] as const) {
  const carrier = handoff === "never" ? "relay" : "handoff";

  testPorthole(`${carrier}: statuses, streams, variables`, async (porthole) => {
    const rack = await serve(porthole, sandbox, "--handoff", handoff);
    const { env } = rack;
    const run = (...args: readonly string[]) =>
      porthole.run(["exec", "worker", ...args], { env });
    const [seven, missing, json] = await Promise.all([
      run("--command", "printf o; exit 7"),
      run("--", "nosuch"),
      run(
        "-c",
        "worker",
        "--stderr",
        "split",
        "-e",
        "A=s3cr3t'",
        "-o",
        "json",
        "--command",
        'printf %s "$A"; printf err >&2',
      ),
    ]);
    assert.equal(seven.status, 7, seven.stderr);
    assert.equal(seven.text, "o");
    assert.equal(missing.status, 127, missing.stderr);
    const result = JSON.parse(json.text);
    assert.equal(json.status, 0, json.stderr);
    assert.equal(result.output, "s3cr3t'");
    assert.equal(result.stderr, "err");
    assert.equal(result.container, "worker");
    assert.equal(result.rack.carrier, carrier);
    assert.equal(result.route.kind, "ecs_exec");
    assert.match(result.session_id, /^ecs-execute-command-/);
    assert.notEqual(result.runtime_id, null);

    const events = await rack.stop();
    const opened = events.filter(({ event }) => event === "open");
    assert.equal(opened.length, 3);
    assert.ok(opened.every((one) => one["carrier"] === carrier));
    assert.doesNotMatch(JSON.stringify(events), /s3cr3t/);
    const statuses = events.filter(({ event }) => event === "end")
      .map(({ status }) => status);
    if (carrier === "relay") assert.ok(statuses.includes(7));
    else {
      assert.ok(statuses.every((status) => status === null));
      assert.ok(events.some(({ event }) => event === "terminate"));
    }
  });

  testPorthole(`${carrier}: stdin, a whole id, run`, async (porthole) => {
    const rack = await serve(
      porthole,
      sandbox,
      "--handoff",
      handoff,
      "--allow-run",
    );
    const { env } = rack;
    const bytes = randomBytes(300_000);
    const { taskId } = sandbox.tasks("worker")[0]!;
    const [through, ran] = await Promise.all([
      porthole.run([
        "exec",
        "--cluster",
        "default",
        "--task-id",
        taskId,
        "--",
        "cat",
      ], {
        env,
        stdin: new Uint8Array(bytes),
      }),
      porthole.run(["run", "default/worker", "--command", "exit 5"], { env }),
    ]);
    assert.equal(through.status, 0, through.stderr);
    assert.equal(digest(through.stdout), digest(bytes));
    assert.equal(ran.status, 5, ran.stderr);
    const events = await rack.stop();
    assert.ok(events.some(({ event }) => event === "run"));
    assert.ok(events.some(({ event }) => event === "stop"));
  });
}

/** Stands before the data channels, and refuses upgrades by how they are signed. */
function startStreamFront() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const refused = { signedUrl: 0, plain: 0 };
  let accepts: "plain" | "headers" = "plain";
  let backend = 0;
  const serveOne = async (client: Deno.Conn) => {
    const head = new Uint8Array(16_384);
    const length = await client.read(head) ?? 0;
    const text = new TextDecoder().decode(head.subarray(0, length));
    const isSigned = /^authorization:/im.test(text);
    const isSignedUrl = /X-Amz-Signature=/.test(text);
    if (isSignedUrl) refused.signedUrl++;
    else if (!isSigned && accepts === "headers") refused.plain++;
    if (isSignedUrl || (!isSigned && accepts === "headers")) {
      const answer = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
      await client.write(new TextEncoder().encode(answer));
      return client.close();
    }
    const server = await Deno.connect({ hostname: "127.0.0.1", port: backend });
    await server.write(head.subarray(0, length));
    await Promise.all([
      client.readable.pipeTo(server.writable),
      server.readable.pipeTo(client.writable),
    ]);
  };
  const serving = (async () => {
    for await (const client of listener) void serveOne(client).catch(() => {});
  })().catch(() => {});
  return {
    base: `ws://127.0.0.1:${listener.addr.port}`,
    refused,
    accept: (what: typeof accepts) => void (accepts = what),
    standBefore: (url: string) => void (backend = Number(new URL(url).port)),
    async close() {
      listener.close();
      await serving;
    },
  };
}

testPorthole(
  "an address that AWS refuses: without its signature, then through the rack",
  async (porthole) => {
    const front = startStreamFront();
    const behind = await startSandbox({
      unsignedUpgrades: true,
      streamBase: front.base,
    });
    front.standBefore(behind.url);
    try {
      const rack = await serve(porthole, behind);
      const ask = async (status: number) => {
        const { text, ...result } = await porthole.run([
          "exec",
          "worker",
          "-o",
          "json",
          "--command",
          `exit ${status}`,
        ], { env: rack.env });
        assert.equal(result.status, status, result.stderr);
        return JSON.parse(text).rack.carrier;
      };
      assert.equal(await ask(4), "handoff");
      assert.deepEqual(front.refused, { signedUrl: 1, plain: 0 });
      front.accept("headers");
      assert.equal(await ask(6), "relay");
      assert.deepEqual(front.refused, { signedUrl: 2, plain: 1 });
      const events = await rack.stop();
      assert.deepEqual(
        events.filter(({ event }) => event === "open")
          .map(({ carrier }) => carrier),
        ["handoff", "handoff", "relay"],
      );
    } finally {
      await front.close();
      await behind.close();
    }
  },
);

for (const handoff of ["porthole", "never"] as const) {
  testPorthole(
    `--handoff ${handoff}: a terminal with its size, and an interrupt`,
    async (porthole) => {
      const rack = await serve(porthole, sandbox, "--handoff", handoff);
      const { env } = rack;
      const pty = porthole.openPty([
        "exec",
        "-it",
        "worker",
        "--",
        "sh",
        "-c",
        "test -t 0 && test -t 1 && stty size; exit 9",
      ], { env, columns: 120, rows: 40 });
      const sleeping = porthole.start(
        ["exec", "worker", "--command", "echo here; exec sleep 60"],
        { env, stdin: "silent" },
      );
      const exit = await pty.exit;
      assert.equal(exit.code, 9, pty.output);
      assert.match(pty.output, /40 120/);
      assert.equal(exit.sttyAfter, exit.sttyBefore);
      await sleeping.waitFor("here");
      sleeping.kill("SIGINT");
      const result = await sleeping.result;
      assert.equal(result.status, 130, result.stderr);
      assert.doesNotMatch(result.stderr, /may still be running/);
      await rack.stop();
    },
  );
}
