import assert from "node:assert/strict";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { chooseOne, testOnce } from "./test_once.ts";
import { startProgram } from "./run_porthole.ts";
import { startTcpServer } from "./start_tcp_server.ts";
import { SESSION_VARIABLE, startSession, writeCall } from "./use_plugin.ts";

const sandbox = await startSandbox({ hosts: { "db.internal": "127.0.0.1" } });
Deno.test.afterAll(() => sandbox.close());
const { env } = sandbox;

/** A folder with `session-manager-plugin`, which is the compiled porthole. */
const bin = await Deno.makeTempDir({ prefix: "porthole-plugin-" });
Deno.test.afterAll(() => Deno.remove(bin, { recursive: true }));
const isCompiled = chooseOne().variant === "binary";
const plugin = `${bin}/session-manager-plugin`;

/** What the AWS CLI puts behind the session. */
const laterWords = [
  "us-east-1",
  "StartSession",
  "",
  JSON.stringify({ Target: "x" }),
  sandbox.url,
];

testOnce(
  "porthole plugin install makes a link that answers as the plugin",
  async (porthole) => {
    const installed = await porthole.run(["plugin", "install", "--dir", bin], {
      env: { PATH: "/usr/bin:/bin" },
    });
    assert.deepEqual([installed.status, installed.text], [0, `${plugin}\n`]);
    assert.match(installed.stderr, /\[warn\].*is not in PATH/);
    const around = { env: { PATH: `${bin}:/usr/bin:/bin` } };
    // Again is no mistake, and a link to porthole shadows nothing.
    const again = await porthole.run(
      ["plugin", "install", "--dir", bin],
      around,
    );
    assert.deepEqual([again.status, again.stderr], [0, ""]);
    const version = await startProgram([plugin, "--version"]).result;
    assert.equal(version.text, "1.2.764.0\n");
    const nothing = await startProgram([plugin]).result;
    assert.equal(nothing.status, 0);
    assert.match(nothing.text, /^porthole stands in for .*\n$/);

    const aws = await Deno.makeTempDir({ prefix: "porthole-aws-" });
    try {
      const real = `${aws}/session-manager-plugin`;
      await Deno.writeTextFile(real, "#!/bin/sh\n", { mode: 0o755 });
      const shadowed = { env: { PATH: `${aws}:/usr/bin:/bin` } };
      const refused = await porthole.run(
        ["plugin", "install", "--dir", bin],
        shadowed,
      );
      assert.equal(refused.status, 1);
      assert.match(
        refused.stderr,
        /is another one, probably AWS's own\nhint: --force/,
      );
      const forced = await porthole.run(
        ["plugin", "install", "--dir", bin, "--force"],
        shadowed,
      );
      assert.equal(forced.status, 0, forced.stderr);
      assert.match(forced.stderr, /PATH has another one first: /);
      // Nor is a link to another program, as AWS's own installer makes one: unless that is wanted.
      const linked = `${aws}/linked`;
      await Deno.mkdir(linked);
      await Deno.symlink(real, `${linked}/session-manager-plugin`);
      const elsewhere = ["plugin", "install", "--dir", linked];
      const kept = await porthole.run(elsewhere, around);
      assert.equal(kept.status, 1);
      assert.match(kept.stderr, /hint: --force puts a link in its place/);
      assert.equal(
        (await porthole.run([...elsewhere, "--force"], around)).status,
        0,
      );
      // One that leads nowhere is of an older porthole, as a rule.
      const gone = `${linked}/session-manager-plugin`;
      await Deno.remove(gone);
      await Deno.symlink(`${aws}/no-such-program`, gone);
      assert.equal((await porthole.run(elsewhere, around)).status, 0);
      // A file is never overwritten.
      const over = await porthole.run(
        ["plugin", "install", "--dir", aws, "--force"],
        shadowed,
      );
      assert.equal(over.status, 1);
      assert.match(over.stderr, /is a file, and not a link to porthole/);
      assert.equal(await Deno.readTextFile(real), "#!/bin/sh\n");
    } finally {
      await Deno.remove(aws, { recursive: true });
    }
    // exec does not take the link for AWS's plugin.
    const pty = porthole.openPty(
      ["exec", "worker", "-it", "--", "echo", "ok"],
      {
        env: { ...env, PATH: `${bin}:${Deno.env.get("PATH")}` },
      },
    );
    await pty.waitFor("ok");
    assert.equal((await pty.exit).code, 0);
    assert.doesNotMatch(pty.output, /Starting session with/);
  },
  { ignore: !isCompiled },
);

testOnce(
  "the session in a word: status 0 unless it is broken, and the token is never shown",
  async () => {
    for (const broken of ["{", '{"TokenValue":"SECRET"', "{}"]) {
      const { status, stderr } = await startProgram([
        plugin,
        broken,
        ...laterWords,
      ]).result;
      assert.equal(status, 125);
      assert.match(stderr, /^error: Cannot read the session/);
      assert.doesNotMatch(stderr, /SECRET/);
    }
    const gone = JSON.stringify({
      SessionId: "s-1",
      StreamUrl: sandbox.url.replace("http", "ws") +
        "/v1/data-channel/s-1?role=publish_subscribe",
      TokenValue: "SECRET",
    });
    const refused = await startProgram([plugin, gone, ...laterWords], {
      env,
    }).result;
    assert.equal(refused.status, 0);
    assert.match(
      refused.stderr,
      /^error: Cannot open the session's data channel/,
    );
    assert.doesNotMatch(refused.stderr + refused.text, /SECRET/);
    const known = await startProgram(
      [plugin, SESSION_VARIABLE, ...laterWords],
      {
        env: { ...env, [SESSION_VARIABLE]: gone },
      },
    ).result;
    assert.equal(known.status, 125);
  },
  { ignore: !isCompiled },
);

testOnce(
  "port sessions: with streams, to another host, and as ssh wants them",
  async () => {
    using server = startTcpServer(async (connection) => {
      const said = await connection.readUntil("\n");
      await connection.write(`you said ${said}`);
    });
    for (
      const [document, parameters, form] of [
        ["AWS-StartPortForwardingSession", {}, "word"],
        ["AWS-StartPortForwardingSessionToRemoteHost", {
          host: ["db.internal"],
        }, "variable"],
      ] as const
    ) {
      const waiting = await startSession(sandbox, document, {
        portNumber: [`${server.port}`],
        localPortNumber: ["0"],
        ...parameters,
      });
      const { words, env } = writeCall(waiting, form, sandbox);
      const running = startProgram([plugin, ...words], { env });
      await running.waitFor("Waiting for connections...\n");
      const port = Number(/Port (\d+) opened/.exec(running.seen())?.[1]);
      using connection = await Deno.connect({ hostname: "127.0.0.1", port });
      await connection.write(new TextEncoder().encode("hello\n"));
      const buffer = new Uint8Array(100);
      const count = await connection.read(buffer);
      assert.equal(
        new TextDecoder().decode(buffer.subarray(0, count!)),
        "you said hello\n",
      );
      running.kill("SIGINT");
      const { status, text: said, stderr } = await running.result;
      assert.equal(status, 0, stderr);
      assert.match(
        said,
        /^\nStarting session with SessionId: \S+\nPort \d+ opened for sessionId \S+\.\nWaiting for connections\.\.\.\n\n\nExiting session with sessionId: \S+\.\n\n$/,
      );
    }
    const taken = await startSession(
      sandbox,
      "AWS-StartPortForwardingSession",
      { portNumber: ["80"], localPortNumber: [`${server.port}`] },
    );
    const refused = writeCall(taken, "variable", sandbox);
    const second = await startProgram([plugin, ...refused.words], refused)
      .result;
    assert.equal(second.status, 125);
    assert.match(
      second.stderr,
      /another program uses it\nhint: localPortNumber names another local port; 0 is any that is free\n/,
    );
    const waiting = await startSession(sandbox, "AWS-StartSSHSession", {
      portNumber: [`${server.port}`],
    });
    const { words } = writeCall(waiting, "word", sandbox);
    const raw = await startProgram([plugin, ...words], {
      env,
      stdin: new TextEncoder().encode("SSH-2.0-test\n"),
    }).result;
    assert.deepEqual(
      [raw.text, raw.stderr, raw.status],
      ["you said SSH-2.0-test\n", "", 0],
    );
  },
  { ignore: !isCompiled },
);
