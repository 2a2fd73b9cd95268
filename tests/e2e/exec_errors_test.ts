import assert from "node:assert/strict";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { recordCalls } from "./record_calls.ts";
import { testPorthole } from "./run_porthole.ts";

// Enough tasks that two ids begin alike.
const sandbox = await startSandbox({ tasks: { web: 20 }, unsettled: true });
const folder = await Deno.makeTempDir();
const html = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen() {} },
  () =>
    new Response("<html><title>Log in</title></html>", {
      headers: { "content-type": "text/html" },
    }),
);
Deno.test.afterAll(async () => {
  await sandbox.close();
  await html.shutdown();
  await Deno.remove(folder, { recursive: true });
});

const {
  AWS_REGION: _,
  AWS_DEFAULT_REGION: __,
  PORTHOLE_CONFIG: ___,
  ...env
} = sandbox.env;
const known = { ...env, AWS_REGION: "us-east-1" };

/** Writes a configuration file and names it on the command line. */
function writeConfig(name: string, text: string): readonly string[] {
  Deno.writeTextFileSync(`${folder}/${name}`, text);
  return ["--config", name];
}

/** The beginning that two of the service's tasks share. */
function sharedPrefix(): string {
  const starts = sandbox.tasks("web").map(({ taskId }) => taskId.slice(0, 1));
  const twice = starts.find((start, at) => starts.indexOf(start) !== at);
  assert(twice !== undefined);
  return twice;
}

const [task = ""] = sandbox.tasks("web").map(({ taskId }) => taskId);
const listing = ["--", "ls"];

interface Mistake {
  readonly name: string;
  readonly args: readonly string[];
  /** What the error must say, all of it. */
  readonly says: readonly (string | RegExp)[];
  readonly env?: Readonly<Record<string, string>>;
  readonly status?: number;
  /** Found before anybody is asked. */
  readonly calls?: "none";
}

const mistakes: readonly Mistake[] = [
  {
    name: "broken YAML",
    args: [
      "exec",
      ...writeConfig("broken.yml", "region: [us-east-1\ncluster: x\n"),
      ...listing,
    ],
    says: [/broken\.yml:\d+:\d+/],
    calls: "none",
  },
  {
    name: "a variable that must_env asks for is not set",
    args: [
      "exec",
      ...writeConfig(
        "unset.yml",
        "region: us-east-1\nservice: {{ must_env `NOT_SET` }}\n",
      ),
      ...listing,
    ],
    says: ["unset.yml:2:13", "NOT_SET", "not set"],
    calls: "none",
  },
  {
    name: "an unknown template function",
    args: [
      "exec",
      ...writeConfig("function.yml", "region: {{ must_evn `X` }}\n"),
      ...listing,
    ],
    says: ["function.yml:1:12", '"must_evn"', 'Did you mean "must_env"?'],
    calls: "none",
  },
  {
    name: "a value of the wrong kind",
    args: [
      "exec",
      ...writeConfig("kind.yml", "region: us-east-1\ntimeout: soon\n"),
      ...listing,
    ],
    says: ["kind.yml:2:10", "timeout", "soon"],
    calls: "none",
  },
  {
    name: "a rack in the file",
    args: [
      "exec",
      ...writeConfig("rack.yml", "exec:\n  rack: prod\n"),
      ...listing,
    ],
    says: ['"prod"', "rack.yml:2", "porthole rack login HOST --name prod"],
    calls: "none",
  },
  {
    name: "a --config file that is not there",
    args: ["exec", "worker", "--config", "nowhere.yml", ...listing],
    says: ["Cannot find the configuration file", "nowhere.yml"],
    calls: "none",
  },
  {
    name: "a --config that is a folder",
    args: ["exec", "worker", "--config", ".", ...listing],
    says: ["it is a directory"],
    calls: "none",
  },
  {
    name: "an unknown service",
    args: ["exec", "wroker", ...listing],
    says: ['"wroker"', 'did you mean "worker"?'],
  },
  {
    name: "an unknown cluster",
    args: ["exec", "defualt/worker", ...listing],
    says: ['"defualt"', 'did you mean "default"?'],
  },
  {
    name: "no service at all",
    args: ["exec", ...listing],
    says: ["no service was named", "worker"],
  },
  {
    name: "--timeout 5x",
    args: ["exec", "worker", "--timeout", "5x", ...listing],
    says: ["--timeout", '"5x"'],
    calls: "none",
  },
  {
    name: "a task id's beginning that two tasks have",
    args: ["exec", "web", "--task-id", sharedPrefix(), ...listing],
    says: ["Cannot choose a task", "give more of the id"],
  },
  {
    name: "a task id's beginning that no task has",
    args: ["exec", "worker", "--task-id", "00000000", ...listing],
    says: ['Cannot find a task whose id starts with "00000000"'],
  },
  {
    name: "a task that is not there",
    args: ["exec", "--task-id", "0".repeat(32), ...listing],
    says: ["Cannot find task", "0".repeat(32)],
  },
  {
    name: "a task id that is none",
    args: ["exec", "--task-id", "xyz", ...listing],
    says: ['"xyz"', "--task-id"],
    calls: "none",
  },
  {
    name: "-t without a terminal",
    args: ["exec", "-t", "worker", ...listing],
    says: ["the input device is not a TTY"],
    calls: "none",
  },
  {
    name: "a shell without a terminal",
    args: ["exec", "worker"],
    says: ["Cannot open a shell"],
    calls: "none",
  },
  {
    name: "a container that is not there",
    args: ["exec", "--task-id", task, "-c", "wbe", ...listing],
    says: [
      'Cannot find container "wbe"',
      '"web"',
      '"sidecar"',
      'did you mean "web"?',
    ],
  },
  {
    name: "no region",
    args: ["exec", "worker", ...listing],
    env,
    says: ["no region is set", "--region", "AWS_REGION"],
    calls: "none",
  },
  {
    name: "a command without --",
    args: ["exec", "web", "ls"],
    says: ['"ls"', "porthole exec web -- ls"],
    calls: "none",
  },
  {
    name: "nothing after --",
    args: ["exec", "web", "--"],
    says: ['nothing follows "--"'],
    calls: "none",
  },
  {
    name: "--command together with --",
    args: ["exec", "web", "--command", "ls", ...listing],
    says: ["--command", '"--"'],
    calls: "none",
  },
  {
    name: "-i together with -n",
    args: ["exec", "-i", "-n", "web", ...listing],
    says: ["--interactive", "--no-stdin"],
    calls: "none",
  },
  {
    name: "a TARGET that is not --service",
    args: ["exec", "web", "--service", "worker", ...listing],
    says: ["web", "worker"],
    calls: "none",
  },
  {
    name: "an unknown flag",
    args: ["exec", "--contianer", "web", ...listing],
    says: ["--contianer", "--container"],
    calls: "none",
  },
  {
    name: "an unknown verb",
    args: ["exce", "web", ...listing],
    says: ["exce", "exec"],
    status: 2,
    calls: "none",
  },
  {
    name: "a stopped service",
    args: ["exec", "stopped", ...listing],
    says: ["Cannot find a running task", '"stopped"'],
  },
  {
    name: "a service whose task is not running yet",
    args: ["exec", "pending", ...listing],
    says: ["Cannot find a running task", "PENDING"],
  },
  {
    name: "Fargate without ECS Exec",
    args: ["exec", "fargate-old", ...listing],
    says: ["cannot exec into Fargate task without ECS Exec enabled"],
  },
  {
    name: "EC2 without ECS Exec, and no Docker daemon here",
    args: ["exec", "legacy", ...listing],
    env: { ...known, DOCKER_HOST: "unix:///nonexistent/docker.sock" },
    says: ["Cannot reach the Docker daemon of task", "exec.docker.host"],
  },
  {
    name: "an endpoint that refuses connections",
    args: ["exec", "worker", ...listing],
    env: { ...known, AWS_ENDPOINT_URL: "http://127.0.0.1:81" },
    says: ["Cannot reach", "http://127.0.0.1:81", "refused"],
  },
  {
    name: "an endpoint that answers HTML",
    args: ["exec", "worker", ...listing],
    env: { ...known, AWS_ENDPOINT_URL: `http://127.0.0.1:${html.addr.port}` },
    says: ["did not come from an AWS API", "HTML"],
  },
  {
    name: "an endpoint that is neither encrypted nor here",
    args: ["exec", "worker", ...listing],
    env: { ...known, AWS_ENDPOINT_URL: "http://ecs.example.com" },
    says: ["http://ecs.example.com", "not encrypted"],
  },
  {
    name: "no credentials",
    args: ["exec", "worker", ...listing],
    env: { ...known, AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" },
    says: ["Cannot find AWS credentials", "AWS_PROFILE"],
    calls: "none",
  },
  {
    name: "a secret key that does not fit",
    args: ["exec", "worker", ...listing],
    env: { ...known, AWS_SECRET_ACCESS_KEY: "wrong" },
    says: ["the secret key does not match"],
  },
];

for (const mistake of mistakes) {
  testPorthole(`${mistake.name}: one clear error`, async (porthole) => {
    const calls = recordCalls(sandbox);
    const result = await porthole.run(mistake.args, {
      env: mistake.env ?? known,
      cwd: folder,
    });
    const errors = result.stderr.split("\n").filter((line) =>
      line.startsWith("error: ")
    );
    assert.equal(errors.length, 1, result.stderr);
    for (const words of mistake.says) {
      if (typeof words === "string") {
        assert(result.stderr.includes(words), `${words} in ${result.stderr}`);
      } else assert.match(result.stderr, words);
    }
    // Nobody should see where in the source it happened.
    assert(!/^\s+at /m.test(result.stderr), result.stderr);
    assert.equal(result.text, "");
    assert.equal(result.status, mistake.status ?? 125);
    if (mistake.calls === "none") assert.deepEqual(calls.names(), []);
    assert(!calls.names().includes("ExecuteCommand"));
  });
}

/** Where a terminal is there to be spoilt. */
const inTerminal = [
  "an unknown service",
  "broken YAML",
  "a container that is not there",
  "an endpoint that refuses connections",
  "no region",
];

for (const { name, args, env = known, says } of mistakes) {
  if (!inTerminal.includes(name)) continue;
  testPorthole(`${name}: the terminal is left alone`, async (porthole) => {
    const shell = args.slice(0, -listing.length);
    const pty = porthole.openPty(shell, { env, cwd: folder });
    await pty.waitFor(says[0] ?? "");
    const exit = await pty.exit;
    assert.equal(exit.code, 125);
    assert.equal(exit.sttyAfter, exit.sttyBefore);
  });
}
