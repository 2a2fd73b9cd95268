import assert from "node:assert/strict";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { startProgram, testPorthole } from "./run_porthole.ts";

const sandbox = await startSandbox({
  kms: true,
  customerMessage: "This session is encrypted using AWS KMS.",
});
Deno.test.afterAll(() => sandbox.close());
const { env } = sandbox;
const command = ["exec", "worker", "--", "echo", "done"];

testPorthole(
  "-q, PORTHOLE_QUIET and exec.quiet leave warnings alone; a flag wins over the file",
  async (porthole) => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(
        `${folder}/ecspresso.yml`,
        "region: us-east-1\nexec:\n  quiet: true\n",
      );
      const { PORTHOLE_CONFIG: _, ...without } = env;
      const quiet: readonly [
        readonly string[],
        Readonly<Record<string, string>>,
        string,
      ][] = [
        [["-q"], env, "/"],
        [[], { ...env, PORTHOLE_QUIET: "1" }, "/"],
        [[], without, folder],
      ];
      for (const [flags, variables, cwd] of quiet) {
        const result = await porthole.run([...flags, ...command], {
          env: variables,
          cwd,
        });
        assert.equal(result.status, 0, result.stderr);
        assert.equal(result.stderr, "");
        assert.equal(result.text, "done\n");
      }
      const loud = await porthole.run(["--quiet=false", ...command], {
        env: without,
        cwd: folder,
      });
      assert.match(loud.stderr, /\[info\] worker\/default Task ID: /);
      // What the agent says of the session is no warning.
      assert.match(loud.stderr, /\[info\] .*encrypted using AWS KMS/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

testPorthole(
  "a misspelt variable is warned of, with what was meant, and -q keeps it",
  async (porthole) => {
    const result = await porthole.run(["-q", ...command], {
      env: { ...env, PORTHOLE_CLUSTR: "prod", PORTHOLE_DEPLOYER: "me" },
    });
    assert.equal(result.status, 0, result.stderr);
    assert.match(
      result.stderr,
      /^\S+ \S+ \[warn\] Unknown variable "PORTHOLE_CLUSTR": did you mean "PORTHOLE_CLUSTER"\?\n$/,
    );
  },
);

testPorthole(
  "--debug shows whom and where: account, profile, endpoint, credentials, session, connection",
  async (porthole) => {
    const result = await porthole.run(["--debug", ...command], { env });
    assert.equal(result.status, 0, result.stderr);
    for (
      const line of [
        /Account: 123456789012, profile: none named, region: us-east-1$/m,
        /AWS endpoint of ECS: http:\/\/127\.0\.0\.1:\d+$/m,
        /AWS credentials: keys of the environment$/m,
        /Session ID: ecs-execute-command-\w+$/m,
        /Channel: connecting to 127\.0\.0\.1:\d+$/m,
        /Channel: connected$/m,
        /Channel: the session has started$/m,
      ]
    ) assert.match(result.stderr, line);
    assert(!/wss?:\/\/|role=|token/i.test(result.stderr), result.stderr);
  },
);

testPorthole(
  "an error line in JSON has its time, as every line of the log",
  async (porthole) => {
    const { stderr, status } = await porthole.run(
      ["--log-format", "json", "exec", "nothing", "--", "true"],
      { env },
    );
    assert.equal(status, 125);
    const lines = stderr.trimEnd().split("\n").map((line) => JSON.parse(line));
    const { time, level, error } = lines.at(-1);
    assert.equal(level, "error");
    assert.equal(error.code, "service_not_found");
    assert.ok(Math.abs(Date.parse(time) - Date.now()) < 600_000, time);
  },
);

testPorthole(
  "a variable that is not UTF-8 is named, where it is used",
  async (porthole) => {
    for (
      const [name, args, status] of [
        ["PORTHOLE_CLUSTER", command, 125],
        ["PORTHOLE_LOG_FORMAT", ["tasks"], 2],
        ["SECRET", ["exec", "-e", "SECRET", "worker", "--", "true"], 125],
      ] as const
    ) {
      const [program, ...words] = porthole.command(args);
      const { status: got, stderr } = await startProgram(
        [
          "sh",
          "-c",
          `export ${name}="$(printf 'a\\377b')"; exec "$@"`,
          "sh",
          program,
          ...words,
        ],
        { env },
      ).result;
      assert.match(
        stderr,
        new RegExp(
          `^error: Cannot use the variable "${name}": its value is not valid UTF-8$`,
          "m",
        ),
      );
      assert.equal(got, status, stderr);
    }
  },
);
