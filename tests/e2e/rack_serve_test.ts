import assert from "node:assert/strict";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { testCaFile } from "../sandbox/start_tls_front.ts";
import { testPorthole } from "./run_porthole.ts";
import { findPort } from "./start_served_rack.ts";

const sandbox = await startSandbox();
Deno.test.afterAll(() => sandbox.close());

const fileOf = (name: string) =>
  new URL(`../sandbox/tls/${name}`, import.meta.url).pathname;

testPorthole(
  "what cannot be served is refused before anything is",
  async (porthole) => {
    const folder = await Deno.makeTempDir();
    await Deno.writeTextFile(`${folder}/short`, "short\n");
    const { status, stderr, text } = await porthole.run([
      "rack",
      "serve",
      "--clusters",
      "default",
      "--users",
      `file:${folder}/users.json`,
      "--listen",
      "127.0.0.1:0",
      "--ticket-key",
      `${folder}/short`,
    ], { env: sandbox.env });
    assert.equal(status, 1);
    assert.match(stderr, /at least 32 characters/);
    assert.ok(!stderr.includes("short\n"));
    assert.equal(text, "");
  },
);

testPorthole(
  "a rack over TLS: its users come from the Parameter Store, its clients need no AWS, and each step is written down",
  async (porthole) => {
    const home = await Deno.makeTempDir();
    const users = `ssm:/racks/${crypto.randomUUID()}`;
    const added = await porthole.run(
      [
        "rack",
        "user",
        "add",
        "ann",
        "--allow",
        "exec:default/web",
        "--users",
        users,
      ],
      { env: sandbox.env },
    );
    assert.equal(added.status, 0, added.stderr);
    assert.match(added.text, /^ann\.[A-Za-z0-9_-]{43}\n$/);
    const listed = await porthole.run(
      ["rack", "user", "list", "--users", users],
      { env: sandbox.env },
    );
    assert.equal(listed.text, "ann  exec:default/web\n");

    const port = findPort();
    const rack = porthole.start([
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
      "--name",
      "dev",
      "--param",
      "ECSExec=Yes",
      "--tls-cert",
      fileOf("server.crt"),
      "--tls-key",
      fileOf("server.key"),
    ], { env: sandbox.env });
    await rack.waitFor('"event":"start"');

    const env = { XDG_CONFIG_HOME: home };
    const stdin = new TextEncoder().encode(added.text);
    const login = await porthole.run([
      "rack",
      "login",
      `https://localhost:${port}`,
      "--name",
      "dev",
      "--ca",
      testCaFile,
      "--token-stdin",
    ], { env, stdin });
    assert.equal(login.status, 0, login.stderr);
    const show = await porthole.run(["rack", "show", "dev"], { env });
    assert.match(show.text, /^TLS +verified, a CA of its own is trusted too$/m);
    assert.match(show.text, /^Kind +porthole$/m);
    assert.match(show.text, /^Status +running$/m);
    const tasks = await porthole.run(
      ["tasks", "default/web", "--rack", "dev", "-o", "json"],
      { env },
    );
    assert.equal(tasks.status, 0, tasks.stderr);
    const bad = await porthole.run([
      "rack",
      "login",
      `https://localhost:${port}`,
      "--name",
      "bad",
      "--ca",
      testCaFile,
      "--token-stdin",
    ], { env, stdin: new TextEncoder().encode(`ann.${"A".repeat(43)}\n`) });
    assert.match(bad.stderr, /invalid authentication/);

    rack.kill("SIGTERM");
    const { status, text, stderr } = await rack.result;
    assert.equal(status, 0, stderr);
    const events = text.trim().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(
      events.map(({ event }) => event).filter((event) => event !== "tokens"),
      ["start", "drain"],
    );
    assert.equal(
      events.filter(({ event }) => event === "tokens")
        .reduce((sum, { count }) => sum + count, 0),
      1,
    );
    const secret = added.text.trim().slice(4);
    assert.ok(![text, stderr].some((said) => said.includes(secret)));
  },
);
