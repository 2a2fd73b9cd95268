import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { waitUntil } from "../docker/engine/run_program.ts";
import { useEngine } from "../docker/engine/use_engine.ts";
import { shortenArn } from "../sandbox/fleet.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { SandboxOptions } from "../sandbox/sandbox_options.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { installStandInPlugin } from "../session/plugin/stand_in_plugin.ts";
import { recordCalls } from "./record_calls.ts";
import type { Result, Stdin } from "./run_porthole.ts";
import { chooseOne } from "./test_once.ts";

const porthole = chooseOne();
const long = Deno.env.get("PORTHOLE_TEST_LONG") === "1";
const use = useEngine();

/** A porthole that goes to the engine by ssm. */
interface Way {
  readonly sandbox: Sandbox;
  readonly env: Readonly<Record<string, string>>;
  /** `exec legacy …` */
  run(args: readonly string[], stdin?: Stdin): Promise<Result>;
}

/** A test with a sandbox whose instances run commands on the engine. */
function test(
  name: string,
  body: (way: Way) => Promise<void>,
  options: () => Partial<SandboxOptions> = () => ({}),
): void {
  use.test(`${porthole.variant}: ssm: ${name}`, async () => {
    const { full, bare, socket } = use.engine();
    const sandbox = await startSandbox({
      instance: { privateIp: "127.0.0.1", dockerHost: `unix://${socket}` },
      docker: {
        legacy: {
          taskId: shortenArn(full.taskArn),
          containers: { full: full.id, bare: bare.id },
        },
      },
      ...options(),
    });
    try {
      const path = `${sandbox.directory}/ssm.yml`;
      Deno.writeTextFileSync(
        path,
        "region: us-east-1\nexec: {docker: {host: ssm}}\n",
      );
      const env = { ...sandbox.env, PORTHOLE_CONFIG: path };
      await body({
        sandbox,
        env,
        run: (args, stdin = "null") =>
          porthole.run(["exec", "legacy", ...args], { env, stdin }),
      });
    } finally {
      await sandbox.close();
    }
  });
}

test("awkward quoting, streams, status, calls, a true warning", async ({ sandbox, run }) => {
  const words = ["it's", '"q"', "$HOME", "`id`", "a  b", "*", "", "\\", "a\nb"];
  const calls = recordCalls(sandbox);
  const { status, text, stderr } = await run(
    ["--", "sh", "-c", 'printf "<%s>" "$@"; wc -c; exit 7', "{{sh}}", ...words],
    Buffer.alloc(100_000, "x"),
  );
  assert.equal(status, 7, stderr);
  assert.equal(text, `${words.map((word) => `<${word}>`).join("")}100000\n`);
  assert.match(stderr, /CloudTrail records it as such/);
  // One session watches, the other one runs the command.
  assert.deepEqual(calls.names(), [
    "ListTasks",
    "DescribeTasks",
    "DescribeTaskDefinition",
    "DescribeContainerInstances",
    "StartSession",
    "OpenDataChannel",
    "StartSession",
    "OpenDataChannel",
  ]);
});

test("stdin byte for byte, stderr apart, user, directory and environment", async ({ run }) => {
  const bytes = new TextEncoder().encode("in\0put\n");
  const [through, split, placed] = await Promise.all([
    run(["-q", "--", "cat"], bytes),
    run(
      ["-q", "--stderr", "split", "--", "sh", "-c", "echo o; echo e >&2"],
    ),
    run(
      [
        ...["-q", "-u", "app", "-w", "/tmp", "-e", "A=b c"],
        ...["--", "sh", "-c", "id -un; pwd; echo $A"],
      ],
    ),
  ]);
  assert.equal(through.text, "in\0put\n");
  assert.equal(split.text, "o\n");
  assert.match(split.stderr, /^e$/m);
  assert.equal(placed.text, "app\n/tmp\nb c\n");
});

test("a command that cannot start is an error, not output", async ({ run }) => {
  const rows = [
    [127, /^error: Cannot start the command: .*no-such.*not found/m],
    [126, /^error: Cannot start the command: .*\/etc\/passwd.*denied/m],
  ] as const;
  // The one has a shell, which reports; of the other one Docker does.
  const results = await Promise.all(
    ["full", "bare"].flatMap((container) =>
      ["no-such", "/etc/passwd"].map((word) =>
        run(["-q", "-c", container, "--", word])
      )
    ),
  );
  for (const [at, { status, text, stderr }] of results.entries()) {
    const [expected, error] = rows[at % 2]!;
    assert.equal(status, expected, stderr);
    assert.equal(text, "");
    assert.match(stderr, error);
  }
});

test("a container without a shell, and a user whom nobody knows", async ({ run }) => {
  const bare = await run(["-c", "bare", "--", "echo", "a  b"]);
  assert.equal(bare.status, 0, bare.stderr);
  assert.equal(bare.text, "a  b\n");
  const nobody = await run(["-u", "nobody-there", "--", "true"]);
  assert.equal(nobody.status, 125, nobody.stderr);
  assert.equal(nobody.text, "");
  assert.match(
    nobody.stderr,
    /^error: Cannot start the command: unable to find user nobody-there/m,
  );
});

test("a shell on a terminal, its size and its status", async ({ env }) => {
  const pty = porthole.openPty(["exec", "legacy", "--session", "builtin"], {
    env,
    columns: 90,
    rows: 20,
  });
  try {
    await pty.waitFor(/[#$] /);
    pty.write("until stty size | grep '20 9[0]'; do sleep 0.1; done\n");
    await pty.waitFor("20 90");
    pty.resize(101, 31);
    pty.write("until stty size | grep '31 10[1]'; do sleep 0.1; done\n");
    await pty.waitFor("31 101");
    pty.write("echo begun $((40+2)); sleep 4242\n");
    await pty.waitFor("begun 42");
    await use.waitForProcess("sleep 4242");
    pty.write("\x03");
    pty.write("exit 9\n");
    const { code, sttyBefore, sttyAfter } = await pty.exit;
    assert.equal(sttyAfter, sttyBefore);
    assert.equal(code, 9);
  } finally {
    pty.close();
  }
});

test("the plugin carries the command's session, and not the watchdog's", async ({ env, sandbox, run }) => {
  const none = await run(["--session", "plugin", "--", "true"]);
  assert.equal(none.status, 125);
  assert.match(none.stderr, /session-manager-plugin not found in PATH/);

  const folder = `${sandbox.directory}/plugin`;
  await Deno.mkdir(folder);
  const standIn = await installStandInPlugin(folder);
  const calls = recordCalls(sandbox);
  const pty = porthole.openPty(["exec", "legacy"], {
    env: { ...env, PATH: `${folder}:${Deno.env.get("PATH")}` },
  });
  await pty.waitFor("Starting session with SessionId");
  pty.write("exit\r");
  assert.equal((await pty.exit).code, 0);
  const commands = calls.requests()
    .filter(({ operation }) => operation === "StartSession")
    .map(({ parameters }) => JSON.stringify(parameters));
  assert.equal(commands.length, 2);
  assert.match(
    commands[0] ?? "",
    /stty .* docker exec --interactive --workdir /,
  );
  assert.match(commands[1] ?? "", /"sudo -n docker exec --interactive --tty /);
  const [, , , , target] = await standIn.readArguments();
  assert.match(target ?? "", /^\{"Target":"i-[0-9a-f]{17}"\}$/);
});

test("Ctrl-C ends the command with 130, its last words arrive, and nothing is left", async ({ env }) => {
  const running = porthole.start([
    ...["exec", "legacy", "--", "sh", "-c"],
    "trap 'echo bye; exit' TERM; echo begun; while :; do sleep 0.1; done",
  ], { env });
  await running.waitFor("begun\n");
  running.kill("SIGINT");
  const { status, text, stderr } = await running.result;
  assert.equal(status, 130, stderr);
  // The shell may tell of its own child too.
  assert.match(text, /^begun\n(.*\n)?bye\n/);
  await use.waitForNoProcess(10_000);
});

test("Ctrl-C before the command runs starts nothing", async ({ env, sandbox }) => {
  const running = porthole.start(["exec", "legacy", "--", "sleep", "4242"], {
    env,
  });
  await waitUntil(
    () =>
      sandbox.requests().some(({ operation }) => operation === "StartSession"),
    "no session is opened",
    20_000,
  );
  running.kill("SIGINT");
  const { status, stderr } = await running.result;
  assert.equal(status, 130, stderr);
  await use.waitForNoProcess(10_000);
  await waitUntil(
    () => sandbox.sessions().every(({ state }) => state === "closed"),
    "a session is left open",
    10_000,
  );
});

test("a timeout ends the command, and nothing is left", async ({ run }) => {
  const { status, stderr } = await run([
    "--timeout",
    "1500ms",
    "--",
    "sleep",
    "30",
  ]);
  assert.equal(status, 124, stderr);
  await use.waitForNoProcess(10_000);
});

test("kill -9 leaves no process, with a terminal and without", async ({ env }) => {
  // The watchdog's patience is longer than a minute.
  if (!long) return;
  const pty = porthole.openPty(["exec", "legacy", "--session", "builtin"], {
    env,
  });
  try {
    await pty.waitFor(/[#$] /);
    pty.write("sleep 4242; echo over\n");
    const running = porthole.start(["exec", "legacy", "--", "sleep", "4243"], {
      env,
    });
    await use.waitForProcess("sleep 4242");
    await use.waitForProcess("sleep 4243");
    await pty.kill("SIGKILL");
    running.kill("SIGKILL");
    await running.result;
    await use.waitForNoProcess(90_000);
  } finally {
    pty.close();
  }
});

test("a stop of more than a minute ends nothing", async ({ env }) => {
  if (!long) return;
  const running = porthole.start(
    ["exec", "legacy", "--", "sh", "-c", "echo up; sleep 75; seq 3; exit 5"],
    { env },
  );
  await running.waitFor("up\n");
  running.kill("SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, 70_000));
  running.kill("SIGCONT");
  const { status, text, stderr } = await running.result;
  assert.deepEqual([text, status], ["up\n1\n2\n3\n", 5], stderr);
});

test("what a command leaves running when it ends stays", async ({ run }) => {
  const leave = "sleep 4321 >/dev/null 2>&1 & exit 6";
  const { status, stderr } = await run(["--", "sh", "-c", leave]);
  assert.equal(status, 6, stderr);
  assert.match((await use.listProcesses()).join(), /sleep 4321/);
  await run(["--", "killall", "-9", "sleep"]);
});

test("a container killed in mid-session is 125 and its state, with stdin and without", async ({ env, sandbox }) => {
  const { docker } = use.engine();
  for (const stdin of ["null", "silent"] as const) {
    const id = await docker(
      ...["run", "--detach", "--network=none", "full:latest"],
      ...["sleep", "1000000"],
    );
    const own = await startSandbox({
      instance: {
        privateIp: "127.0.0.1",
        dockerHost: `unix://${use.engine().socket}`,
      },
      docker: { legacy: { containers: { full: id } } },
    });
    try {
      const running = porthole.start(
        ["exec", "legacy", "--", "sh", "-c", "echo begun; sleep 4242"],
        {
          env: {
            ...env,
            ...own.env,
            PORTHOLE_CONFIG: `${sandbox.directory}/ssm.yml`,
          },
          stdin,
        },
      );
      await running.waitFor("begun\n");
      await docker("kill", id);
      const { status, stderr } = await running.result;
      assert.equal(status, 125, stderr);
      assert.match(
        stderr,
        /^error: Cannot determine the exit status: container "full" is exited \(exit code 137\)$/m,
      );
    } finally {
      await own.close();
      await docker("rm", "--force", id);
    }
  }
});

test("a container that is not there any more", async ({ run }) => {
  const { status, stderr } = await run(["--", "true"]);
  assert.equal(status, 125);
  assert.match(
    stderr,
    /^error: Cannot run docker on the container instance: .*no such container/im,
  );
}, () => ({
  docker: { legacy: { containers: { full: "f".repeat(64) } } },
}));

test("an instance whose Docker does not answer", async ({ run }) => {
  const { status, text } = await run(["-o", "json", "--", "true"]);
  assert.equal(status, 125);
  const { error } = JSON.parse(text);
  assert.equal(error.code, "docker_unreachable");
  assert.match(error.message, /Cannot connect to the Docker daemon/);
  assert.match(error.hint, /sudo -n docker/);
}, () => ({
  instance: { privateIp: "127.0.0.1", dockerHost: "unix:///nowhere/no.sock" },
}));
