import assert from "node:assert/strict";
import { openPty, type Pty } from "../e2e/pty.ts";
import { defaultOptions } from "./sandbox_options.ts";
import { parseCommandLine } from "./parse_command_line.ts";

const program = new URL("main.ts", import.meta.url).pathname;

function start(args: readonly string[], env: Record<string, string> = {}) {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "-q", program, ...args],
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("options become the sandbox's options", () => {
  const { options, command } = parseCommandLine([
    "--tasks",
    "web=3",
    "--clusters",
    "2",
    "--real-agent",
    "--message-interval",
    "0.5",
    "--loss",
    "0.1",
    "--deny",
    "ecs:ListTasks",
    "ecs:DescribeTasks",
    "--kms",
    "--image",
    "bash",
    "--without",
    "stty",
    "--agent-pending",
    "1.5",
    "--rollout-step",
    "10",
    "--failing-rollout",
    "--controller",
    "web=CODE_DEPLOY",
    "--pull",
    "70",
    "--entry-point",
    "web=exit 1",
    "--unsigned-upgrades",
    "--input-cuts",
    "2",
    "--input-cut-after",
    "7",
    "--blind-terminate",
    "5",
    "--session-workers",
    "3",
    "--",
    "porthole",
    "--",
    "ls",
  ]);
  assert.deepEqual(command, ["porthole", "--", "ls"]);
  assert.deepEqual(options, {
    firstOutputDelayMs: 1000,
    messageIntervalMs: 0.5,
    startErrorDelayMs: 2000,
    giveUpMs: 2000,
    blindTerminateMs: 5,
    sessionWorkersLimit: 3,
    inputCuts: 2,
    inputCutAfterFrames: 7,
    unsignedUpgrades: true,
    clusters: 2,
    tasks: { web: 3 },
    deny: ["ecs:ListTasks", "ecs:DescribeTasks"],
    image: { sh: "bash", without: ["stty"] },
    agentPendingMs: 1500,
    rollout: { stepMs: 10, tasksStop: true, circuitBreaker: "rollback" },
    deploymentControllers: { web: "CODE_DEPLOY" },
    loss: 0.1,
    kms: true,
    runTask: {
      ...defaultOptions.runTask,
      pullMs: 70,
      entryPoints: { web: ["sh", "-c", "exit 1", "sh"] },
    },
  });
});

Deno.test("the command runs in the caller's directory, with the sandbox's environment and status", async () => {
  const { code, stdout } = await start(
    [
      "--",
      "sh",
      "-c",
      'pwd; echo "$AWS_ENDPOINT_URL ${AWS_PROFILE:-none} $AWS_REGION $AWS_DEFAULT_REGION"; cat "$PORTHOLE_CONFIG"; exit 7',
    ],
    { INIT_CWD: "/usr", AWS_PROFILE: "mine", AWS_DEFAULT_REGION: "eu-west-1" },
  ).output();
  assert.equal(code, 7);
  assert.match(
    text(stdout),
    /^\/usr\nhttp:\/\/127\.0\.0\.1:\d+ none us-east-1 us-east-1\ncluster: default\nregion: us-east-1\n$/,
  );
});

Deno.test("usage errors are 2, a missing program 127", async () => {
  for (
    const [args, status, message] of [
      [["--bad"], 2, /unknown option '--bad'/],
      [["--loss", "2", "--", "true"], 2, /from 0 to 1/],
      [["--image", "nope", "--", "true"], 2, /one of debian/],
      [["--"], 2, /no command after --/],
      [["--", "nosuchbin"], 127, /Cannot run nosuchbin/],
    ] as const
  ) {
    const { code, stderr } = await start(args).output();
    assert.equal(code, status);
    assert.match(text(stderr), message);
  }
});

Deno.test("without a command it prints the environment and stays until a signal", async () => {
  const child = start([]).spawn();
  const reader = child.stdout.getReader();
  let printed = "";
  while (!printed.includes("PORTHOLE_CONFIG")) {
    const { value, done } = await reader.read();
    if (done) break;
    printed += text(value);
  }
  assert.match(
    printed,
    /^export AWS_ENDPOINT_URL='http:\/\/127\.0\.0\.1:\d+'$/m,
  );
  child.kill("SIGTERM");
  const { code } = await child.status;
  assert.equal(code, 0);
  await reader.cancel();
  await child.stderr.cancel();
});

Deno.test("TERM is passed on to the command, and the sandbox cleans up after it", async () => {
  const child = start([
    "--",
    "sh",
    "-c",
    'echo "$PORTHOLE_CONFIG"; exec sleep 60',
  ]).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  const config = text(value ?? new Uint8Array()).trim();
  child.kill("SIGTERM");
  const { code } = await child.status;
  assert.equal(code, 143);
  await assert.rejects(Deno.stat(config));
  await reader.cancel();
  await child.stderr.cancel();
});

/** A shell with job control, which types a command in the sandbox; a process group that is nobody's job cannot be stopped. */
function typeInShell(line: string): Pty {
  const pty = openPty({ command: "bash", args: ["--norc", "-i"] });
  pty.write(
    `'${Deno.execPath()}' run -A --no-check -q '${program}' -- sh -c '${line}'\r`,
  );
  return pty;
}

Deno.test({
  name: "Ctrl-Z on a command that has a use for it stops nothing",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const pty = typeInShell(
      `trap "echo su""spended" TSTP; echo u""p; until read x; do :; done; echo got-$x`,
    );
    await pty.waitFor("up\r\n");
    pty.write("\x1a");
    await pty.waitFor("suspended\r\n");
    pty.write("word\r");
    await pty.waitFor("got-word");
    pty.write("exit\r");
    assert.equal((await pty.exit).code, 0);
  },
});

Deno.test({
  name: "a command that Ctrl-Z stops gives the terminal back, and fg goes on",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const pty = typeInShell(`echo u""p; read x; echo got-$x`);
    await pty.waitFor("up\r\n");
    pty.write("\x1a");
    await pty.waitFor("Stopped");
    pty.write("fg\r");
    await pty.waitFor("fg\r\n");
    pty.write("word\r");
    await pty.waitFor("got-word");
    pty.write("exit\r");
    assert.equal((await pty.exit).code, 0);
  },
});
