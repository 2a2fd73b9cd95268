import assert from "node:assert/strict";
import {
  type ErrorCode,
  ERRORS,
  explainUnknown,
  PortholeError,
} from "../../src/errors.ts";
import { parseArgs } from "../../src/args/parse_args.ts";
import { readWords } from "../../src/args/read_words.ts";
import { installPlugin } from "../../src/commands/plugin/install_plugin.ts";
import { listenOnPorts } from "../../src/commands/forward/listen_on_ports.ts";
import { setParameters } from "../../src/commands/rack/change_parameters.ts";
import { exitStatusFor } from "../../src/exit_status.ts";
import { createRealDeps } from "../../src/real_deps.ts";
import { findLatestRelease } from "../../src/find_latest_release.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import {
  defaultOptions,
  type SandboxOptions,
} from "../sandbox/sandbox_options.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { testOnce } from "./test_once.ts";

/** What brings an error about. */
type Provocation =
  | {
    readonly kind: "exec";
    /** Where it is another verb than `exec`; those of `enable-exec` and `logs` have other statuses, too. */
    readonly verb?: "run" | "logs" | "enable-exec";
    /** Everything after `VERB -o json --log-format json`. */
    readonly args: readonly string[];
    readonly options?: Partial<SandboxOptions>;
    /** Laid over the sandbox's environment; an empty value takes a variable away. */
    readonly env?: (sandbox: Sandbox) => Readonly<Record<string, string>>;
  }
  /** At the keys of a terminal. */
  | {
    readonly kind: "terminal";
    readonly args: readonly string[];
    readonly question: string;
    readonly keys: string;
  }
  /** What no sandbox can bring about. */
  | { readonly kind: "unit"; readonly error: () => Promise<unknown> };

function exec(
  args: readonly string[],
  parts: Omit<Extract<Provocation, { kind: "exec" }>, "kind" | "args"> = {},
): Provocation {
  return { kind: "exec", args, ...parts };
}

function failing(error: string): Provocation {
  return exec(["worker", "--", "ls"], {
    options: { fail: { "ecs:ListTasks": { error, message: "no" } } },
  });
}

function writeFile(
  { directory }: Sandbox,
  name: string,
  text: string,
  mode = 0o644,
): string {
  const path = `${directory}/${name}`;
  Deno.writeTextFileSync(path, text, { mode });
  return path;
}

/** An exec through Docker at that address. */
function execOn(host: (sandbox: Sandbox) => string): Provocation {
  return exec(["legacy", "--", "ls"], {
    env: (sandbox) => ({
      PORTHOLE_CONFIG: writeFile(
        sandbox,
        "docker.json",
        JSON.stringify({ exec: { docker: { host: host(sandbox) } } }),
      ),
    }),
  });
}

/** Ends before the command has told its status: the shell around it dies with it. */
const KILL_ITS_SHELL = ["sh", "-c", "kill -9 $PPID"];

/** One for each code: a code without one does not pass the type check, nor the first test. */
const PROVOCATIONS: Readonly<Record<ErrorCode, Provocation>> = {
  usage: exec(["worker", "ls"]),
  not_a_tty: exec(["worker", "-t", "--", "ls"]),
  config_not_found: exec(["worker", "--config", "/nowhere.yml", "--", "ls"]),
  config_invalid: exec(["worker", "--", "ls"], {
    env: (sandbox) => ({
      PORTHOLE_CONFIG: writeFile(sandbox, "bad.yml", "cluster: [\n"),
    }),
  }),
  no_region: exec(["worker", "--", "ls"], {
    env: (sandbox) => ({
      AWS_REGION: "",
      AWS_DEFAULT_REGION: "",
      PORTHOLE_CONFIG: writeFile(sandbox, "none.yml", "cluster: default\n"),
    }),
  }),
  no_credentials: exec(["worker", "--profile", "nobody", "--", "ls"]),
  expired_credentials: exec(["worker", "--", "ls"], {
    options: { expiredCalls: 100 },
  }),
  access_denied: exec(["worker", "--", "ls"], {
    options: { deny: ["ecs:ListTasks"] },
  }),
  throttled: exec(["worker", "--", "ls"], {
    options: { throttle: 100 },
    env: () => ({ AWS_MAX_ATTEMPTS: "1" }),
  }),
  unreachable: exec(["worker", "--", "ls"], {
    env: () => ({ AWS_ENDPOINT_URL: "http://127.0.0.1:81" }),
  }),
  aws_refused: failing("ClientException"),
  cluster_not_found: exec(["nope/worker", "--", "ls"]),
  service_not_found: exec(["wroker", "--", "ls"]),
  no_service: exec(["--", "ls"]),
  service_unsuitable: exec(["legacy", "--yes"], {
    verb: "enable-exec",
    options: { definition: { taskRole: false } },
  }),
  deployment_failed: exec(["legacy", "--yes"], {
    verb: "enable-exec",
    options: {
      rollout: { stepMs: 20, tasksStop: true, circuitBreaker: "on" },
    },
  }),
  logs_unavailable: exec(["worker"], {
    verb: "logs",
    options: {
      logs: { ...defaultOptions.logs, drivers: { worker: "awsfirelens" } },
    },
  }),
  log_group_not_found: exec(["worker"], {
    verb: "logs",
    options: {
      logs: { ...defaultOptions.logs, missingGroups: ["/ecs/worker"] },
    },
  }),
  rack_not_found: exec(["worker", "--rack", "nowhere", "--", "ls"]),
  rack_refused: exec(["worker", "--", "ls"], {
    // It is no rack that answers there.
    env: ({ url }) => ({
      PORTHOLE_RACK: url.replace("http://", "http://convox:token@"),
    }),
  }),
  parameter_invalid: {
    kind: "unit",
    error: () =>
      setParameters(
        {
          name: "dev",
          url: new URL("http://127.0.0.1:81"),
          token: "token",
          tls: { kind: "public" },
          streamHosts: [],
        },
        ["ECSExec"],
        {
          wait: false,
          deps: createRealDeps(),
          log: {
            debug() {},
            info() {},
            warn() {},
            withPrefix: undefined!,
            hush() {},
            isQuiet: () => false,
          },
        },
      ).catch((error) => error),
  },
  no_running_task: exec(["stopped", "--", "ls"], {
    options: { unsettled: true },
  }),
  task_not_found: exec([`${"0".repeat(32)}`, "--", "ls"]),
  // Of seventeen ids of hexadecimal digits two begin alike.
  task_ambiguous: exec(["web", "--task-id", "PREFIX", "--", "ls"], {
    options: { tasks: { web: 17 } },
  }),
  container_not_found: exec(["worker", "-c", "nope", "--", "ls"]),
  no_choice: exec(["web", "--", "ls"]),
  exec_not_enabled: exec(["fargate-old", "--", "ls"]),
  agent_not_running: exec(["worker", "--", "ls"], {
    options: { agentStopped: "it crashed" },
  }),
  target_not_connected: exec(["worker", "--", "ls"], {
    options: { definition: { taskRole: false } },
  }),
  plugin_not_found: exec(["worker", "--session", "plugin", "--", "ls"], {
    env: ({ directory }) => ({ PATH: directory }),
  }),
  plugin_failed: exec(["worker", "--session", "plugin", "--", "ls"], {
    env: (sandbox) => {
      writeFile(sandbox, "session-manager-plugin", "#!/nowhere\n", 0o755);
      return { PATH: sandbox.directory };
    },
  }),
  cannot_link: {
    kind: "unit",
    error: () => {
      const deps = { ...createRealDeps(), env: () => "" };
      const invocation = parseArgs(
        readWords(["plugin", "install", "--dir", "/no/such/folder"]),
        () => undefined,
      );
      assert.ok(invocation.kind === "plugin_install");
      return installPlugin(invocation, {
        ...deps,
        programPath: Deno.execPath(),
      }, { warn() {} }).catch((error) => error);
    },
  },
  cannot_listen: {
    kind: "unit",
    error: () => {
      using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const ports = [{ local: taken.addr.port, port: 80 }] as const;
      try {
        listenOnPorts({ ports, address: "127.0.0.1" }, createRealDeps());
      } catch (error) {
        return Promise.resolve(error);
      }
      return Promise.resolve(undefined);
    },
  },
  cannot_start: exec(["worker", "-i", "--", "cat"], {
    options: { image: "no-stty" },
  }),
  not_executable: exec(["worker", "--no-shell", "--", "/etc/passwd"]),
  command_not_found: exec(["worker", "--no-shell", "--", "nope"]),
  session_refused: exec(["worker", "--", "ls"], {
    options: { kms: { fault: "wrong-key" } },
  }),
  session_lost: exec(["worker", "--", "ls"], {
    options: { malformed: { kind: "length", beforeFrame: 0 } },
  }),
  task_stopped: exec(["worker", "--", "sleep", "20"], {
    options: { stopTaskAfterMs: 300 },
  }),
  task_not_started: exec(["worker", "--", "ls"], {
    verb: "run",
    options: {
      runTask: {
        ...defaultOptions.runTask,
        failures: [{ reason: "RESOURCE:MEMORY" }],
      },
    },
  }),
  task_not_stopped: exec(["worker", "--", "ls"], {
    verb: "run",
    options: { deny: ["ecs:StopTask"] },
  }),
  status_unknown: exec(["worker", "--", ...KILL_ITS_SHELL]),
  timed_out: exec(["worker", "--timeout", "1s", "--", "sleep", "20"]),
  cancelled: {
    kind: "terminal",
    args: ["web", "--", "ls"],
    question: "Select task number",
    keys: "\x03",
  },
  io_failed: exec(["worker", "--result", "/nowhere/result", "--", "ls"]),
  docker_unreachable: execOn(() => "unix:///nowhere/docker.sock"),
  docker_untrusted: execOn(() => "tcp://192.0.2.1:2376"),
  // AWS's API speaks HTTP, and is no Docker daemon.
  docker_refused: execOn(({ env }) =>
    `tcp://${new URL(env["AWS_ENDPOINT_URL"] ?? "").host}`
  ),
  update_unknown: {
    kind: "unit",
    error: () =>
      findLatestRelease({
        repository: "acme/porthole",
        version: "0.0.0",
        fetch: () => Promise.reject(new TypeError("no route")),
        timeoutMs: 1000,
      }).catch((error) => error),
  },
  internal: {
    kind: "unit",
    error: () =>
      Promise.resolve(explainUnknown(new TypeError("x is not a function"))),
  },
};

Deno.test("every error code is provoked", () => {
  assert.deepEqual(
    Object.keys(PROVOCATIONS).sort(),
    Object.keys(ERRORS).sort(),
  );
});

for (const [name, provocation] of Object.entries(PROVOCATIONS)) {
  const code = name as ErrorCode;
  const status = exitStatusFor(code, "remote");
  switch (provocation.kind) {
    case "exec": {
      const { verb } = provocation;
      const status = exitStatusFor(
        code,
        verb === "enable-exec" || verb === "logs" ? "local" : "remote",
      );
      testOnce(`error code ${code}`, async (porthole) => {
        const sandbox = await startSandbox(provocation.options);
        try {
          const env = { ...sandbox.env, ...provocation.env?.(sandbox) };
          const result = await porthole.run([
            verb ?? "exec",
            "-o",
            "json",
            "--log-format",
            "json",
            ...provocation.args.map((word) =>
              word === "PREFIX" ? findSharedDigit(sandbox) : word
            ),
          ], { env, stdin: new TextEncoder().encode("input\n") });
          const object = JSON.parse(result.text);
          assert.deepEqual(
            [object.error?.code, object.status, result.status],
            [code, verb === "logs" ? undefined : status, status],
            result.stderr,
          );
          const lines = result.stderr.trimEnd().split("\n");
          const { time, ...last } = JSON.parse(lines.at(-1) ?? "");
          assert.ok(Date.parse(time) > 0, time);
          assert.deepEqual(last, { level: "error", error: object.error });
        } finally {
          await sandbox.close();
        }
      });
      break;
    }
    case "terminal":
      testOnce(`error code ${code}`, async (porthole) => {
        const sandbox = await startSandbox();
        try {
          const pty = porthole.openPty(
            ["exec", "-o", "json", ...provocation.args],
            { env: sandbox.env },
          );
          await pty.waitFor(provocation.question);
          pty.write(provocation.keys);
          await pty.waitFor(`"error":{"code":"${code}"`);
          assert.equal((await pty.exit).code, status);
        } finally {
          await sandbox.close();
        }
      });
      break;
    case "unit":
      Deno.test(`error code ${code}`, async () => {
        const error = await provocation.error();
        assert.ok(error instanceof PortholeError);
        assert.equal(error.code, code);
      });
  }
}

testOnce(
  "help errors lists every code with its exit status",
  async (porthole) => {
    const { text, status } = await porthole.run(["help", "errors"]);
    assert.equal(status, 0);
    for (const code of Object.keys(ERRORS) as ErrorCode[]) {
      const exit = exitStatusFor(code, "remote");
      assert.match(text, new RegExp(`^  ${code} +${exit}  +\\S`, "m"));
    }
  },
);

/** A digit with which the ids of several tasks begin. */
function findSharedDigit(sandbox: Sandbox): string {
  const digits = sandbox.tasks("web").map(({ taskId }) => taskId.charAt(0));
  return digits.find((digit, at) => digits.indexOf(digit) < at) ?? "";
}
