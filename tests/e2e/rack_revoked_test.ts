import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { formatUser } from "../../src/rack/users/user.ts";
import { openConvoxClient } from "../rack/open_convox_client.ts";
import { createTestUser, type TestUser } from "../rack/start_rack.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { openHandoff } from "./open_handoff.ts";
import { startCli } from "./start_cli.ts";
import { testPorthole } from "./run_porthole.ts";
import {
  addUser,
  findPort,
  rackUrl,
  startServedRack,
} from "./start_served_rack.ts";
import { chooseOne } from "./test_once.ts";

const porthole = chooseOne();

/** How often a rack reads its users. */
const EVERY_MS = 15_000;

/** A rack in this process, with a clock that the test moves, and its users in a file. */
async function serveHere(sandbox: Sandbox, users: readonly TestUser[]) {
  const file = `${await Deno.makeTempDir()}/users.json`;
  const write = async (records: readonly TestUser[]) =>
    await Deno.writeTextFile(
      file,
      JSON.stringify({
        users: Object.fromEntries(
          records.map(({ user }) => [user.name, formatUser(user)]),
        ),
      }),
      { mode: 0o600 },
    );
  await write(users);
  const port = findPort();
  const cli = startCli(sandbox, [
    "rack",
    "serve",
    "--clusters",
    "default",
    "--users",
    `file:${file}`,
    "--listen",
    `127.0.0.1:${port}`,
    "--param",
    "ECSExec=Yes",
  ]);
  await cli.waitForOutput('"event":"start"');
  const pid = sandbox.tasks("worker")[0]!.taskId.slice(-12);
  return {
    port,
    file,
    write,
    pid,
    audit: () =>
      cli.stdout().split("\n").filter(Boolean).map((line) => JSON.parse(line)),
    log: cli.stderr,
    /** The users are read once more, and what follows from that has been begun. */
    async passTime() {
      const nap = await cli.waitForNap(EVERY_MS);
      cli.advance(EVERY_MS);
      nap.wake();
      await cli.waitForNap(EVERY_MS);
    },
    ask: async (path: string, token: string) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
        headers: { Authorization: `Basic ${btoa(`convox:${token}`)}` },
      });
      return { status: answer.status, body: await answer.text() };
    },
    relay: async (token: string, command: string) => {
      const client = await openConvoxClient({
        port,
        token,
        app: "default",
        pid,
        command,
      });
      await client.waitFor((printed) => printed.includes("here"));
      return client;
    },
    async stop() {
      cli.signal("SIGINT");
      assert.equal(await cli.status, 0);
    },
  };
}

/** The clock's timers, and the sockets of sessions that were left, outlive a test for a moment. */
function test(name: string, body: () => Promise<void>): void {
  Deno.test({
    name,
    ignore: Deno.build.os === "windows",
    sanitizeOps: false,
    sanitizeResources: false,
    fn: body,
  });
}

const LASTS = "trap '' INT HUP; echo here; sleep 600 & wait; wait";

test("who is removed, narrowed or expired loses what is open when the users are read next, relayed or handed off; nobody else does", async () => {
  const sandbox = await startSandbox();
  const soon = new Date(Date.now() + EVERY_MS - 1);
  const scopes = ["exec:default/*"];
  const users = {
    removed: createTestUser("removed", scopes),
    narrowed: createTestUser("narrowed", scopes),
    expired: createTestUser("expired", scopes, { expires: soon }),
    replaced: createTestUser("replaced", scopes),
    kept: createTestUser("kept", scopes),
  };
  const all = Object.values(users);
  const rack = await serveHere(sandbox, all);
  try {
    const sessions = await Promise.all(all.map(async ({ user, token }) => ({
      name: user.name,
      relay: await rack.relay(token, LASTS),
      handedOff: (await openHandoff({
        port: rack.port,
        token,
        app: "default",
        pid: rack.pid,
      })).sessionId,
    })));
    const joined = porthole.start(
      ["exec", "worker", "--command", LASTS],
      { env: { PORTHOLE_RACK: rackUrl(rack.port, users.removed.token) } },
    );
    await joined.waitFor("here");
    const pids = sandbox.sessions().flatMap(({ pid }) => pid ?? []);
    assert.equal(pids.length, all.length + 1);

    await rack.write([
      {
        ...users.narrowed,
        user: {
          ...users.narrowed.user,
          scopes: createTestUser("x", ["exec:default/web", "list:default/*"])
            .user.scopes,
        },
      },
      users.expired,
      // The same name with another token is somebody else.
      createTestUser("replaced", scopes),
      users.kept,
    ]);
    await rack.passTime();
    const lost = sessions.filter(({ name }) => name !== "kept");
    const ends = await Promise.all(lost.map(({ relay }) => relay.end));
    for (const { output, status, how } of ends) {
      assert.match(
        output.toString(),
        /ERROR: Cannot continue the session: its token does not allow it any more/,
      );
      assert.deepEqual([how, status], ["empty binary", 125]);
    }
    const terminated = () =>
      sandbox.requests()
        .filter(({ operation }) => operation === "TerminateSession")
        .map(({ parameters }) => parameters["SessionId"]);
    await sandbox.waitFor(() =>
      lost.every(({ handedOff }) => terminated().includes(handedOff))
    );
    const { status, stderr } = await joined.result;
    assert.equal(status, 125, stderr);

    // The one that is left goes on, and its session was not touched.
    const kept = sessions.find(({ name }) => name === "kept")!;
    assert.ok(!terminated().includes(kept.handedOff));
    const others = sandbox.sessions().filter(({ state, pid }) =>
      pid !== undefined && state === "running"
    );
    assert.equal(others.length, 1);
    for (const { name } of lost) {
      const told = rack.audit().filter(({ user, event, because }) =>
        user === name && event === "terminate" && because === "revoked"
      );
      assert.equal(told.length, name === "removed" ? 2 : 1);
      assert.ok(
        rack.audit().some(({ user, event, carrier, error }) =>
          user === name && event === "end" && carrier === "relay" &&
          /does not allow it any more/.test(error)
        ),
      );
    }
    kept.relay.close();
  } finally {
    await rack.stop();
    await sandbox.close();
  }
});

test("users that cannot be read: for a minute the last ones count, then nothing is opened and what is open goes on", async () => {
  const sandbox = await startSandbox();
  const { user, token } = createTestUser("ann", ["exec:default/*"]);
  const rack = await serveHere(sandbox, [{ user, token }]);
  try {
    const relay = await rack.relay(token, "echo here; read a; echo $a; exit 7");
    await Deno.writeTextFile(rack.file, "{ torn");
    for (let passed = EVERY_MS; passed <= 60_000; passed += EVERY_MS) {
      await rack.passTime();
      const auth = await rack.ask("/auth", token);
      assert.equal(auth.status, 200, `${passed}: ${auth.body}`);
    }
    await rack.passTime();
    const before = sandbox.requests().length;
    for (const who of [token, "ben.wrong"]) {
      for (const path of ["/auth", "/apps", "/apps/default/processes"]) {
        const { status, body } = await rack.ask(path, who);
        assert.equal(status, 503);
        assert.match(body, /users cannot be read, try again/);
      }
    }
    await assert.rejects(
      openConvoxClient({
        port: rack.port,
        token,
        app: "default",
        pid: rack.pid,
        command: "true",
      }),
      /503[^]*users cannot be read, try again/,
    );
    // AWS is asked nothing for those who may be nobody.
    assert.equal(sandbox.requests().length, before);
    assert.equal((await rack.ask("/check", "")).status, 200);
    await relay.type(Buffer.from("on\n"));
    const { output, status } = await relay.end;
    assert.match(output.toString(), /on/);
    assert.equal(status, 7);

    await rack.write([{ user, token }]);
    await rack.passTime();
    assert.equal((await rack.ask("/auth", token)).status, 200);
  } finally {
    await rack.stop();
    await sandbox.close();
  }
});

testPorthole(
  "a user who is removed is out within 30 s, by the clock",
  async (porthole) => {
    const sandbox = await startSandbox();
    try {
      const users = `file:${sandbox.directory}/users.json`;
      const token = await addUser(porthole, users, "ann", ["exec:default/*"]);
      const racks = await Promise.all(
        (["porthole", "never"] as const).map((handoff) =>
          startServedRack(porthole, sandbox, {
            token,
            users,
            flags: ["--handoff", handoff],
          })
        ),
      );
      const running = racks.map(({ env }) =>
        porthole.start(["exec", "worker", "--command", LASTS], { env })
      );
      await Promise.all(running.map((one) => one.waitFor("here")));
      const removed = await porthole.run(
        ["rack", "user", "remove", "ann", "--users", users],
      );
      assert.equal(removed.status, 0, removed.stderr);
      const begun = performance.now();
      const took: number[] = [];
      for (const one of running) {
        const { status, stderr } = await one.result;
        took.push((performance.now() - begun) / 1_000);
        assert.equal(status, 125, stderr);
      }
      console.log({ seconds: took });
      assert.ok(Math.max(...took) < 30, `${took}`);
      await sandbox.waitFor(() =>
        sandbox.sessions().every(({ state }) => state !== "running")
      );
      await Promise.all(racks.map((rack) => rack.stop()));
    } finally {
      await sandbox.close();
    }
  },
  { long: true },
);
