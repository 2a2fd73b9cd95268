import assert from "node:assert/strict";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { chooseOne, testOnce } from "./test_once.ts";
import { openProgramPty, startProgram } from "./run_porthole.ts";
import { startTcpServer } from "./start_tcp_server.ts";

const sandbox = await startSandbox({ hosts: { "db.internal": "127.0.0.1" } });
Deno.test.afterAll(() => sandbox.close());
const { env } = sandbox;

/** A folder with `session-manager-plugin`, which is the compiled porthole. */
const bin = await Deno.makeTempDir({ prefix: "porthole-plugin-" });
Deno.test.afterAll(() => Deno.remove(bin, { recursive: true }));
const isCompiled = chooseOne().variant === "binary";
const plugin = `${bin}/session-manager-plugin`;

const hasAws = await canRun("aws");

async function canRun(program: string): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(program, {
      args: ["--version"],
      stdout: "null",
      stderr: "null",
    }).output();
    return success;
  } catch {
    return false;
  }
}

type Answer = Readonly<Record<string, unknown>>;

/** Asks AWS as the AWS CLI does: with a signature, through porthole's own SDK. */
async function startSession(
  document: string,
  parameters: Readonly<Record<string, readonly string[]>>,
): Promise<{ readonly session: Answer; readonly target: string }> {
  const [task] = sandbox.tasks("worker");
  const runtimeId = task!.runtimeIds["worker"]!;
  const target = `ecs:default_${task!.taskId}_${runtimeId}`;
  const { SSM } = await import("@aws-sdk/client-ssm");
  const ssm = new SSM({
    endpoint: sandbox.url,
    region: "us-east-1",
    credentials: {
      accessKeyId: env["AWS_ACCESS_KEY_ID"]!,
      secretAccessKey: env["AWS_SECRET_ACCESS_KEY"]!,
    },
  });
  const { SessionId, StreamUrl, TokenValue } = await ssm.startSession({
    Target: target,
    DocumentName: document,
    Parameters: parameters as Record<string, string[]>,
  });
  ssm.destroy();
  return { session: { SessionId, StreamUrl, TokenValue }, target };
}

/** What the AWS CLI puts behind the session. */
function laterWords(target: string): readonly string[] {
  return [
    "us-east-1",
    "StartSession",
    "",
    JSON.stringify({ Target: target }),
    sandbox.url,
  ];
}

testOnce(
  "porthole plugin install makes a link that answers as the plugin",
  async (porthole) => {
    const installed = await porthole.run(["plugin", "install", "--dir", bin], {
      env: { PATH: "/usr/bin:/bin" },
    });
    assert.deepEqual([installed.status, installed.text], [0, `${plugin}\n`]);
    const around = { env: { PATH: `${bin}:/usr/bin:/bin` } };
    // Again is no mistake, and a link to porthole shadows nothing.
    assert.equal(
      (await porthole.run(["plugin", "install", "--dir", bin], around)).status,
      0,
    );
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
  "the session in a word: always status 0, and the token is never shown",
  async () => {
    for (const broken of ["{", '{"TokenValue":"SECRET"}', "{}"]) {
      const { status, stderr } = await startProgram([
        plugin,
        broken,
        ...laterWords("x"),
      ]).result;
      assert.equal(status, 0);
      assert.match(stderr, /^error: Cannot read the session/);
      assert.doesNotMatch(stderr, /SECRET/);
    }
    const gone = JSON.stringify({
      SessionId: "s-1",
      StreamUrl: sandbox.url.replace("http", "ws") +
        "/v1/data-channel/s-1?role=publish_subscribe",
      TokenValue: "SECRET",
    });
    const refused = await startProgram([plugin, gone, ...laterWords("x")], {
      env,
    }).result;
    assert.equal(refused.status, 0);
    assert.match(
      refused.stderr,
      /^error: Cannot open the session's data channel/,
    );
    assert.doesNotMatch(refused.stderr + refused.text, /SECRET/);
    const variable = "AWS_SSM_START_SESSION_RESPONSE";
    const known = await startProgram([plugin, variable, ...laterWords("x")], {
      env: { ...env, [variable]: gone },
    }).result;
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
      const { session, target } = await startSession(document, {
        portNumber: [`${server.port}`],
        localPortNumber: ["0"],
        ...parameters,
      });
      const text = JSON.stringify(session);
      const variable = "AWS_SSM_START_SESSION_RESPONSE";
      const running = startProgram(
        [plugin, form === "word" ? text : variable, ...laterWords(target)],
        { env: { ...env, ...(form === "word" ? {} : { [variable]: text }) } },
      );
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
    const { session, target } = await startSession("AWS-StartSSHSession", {
      portNumber: [`${server.port}`],
    });
    const raw = await startProgram(
      [plugin, JSON.stringify(session), ...laterWords(target)],
      { env, stdin: new TextEncoder().encode("SSH-2.0-test\n") },
    ).result;
    assert.deepEqual(
      [raw.text, raw.stderr, raw.status],
      ["you said SSH-2.0-test\n", "", 0],
    );
  },
  { ignore: !isCompiled },
);

testOnce(
  "the AWS CLI of this machine: a shell in a terminal, a command, a port",
  async () => {
    const around = { ...env, PATH: `${bin}:${Deno.env.get("PATH")}` };
    const [task] = sandbox.tasks("worker");
    const place = ["--task", task!.taskId, "--container", "worker"];
    const shell = openProgramPty([
      "aws",
      "ecs",
      "execute-command",
      ...place,
      "--interactive",
      "--command",
      "sh",
    ], { env: around });
    await shell.waitFor(/[#$] $/);
    shell.write("echo $((6*7)); stty size; exit\r");
    await shell.waitFor("42");
    assert.equal((await shell.exit).code, 0);
    assert.match(
      shell.output,
      /Starting session with SessionId: \S+[^]*42[^]*Exiting session with sessionId/,
    );
    const command = await startProgram([
      "aws",
      "ecs",
      "execute-command",
      ...place,
      "--interactive",
      "--command",
      "echo done",
    ], { env: around }).result;
    assert.equal(command.status, 0, command.stderr);
    assert.match(command.text, /^done\r?$/m);
  },
  { ignore: !isCompiled || !hasAws },
);
