import assert from "node:assert/strict";
import { startRack } from "../sandbox/start_rack.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { startTlsFront, testCaFile } from "../sandbox/start_tls_front.ts";
import { type Porthole, testPorthole } from "./run_porthole.ts";

const sandbox = await startSandbox();
const rack = startRack(sandbox);
const front = startTlsFront(rack.port);
Deno.test.afterAll(async () => {
  await front.close();
  await rack.close();
  await sandbox.close();
});

const token = new TextEncoder().encode("secret-token\n");
/** A CA that has nothing to do with the rack's certificate. */
const otherCaFile =
  new URL("../sandbox/tls/other_ca.crt", import.meta.url).pathname;
const secure = `https://localhost:${front.port}`;
const pin = "788801906A16DD61460922" +
  "3C68852FF175D43C17BD9A2791307FAF3E587457FC";

/** A home of its own for each test. */
async function makeHome() {
  const home = await Deno.makeTempDir();
  const stored = (name: string) => `${home}/porthole/racks/${name}.json`;
  return { home, stored, env: { XDG_CONFIG_HOME: home } };
}

/** Logs in to the rack without TLS, with flags that say how to judge a certificate, and returns what was stored. */
async function storeLogin(
  porthole: Porthole,
  stored: (name: string) => string,
  env: Readonly<Record<string, string>>,
  flags: readonly string[],
): Promise<string> {
  const login = await porthole.run(
    ["rack", "login", rack.url, "--name", "dev", "--token-stdin", ...flags],
    { env, stdin: token },
  );
  assert.equal(login.status, 0, login.stderr);
  return await Deno.readTextFile(stored("dev"));
}

testPorthole(
  "login stores what list, use, show and logout work on",
  async (porthole) => {
    const { home, stored, env } = await makeHome();
    const run = (...words: string[]) =>
      porthole.run(["rack", ...words], { env, stdin: token });
    const login = await run(
      "login",
      rack.url,
      "--name",
      "dev",
      "--token-stdin",
    );
    assert.equal(login.status, 0, login.stderr);
    assert.equal(login.text, `Logged in to rack "dev" (${rack.url})\n`);
    const { mode } = await Deno.lstat(stored("dev"));
    assert.equal((mode ?? 0) & 0o777, 0o600);
    const folder = await Deno.lstat(`${home}/porthole/racks`);
    assert.equal((folder.mode ?? 0) & 0o777, 0o700);
    assert.equal((await run("use", "dev")).status, 0);
    assert.equal((await run("list")).text, `* dev  ${rack.url}/\n`);
    const show = await run("show");
    assert.match(show.text, /^Name +dev$/m);
    assert.match(show.text, /^TLS +none \(this machine\)$/m);
    assert.match(show.text, /^Kind +convox$/m);
    assert.match(show.text, /^Version +20261005214736$/m);
    assert.ok(!show.text.includes("secret-token"));
    assert.equal((await run("logout", "dev")).status, 0);
    const again = await run("show", "dev");
    assert.equal(again.status, 1);
    assert.match(again.stderr, /Cannot find rack "dev"/);
  },
);

testPorthole(
  "a token that the rack does not take is not stored",
  async (porthole) => {
    const { stored, env } = await makeHome();
    const { status, stderr } = await porthole.run(
      ["rack", "login", rack.url, "--name", "dev", "--token-stdin"],
      { env, stdin: new TextEncoder().encode("wrong") },
    );
    assert.equal(status, 1);
    assert.match(
      stderr,
      /Cannot sign in to rack "dev": invalid authentication/,
    );
    await assert.rejects(Deno.lstat(stored("dev")), Deno.errors.NotFound);
  },
);

testPorthole("the token is asked for, and not shown", async (porthole) => {
  const { stored, env } = await makeHome();
  const pty = porthole.openPty(
    ["rack", "login", rack.url, "--name", "dev"],
    { env },
  );
  await pty.waitFor(`Token for 127.0.0.1:${rack.port}: `);
  pty.write("secrex\x7ft-token\r");
  await pty.waitFor("Logged in");
  const { code, sttyBefore, sttyAfter } = await pty.exit;
  assert.equal(code, 0);
  assert.equal(sttyAfter, sttyBefore);
  assert.ok(!pty.output.includes("secre"));
  const { token } = JSON.parse(await Deno.readTextFile(stored("dev")));
  assert.equal(token, "secret-token");
});

testPorthole("a stored login that is a link is refused", async (porthole) => {
  const { home, stored, env } = await makeHome();
  await Deno.mkdir(`${home}/porthole/racks`, { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(`${home}/elsewhere`, "{}");
  await Deno.symlink(`${home}/elsewhere`, stored("dev"));
  const { status, stderr } = await porthole.run(
    ["exec", "worker", "--rack", "dev", "--", "ls"],
    { env },
  );
  assert.equal(status, 125);
  assert.match(stderr, /it is a link, or another user's/);
});

/** Another machine's CA, as public ones are: it stands in the store that the program trusts. */
const trusted = {
  DENO_TLS_CA_STORE: "system",
  SSL_CERT_FILE: testCaFile,
};

for (
  const [name, flags, around] of [
    ["a CA of the system's store", [], trusted],
    ["its CA", ["--ca", testCaFile], {}],
    ["its pin", ["--pin", pin], {}],
  ] as const
) {
  testPorthole(`https with ${name}`, async (porthole) => {
    const { env: home } = await makeHome();
    const env = { ...home, ...around };
    const login = await porthole.run(
      ["rack", "login", secure, "--name", "dev", "--token-stdin", ...flags],
      { env, stdin: token },
    );
    assert.equal(login.status, 0, login.stderr);
    const exec = await porthole.run(
      [
        "exec",
        "worker",
        "--rack",
        "dev",
        "--",
        "head",
        "-c",
        "300000",
        "/dev/zero",
      ],
      { env },
    );
    assert.equal(exec.status, 0, exec.stderr);
    assert.equal(exec.stdout.length, 300_000);
  });
}

const byAddress = `https://127.0.0.1:${front.port}`;
for (
  const [name, address, flags, says, around] of [
    ["no known CA", secure, [], /certificate|UnknownIssuer/, {}],
    ["another CA", secure, ["--ca", otherCaFile], /certificate/, {}],
    ["another name", byAddress, ["--ca", testCaFile], /certificate/, {}],
    [
      "another name, of a CA of the store",
      byAddress,
      [],
      /certificate/,
      trusted,
    ],
    [
      "another pin",
      secure,
      ["--pin", "0".repeat(64)],
      /its certificate is another one/,
      {},
    ],
  ] as const
) {
  testPorthole(
    `https with ${name} is refused before a byte is sent, at login and later`,
    async (porthole) => {
      const { stored, env: home } = await makeHome();
      const env = { ...home, ...around };
      const before = front.received();
      const login = await porthole.run(
        ["rack", "login", address, "--name", "dev", "--token-stdin", ...flags],
        { env, stdin: token },
      );
      assert.equal(login.status, 1);
      assert.match(login.stderr, says);
      await assert.rejects(Deno.lstat(stored("dev")), Deno.errors.NotFound);
      // As after a login while the certificate was another one.
      const { tls } = JSON.parse(
        await storeLogin(porthole, stored, env, flags),
      );
      const path = stored("dev");
      await Deno.writeTextFile(
        path,
        JSON.stringify({
          url: `${address}/`,
          token: "secret-token",
          tls,
          streamHosts: [],
        }),
      );
      const exec = await porthole.run(
        ["exec", "worker", "--rack", "dev", "--", "ls"],
        { env },
      );
      assert.deepEqual([exec.status, exec.text], [125, ""]);
      assert.match(exec.stderr, says);
      assert.equal(front.received(), before);
    },
  );
}

testPorthole(
  "a certificate of another name passes by its pin",
  async (porthole) => {
    const { env } = await makeHome();
    const { status, stderr } = await porthole.run(
      [
        "rack",
        "login",
        byAddress,
        "--name",
        "x",
        "--token-stdin",
        "--pin",
        pin,
      ],
      { env, stdin: token },
    );
    assert.equal(status, 0, stderr);
  },
);

testPorthole(
  "params are shown and set as Convox's command line does it",
  async (porthole) => {
    const env = { PORTHOLE_RACK: rack.secretUrl };
    const run = (...words: string[]) =>
      porthole.run(["rack", "params", ...words], { env });
    const list = await run();
    assert.match(
      list.text,
      /^Autoscale {2}Yes\nECSExec {4}(Yes|No)\nPassword {3}hidden\n$/,
    );
    const set = await run("set", "ECSExec=Yes");
    assert.deepEqual([set.text, set.stderr, set.status], [
      "Updating parameters... OK\n",
      "",
      0,
    ]);
    assert.equal(rack.parameters()["ECSExec"], "Yes");
    const sent = rack.requests().at(-1);
    assert.equal(sent?.method, "PUT");
    assert.equal(sent?.body, "parameters=ECSExec%3DYes");
    const before = rack.requests().length;
    const bad = await run("set", "ECSExec");
    assert.deepEqual([bad.text, bad.stderr, bad.status], [
      "",
      "error: Key=Value expected: ECSExec\n",
      1,
    ]);
    assert.equal(rack.requests().length, before);
    const refused = await run("set", "ECSExec=yes");
    assert.equal(refused.text, "Updating parameters... ");
    assert.equal(refused.status, 1);
    assert.match(
      refused.stderr,
      /^error: ValidationError: Parameter 'ECSExec' must be one of AllowedValues\n/,
    );
  },
);

testPorthole("update asks for a version", async (porthole) => {
  const { text, status } = await porthole.run(
    ["rack", "update", "20261005214736"],
    { env: { PORTHOLE_RACK: rack.secretUrl } },
  );
  assert.deepEqual([text, status], ["Updating to 20261005214736... OK\n", 0]);
  assert.equal(rack.requests().at(-1)?.body, "version=20261005214736");
});

testPorthole(
  "a name is found in the settings of Convox's command lines",
  async (porthole) => {
    const { home, env } = await makeHome();
    await Deno.mkdir(`${home}/convox/racks`, { recursive: true });
    await Deno.writeTextFile(`${home}/convox/racks/theirs`, rack.secretUrl);
    const { text, status, stderr } = await porthole.run(
      ["exec", "worker", "--rack", "theirs", "--", "echo", "here"],
      { env },
    );
    assert.deepEqual([text, status], ["here\n", 0], stderr);
  },
);

testPorthole(
  "a rack that Convox's command line has installed is found with its password, and its file stays as it is",
  async (porthole) => {
    const { home, env } = await makeHome();
    const host = `localhost:${front.port}`;
    const folder = `${home}/convox2`;
    await Deno.mkdir(folder);
    const auth = JSON.stringify({ [host]: "secret-token", other: "x" });
    await Deno.writeTextFile(`${folder}/auth`, auth);
    await Deno.writeTextFile(
      `${folder}/self-managed`,
      JSON.stringify({ ours: host, "no-password": "nowhere.example.com" }),
    );
    for (const name of ["ours", host]) {
      const { text, status, stderr } = await porthole.run(
        ["exec", "worker", "--rack", name, "--", "echo", "here"],
        { env: { ...env, ...trusted } },
      );
      assert.deepEqual([text, status], ["here\n", 0], stderr);
    }
    const without = await porthole.run(
      ["exec", "worker", "--rack", "no-password", "--", "ls"],
      { env },
    );
    assert.equal(without.status, 125);
    assert.match(without.stderr, /Cannot find rack "no-password"/);
    assert.equal(await Deno.readTextFile(`${folder}/auth`), auth);
  },
);

testPorthole(
  "a password in --rack is a usage error that does not show it",
  async (porthole) => {
    const { status, stderr } = await porthole.run(
      ["exec", "worker", "--rack", rack.secretUrl, "--", "ls"],
    );
    assert.equal(status, 125);
    assert.match(stderr, /its URL holds a password/);
    assert.ok(!stderr.includes("secret-token"));
  },
);

testPorthole(
  "exec.rack takes the name of a login, and --rack none turns it off",
  async (porthole) => {
    const { home, env } = await makeHome();
    const config = `${home}/ecspresso.yml`;
    await Deno.writeTextFile(
      config,
      "region: '{{ ssm `/region` }}'\ncluster: default\nservice: worker\nexec:\n  rack: dev\n",
    );
    const words = ["exec", "--config", config, "--", "echo", "here"];
    const before = await porthole.run(words, { env });
    assert.equal(before.status, 125);
    assert.match(before.stderr, /Cannot find rack "dev" \(.*ecspresso.yml:5/);
    await porthole.run(
      ["rack", "login", rack.url, "--name", "dev", "--token-stdin"],
      { env, stdin: token },
    );
    const after = await porthole.run(words, { env });
    assert.deepEqual([after.text, after.status], ["here\n", 0], after.stderr);
    assert.match(
      after.stderr.split("\n")[0] ?? "",
      /Rack: dev \(.*ecspresso.yml/,
    );
    await Deno.writeTextFile(config, "cluster: default\nexec:\n  rack: dev\n");
    const without = await porthole.run(
      [
        "exec",
        "worker",
        "--rack",
        "none",
        "--config",
        config,
        "--",
        "echo",
        "aws",
      ],
      { env: { ...env, ...sandbox.env } },
    );
    assert.deepEqual(
      [without.text, without.status],
      ["aws\n", 0],
      without.stderr,
    );
  },
);

testPorthole("tasks lists processes", async (porthole) => {
  const env = { PORTHOLE_RACK: rack.secretUrl };
  const id = sandbox.tasks("worker")[0]?.taskId.slice(-12);
  const table = await porthole.run(["tasks", "worker"], { env });
  assert.equal(table.status, 0, table.stderr);
  assert.match(
    table.text,
    new RegExp(`^TASK +SERVICE +STATUS .*\n${id} +worker +RUNNING`),
  );
  const json = await porthole.run(["tasks", "-o", "json"], { env });
  const { tasks } = JSON.parse(json.text);
  assert.ok(tasks.some((task: { id: string }) => task.id === id));
  assert.ok(tasks.length > 1);
});

testPorthole(
  "the end of an id is enough, and a dry run starts nothing",
  async (porthole) => {
    const env = { PORTHOLE_RACK: rack.secretUrl };
    const id = sandbox.tasks("worker")[0]!.taskId.slice(-12);
    const found = await porthole.run(
      ["exec", "--task-id", id.slice(-8), "--", "echo", "here"],
      { env },
    );
    assert.deepEqual([found.text, found.status], ["here\n", 0], found.stderr);
    const plan = await porthole.run(
      ["exec", "worker", "--dry-run", "-o", "json", "--", "ls"],
      { env },
    );
    const { task, route } = JSON.parse(plan.text);
    assert.equal(task, id);
    assert.deepEqual(route, { kind: null, because: "decided by the rack" });
    assert.equal(rack.running(), 0);
  },
);

testPorthole("what is completed comes from the rack", async (porthole) => {
  const env = { PORTHOLE_RACK: rack.secretUrl };
  const services = await porthole.run(
    ["__complete", "services", "--timeout", "20s"],
    { env },
  );
  assert.equal(services.text, "web\t\nworker\t\n");
  const tasks = await porthole.run(
    ["__complete", "tasks", "worker", "--timeout", "20s"],
    { env },
  );
  const id = sandbox.tasks("worker")[0]?.taskId.slice(-12);
  assert.equal(tasks.text, `${id}\tworker\n`);
});
