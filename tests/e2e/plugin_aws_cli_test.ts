/** The AWS CLI of this machine, with porthole as its session-manager-plugin. */
import assert from "node:assert/strict";
import { findSshObstacle, startSshd } from "../docker/engine/start_sshd.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { openProgramPty, startProgram } from "./run_porthole.ts";
import { startTcpServer } from "./start_tcp_server.ts";
import { chooseOne, testOnce } from "./test_once.ts";
import { findTarget, linkPlugin } from "./use_plugin.ts";

const sandbox = await startSandbox({ hosts: { "db.internal": "127.0.0.1" } });
Deno.test.afterAll(() => sandbox.close());

const env = {
  ...sandbox.env,
  PATH: `${await linkPlugin()}:${Deno.env.get("PATH")}`,
};
const ignore = chooseOne().variant !== "binary" || !await canRun("aws");
const isLong = Deno.env.get("PORTHOLE_TEST_LONG") === "1";
const startSession = [
  "aws",
  "ssm",
  "start-session",
  "--target",
  findTarget(sandbox),
] as const;

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

testOnce(
  "aws ecs execute-command: a shell in a terminal, and a command",
  async () => {
    const [task] = sandbox.tasks("worker");
    const execute = [
      "aws",
      "ecs",
      "execute-command",
      "--task",
      task!.taskId,
      "--container",
      "worker",
      "--interactive",
      "--command",
    ] as const;
    const shell = openProgramPty([...execute, "sh"], { env });
    await shell.waitFor(/[#$] $/);
    shell.write("echo $((6*7)); stty size; exit\r");
    await shell.waitFor("42");
    assert.equal((await shell.exit).code, 0);
    assert.match(
      shell.output,
      /Starting session with SessionId: \S+[^]*42[^]*Exiting session with sessionId/,
    );
    const command = await startProgram([...execute, "echo done"], { env })
      .result;
    assert.equal(command.status, 0, command.stderr);
    assert.match(command.text, /^done\r?$/m);
  },
  { ignore },
);

testOnce(
  "aws ssm start-session: a shell in a terminal, and ports",
  async () => {
    const shell = openProgramPty(startSession, { env });
    await shell.waitFor(/[#$] $/);
    shell.write("echo $((6*7)); exit 3\r");
    await shell.waitFor("42");
    const { code, sttyBefore, sttyAfter } = await shell.exit;
    assert.deepEqual([code, sttyAfter], [0, sttyBefore]);

    using server = startTcpServer(async (connection) =>
      await connection.write(`said ${await connection.readUntil("\n")}`)
    );
    const port = `portNumber=${server.port}`;
    for (
      const [document, parameters] of [
        ["AWS-StartPortForwardingSession", port],
        ...(isLong
          ? [[
            "AWS-StartPortForwardingSessionToRemoteHost",
            `${port},host=db.internal`,
          ]]
          : []),
      ] as const
    ) {
      const running = startProgram([
        ...startSession,
        "--document-name",
        document!,
        "--parameters",
        `${parameters},localPortNumber=0`,
      ], { env });
      await running.waitFor("Waiting for connections...\n");
      const port = Number(/Port (\d+) opened/.exec(running.seen())?.[1]);
      using connection = await Deno.connect({ hostname: "127.0.0.1", port });
      await connection.write(new TextEncoder().encode("hello\n"));
      const buffer = new Uint8Array(100);
      const count = await connection.read(buffer);
      assert.equal(
        new TextDecoder().decode(buffer.subarray(0, count!)),
        "said hello\n",
      );
      // The AWS CLI leaves Ctrl-C to the plugin, and a terminal gives it to both.
      Deno.kill(await findChild(running.pid), "SIGINT");
      const { status, text, stderr } = await running.result;
      assert.equal(status, 0, stderr);
      assert.match(text, /Exiting session with sessionId/);
    }
    const raw = await startProgram([
      ...startSession,
      "--document-name",
      "AWS-StartSSHSession",
      "--parameters",
      port,
    ], { env, stdin: new TextEncoder().encode("SSH-2.0-test\n") }).result;
    assert.deepEqual(
      [raw.text, raw.stderr, raw.status],
      ["said SSH-2.0-test\n", "", 0],
    );
  },
  { ignore },
);

testOnce(
  "aws ssm start-session: a command that fails is told, and the token is not",
  async () => {
    const run = await startProgram([
      ...startSession,
      "--document-name",
      "AWS-StartNonInteractiveCommand",
      "--parameters",
      '{"command":["ls /no/such/file"],"separateOutputStream":["true"]}',
    ], { env }).result;
    assert.notEqual(run.status, 0);
    assert.match(run.stderr, /no\/such\/file/);
    const said = `${run.text}${run.stderr}`;
    assert.doesNotMatch(said, /TokenValue|StreamUrl/);
  },
  { ignore: ignore || !isLong },
);

testOnce(
  "ssh itself, with the AWS CLI as its ProxyCommand",
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "porthole-ssh-" });
    const sshd = await startSshd(folder, `${folder}/none.sock`);
    try {
      const proxy = [
        ...startSession,
        "--document-name",
        "AWS-StartSSHSession",
        "--parameters",
        `portNumber=${sshd.port}`,
      ].join(" ");
      const bytes = crypto.getRandomValues(new Uint8Array(60_000));
      const { status, stdout, stderr } = await startProgram([
        `${sshd.binFolder}/ssh`,
        "-o",
        `ProxyCommand=${proxy}`,
        "-o",
        "HostKeyAlias=[127.0.0.1]:" + sshd.port,
        "root@any",
        "cat; exit 6",
      ], { env, stdin: bytes }).result;
      assert.equal(status, 6, stderr);
      assert.deepEqual(stdout, bytes);
    } finally {
      await sshd.stop();
      await Deno.remove(folder, { recursive: true });
    }
  },
  {
    ignore: ignore || !isLong || Deno.uid() !== 0 ||
      await findSshObstacle() !== undefined,
  },
);

/** The one process that is nobody's parent, of those that a process has started. */
async function findChild(pid: number): Promise<number> {
  for (;;) {
    const { stdout } = await new Deno.Command("pgrep", {
      args: ["-P", `${pid}`],
    }).output();
    const child = Number(new TextDecoder().decode(stdout).split("\n")[0]);
    if (child === 0) return pid;
    pid = child;
  }
}
