import assert from "node:assert/strict";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { installStandInPlugin } from "../session/plugin/stand_in_plugin.ts";
import { recordCalls } from "./record_calls.ts";
import { type Result, startProgram, testPorthole } from "./run_porthole.ts";

const sandbox = await startSandbox();
Deno.test.afterAll(() => sandbox.close());
const { env } = sandbox;
const [worker] = sandbox.tasks("worker");

/** Stdout, which must be one JSON object on one line. */
function readObject({ text }: Result) {
  assert.equal(text.indexOf("\n"), text.length - 1, text);
  return JSON.parse(text);
}

async function withFolder(
  body: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

testPorthole("-o json: one object, and the same status", async (porthole) => {
  const calls = recordCalls(sandbox);
  const result = await porthole.run(
    ["exec", "worker", "-o", "json", "--", "sh", "-c", "cat; exit 7"],
    { env, stdin: new TextEncoder().encode("hello") },
  );
  assert.equal(result.status, 7);
  assert.match(result.stderr, /\[info\] worker\/default Starting exec\n/);
  const { started_at, ended_at, session_id, ...rest } = readObject(result);
  assert.deepEqual(rest, {
    cluster: "default",
    service: "worker",
    task: worker?.taskId,
    container: "worker",
    runtime_id: worker?.runtimeIds["worker"],
    region: "us-east-1",
    account: "123456789012",
    profile: null,
    route: { kind: "ecs_exec", because: "the task was started with ECS Exec" },
    carrier: "builtin",
    command: "sh -c 'cat; exit 7'",
    status: 7,
    bytes: { in: 5, out: 5 },
    output: "hello",
    output_encoding: "utf-8",
    truncated: false,
  });
  assert.ok(Date.parse(started_at) <= Date.parse(ended_at));
  assert.match(session_id, /^ecs-execute-command-/);
  assert.equal(calls.last("ExecuteCommand").answer.status, 200);
});

testPorthole("-o json: bytes that are no text", async (porthole) => {
  const result = await porthole.run(
    ["exec", "worker", "-o", "json", "--", "printf", "a\\377\\000b"],
    { env },
  );
  const { output, output_encoding } = readObject(result);
  assert.deepEqual([output, output_encoding], ["Yf8AYg==", "base64"]);
});

testPorthole("-o json: of much output the first 8 MiB", async (porthole) => {
  const result = await porthole.run(
    ["exec", "worker", "-o", "json", "--", "sh", "-c", "yes | head -c 9000000"],
    { env },
  );
  const { output, truncated, bytes } = readObject(result);
  assert.equal(result.status, 0);
  assert.equal(output.length, 8 * 1024 * 1024);
  assert.deepEqual([truncated, bytes.out], [true, 9000000]);
});

testPorthole("-o json: stderr apart", async (porthole) => {
  const result = await porthole.run(
    [
      "exec",
      "worker",
      "-o",
      "json",
      "--stderr",
      "split",
      "--",
      "sh",
      "-c",
      "echo out; echo err >&2",
    ],
    { env },
  );
  const { output, stderr } = readObject(result);
  assert.deepEqual([output, stderr], ["out\n", "err\n"]);
});

for (
  const [name, args, code, status] of [
    ["usage", ["worker", "ls"], "usage", 125],
    ["a flag that is none", ["worker", "--contianer=a"], "usage", 125],
    ["no such service", ["wroker", "--", "ls"], "service_not_found", 125],
    ["no ECS Exec", ["fargate-old", "--", "ls"], "exec_not_enabled", 125],
    ["not found", ["worker", "--", "nope"], "command_not_found", 127],
    ["not executable", ["worker", "--", "/etc/passwd"], "not_executable", 126],
    [
      "not found by the agent",
      ["worker", "--no-shell", "--", "nope"],
      "command_not_found",
      127,
    ],
    [
      "too late",
      ["worker", "--timeout=1s", "--", "sh", "-c", "echo a; exec sleep 60"],
      "timed_out",
      124,
    ],
  ] as const
) {
  testPorthole(`-o json, failing: ${name}`, async (porthole) => {
    const result = await porthole.run(["exec", "-o", "json", ...args], { env });
    const object = readObject(result);
    assert.equal(result.status, status);
    assert.match(result.stderr, /^error: /m);
    assert.deepEqual([object.error.code, object.status], [code, status]);
    assert.ok(result.stderr.includes(object.error.message));
    assert.equal(object.output, code === "timed_out" ? "a\n" : "");
  });
}

testPorthole("-o json: what is known by then", async (porthole) => {
  const result = await porthole.run(
    ["exec", "worker", "-c", "wroker", "-o", "json", "--", "ls"],
    { env },
  );
  const { cluster, service, region, command, container, started_at } =
    readObject(result);
  assert.deepEqual([cluster, service, region, command], [
    "default",
    "worker",
    "us-east-1",
    "ls",
  ]);
  assert.deepEqual([container, started_at], [null, null]);
});

testPorthole("-o json of a session on a terminal", async (porthole) => {
  const calls = recordCalls(sandbox);
  const pty = porthole.openPty(["exec", "worker", "-o", "json"], { env });
  await pty.waitFor('"code":"usage"');
  assert.equal((await pty.exit).code, 125);
  assert.match(pty.output, /"--output json" with an interactive session/);
  assert.deepEqual(calls.names(), []);
});

testPorthole("-o json that cannot be written", async (porthole) => {
  const [program, ...args] = porthole.command(
    ["exec", "-q", "worker", "-o", "json", "--", "true"],
  );
  const { status, stderr } = await startProgram(
    ["sh", "-c", '"$@" >/dev/full', "sh", program, ...args],
    { env },
  ).result;
  assert.match(stderr, /^error: Cannot write the output/);
  assert.equal(status, 125);
});

testPorthole("--no-shell: the status is null", async (porthole) => {
  const result = await porthole.run(
    ["exec", "worker", "-o", "json", "--no-shell", "--command", "echo 'a  b'"],
    { env },
  );
  const { status, output, error } = readObject(result);
  assert.deepEqual([status, output, error], [
    null,
    "a  b\n",
    undefined,
  ]);
  assert.equal(result.status, 0);
});

testPorthole(
  "--result beside a streaming run",
  (porthole) =>
    withFolder(async (folder) => {
      const path = `${folder}/result.json`;
      const result = await porthole.run(
        [
          "exec",
          "worker",
          "--result",
          path,
          "--",
          "sh",
          "-c",
          "echo hi; exit 3",
        ],
        { env },
      );
      assert.deepEqual([result.text, result.status], ["hi\n", 3]);
      const object = JSON.parse(await Deno.readTextFile(path));
      assert.deepEqual([object.status, object.bytes, object.task], [
        3,
        { in: 0, out: 3 },
        worker?.taskId,
      ]);
      assert.ok(!("output" in object) && !("truncated" in object));
      assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
      assert.deepEqual([...Deno.readDirSync(folder)].length, 1);
    }),
);

testPorthole(
  "--result of a failure",
  (porthole) =>
    withFolder(async (folder) => {
      const { status } = await porthole.run(
        ["exec", "fargate-old", "--result", "r.json", "--", "ls"],
        { env, cwd: folder },
      );
      const object = JSON.parse(await Deno.readTextFile(`${folder}/r.json`));
      assert.deepEqual([status, object.status, object.error.code], [
        125,
        125,
        "exec_not_enabled",
      ]);
      assert.equal(object.service, "fargate-old");
    }),
);

testPorthole("--result nowhere: nothing starts", async (porthole) => {
  for (
    const [path, reason] of [
      ["/no/such/folder/r.json", "there is no such directory"],
      ["/", "it is a directory"],
    ] as const
  ) {
    const calls = recordCalls(sandbox);
    const { status, stderr } = await porthole.run(
      ["exec", "worker", "--result", path, "--", "true"],
      { env },
    );
    assert.equal(
      stderr,
      `error: Cannot write the result to ${JSON.stringify(path)}: ${reason}\n`,
    );
    assert.equal(status, 125);
    assert.deepEqual(calls.names(), []);
  }
});

testPorthole("--dry-run: a plan, and nothing started", async (porthole) => {
  const calls = recordCalls(sandbox);
  const result = await porthole.run(
    ["exec", "worker", "--dry-run", "-e", "A=secret", "--", "ls", "a b"],
    { env },
  );
  assert.equal(result.status, 0);
  assert.equal(result.stderr, "");
  for (
    const line of [
      "Region:      us-east-1 (",
      "Service:     worker (TARGET)",
      `Task:        ${worker?.taskId}`,
      "Container:   worker (",
      "Route:       ecs-exec (the task was started with ECS Exec)",
      "Session:     built-in client (",
      "Command:     ls 'a b'",
      "Variables:   A",
      "Exit status: the command's own",
      "Timeout:     10m (default)",
    ]
  ) {
    assert.ok(result.text.includes(line), `${line} in ${result.text}`);
  }
  assert.ok(!result.text.includes("secret"));
  assert.ok(calls.names().length > 0);
  assert.ok(!calls.names().includes("ExecuteCommand"));
});

testPorthole(
  "--dry-run -o json, through the plugin",
  (porthole) =>
    withFolder(async (folder) => {
      await installStandInPlugin(folder);
      const calls = recordCalls(sandbox);
      const result = await porthole.run(
        [
          "exec",
          "worker",
          "--session=plugin",
          "--dry-run",
          "-o=json",
          "--",
          "ls",
        ],
        { env: { ...env, PATH: `${folder}:${Deno.env.get("PATH")}` } },
      );
      const plan = readObject(result);
      assert.deepEqual(
        [plan.dry_run, plan.task, plan.carrier, plan.status_known],
        [true, worker?.taskId, "plugin", true],
      );
      assert.equal(plan.sources.service, "TARGET");
      assert.ok(!calls.names().includes("ExecuteCommand"));
    }),
);

testPorthole("--dry-run refuses what a run refuses", async (porthole) => {
  const noTask = await porthole.run(
    ["exec", "fargate-old", "--dry-run", "--", "ls"],
    { env },
  );
  assert.deepEqual([noTask.text, noTask.status], ["", 125]);
  assert.match(noTask.stderr, /without ECS Exec enabled/);
  const noPlugin = await porthole.run(
    ["exec", "worker", "--session=plugin", "--dry-run", "--", "ls"],
    { env },
  );
  assert.match(noPlugin.stderr, /session-manager-plugin not found in PATH/);
});

testPorthole("--dry-run of a shell on a terminal", async (porthole) => {
  const calls = recordCalls(sandbox);
  const pty = porthole.openPty(["exec", "worker", "--dry-run"], { env });
  await pty.waitFor("nothing was started");
  assert.equal((await pty.exit).code, 0);
  assert.match(pty.output, /Streams: {5}interactive, kept alive/);
  assert.ok(!calls.names().includes("ExecuteCommand"));
});

testPorthole(
  "the plugin cannot carry what is piped in",
  (porthole) =>
    withFolder(async (folder) => {
      await installStandInPlugin(folder, { remote: "echo out" });
      const result = await porthole.run(
        [
          ...["exec", "worker", "--session=plugin", "--no-shell"],
          ...["--result", `${folder}/r`, "--", "cat"],
        ],
        {
          env: { ...env, PATH: `${folder}:${Deno.env.get("PATH")}` },
          stdin: new TextEncoder().encode("lost"),
        },
      );
      assert.equal(result.text, "out\n");
      assert.equal(
        result.stderr.match(/Standard input is not sent/g)?.length,
        1,
      );
      assert.match(result.stderr, /status of the command is unknown/);
      assert.equal(result.status, 0);
      const object = JSON.parse(await Deno.readTextFile(`${folder}/r`));
      assert.deepEqual([object.carrier, object.status, object.bytes.in], [
        "plugin",
        null,
        0,
      ]);
    }),
);

testPorthole(
  "--timeout ends a session of the plugin's",
  (porthole) =>
    withFolder(async (folder) => {
      const plugin = await installStandInPlugin(folder, {
        remote: "echo begun; exec sleep 60",
      });
      const result = await porthole.run(
        [
          ...["exec", "worker", "--session=plugin", "--no-shell"],
          ...["--timeout=1s", "--", "x"],
        ],
        { env: { ...env, PATH: `${folder}:${Deno.env.get("PATH")}` } },
      );
      assert.equal(result.text, "begun\n");
      assert.equal(result.status, 124);
      const pid = await plugin.readRemotePid();
      assert.equal(
        (await startProgram(["kill", "-0", `${pid}`]).result).status,
        1,
      );
    }),
);

testPorthole(
  "the value of --env reaches the command, and nothing of ours",
  async (porthole) => {
    const result = await porthole.run(
      [
        "exec",
        "worker",
        "--debug",
        "-o",
        "json",
        "-e",
        "A=sec ret",
        "-e",
        "HERE",
        "-w",
        "/tmp",
        "--",
        "sh",
        "-c",
        'echo "$A|$HERE"; pwd',
      ],
      { env: { ...env, HERE: "local" } },
    );
    const { output, ...rest } = readObject(result);
    assert.equal(output, "sec ret|local\n/tmp\n");
    assert.ok(!`${result.stderr}${JSON.stringify(rest)}`.includes("sec ret"));
    assert.match(result.stderr, /\[debug\] worker\/default Route: ecs-exec/);
  },
);
