import assert from "node:assert/strict";
import type { SandboxOptions } from "../sandbox/sandbox_options.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { recordCalls } from "./record_calls.ts";
import type { Porthole, Result } from "./run_porthole.ts";
import { testOnce } from "./test_once.ts";

/** Services by what decides: the launch type, and whether execute-command was on when the task started. */
const FARGATE_ON = "worker";
const FARGATE_OFF = "fargate-old";
const EC2_OFF = "legacy";
const EC2_ON = "service-6";
const EXTERNAL_OFF = "service-7";
const MANAGED_OFF = "service-8";
const MANAGED_ON = "service-9";

const fleet: Partial<SandboxOptions> = {
  services: 9,
  launchTypes: {
    [EC2_ON]: "EC2",
    [EXTERNAL_OFF]: "EXTERNAL",
    [MANAGED_OFF]: "MANAGED_INSTANCES",
    [MANAGED_ON]: "MANAGED_INSTANCES",
  },
  exec: { [EXTERNAL_OFF]: false, [MANAGED_OFF]: false },
};
const sandbox = await startSandbox(fleet);
Deno.test.afterAll(() => sandbox.close());

/** A socket that nobody made: whoever comes to it has chosen Docker. */
const nowhere = `${sandbox.directory}/no.sock`;
const files = new Map<string, string>();

/** The path of a file that sets keys of `exec`, and where Docker would be. */
function writeConfig(keys: string): string {
  const known = files.get(keys);
  if (known !== undefined) return known;
  const path = `${sandbox.directory}/config-${files.size}.yml`;
  Deno.writeTextFileSync(
    path,
    `region: us-east-1\nexec:\n  docker: {host: "unix://${nowhere}"}\n${
      keys === "" ? "" : `  ${keys}\n`
    }`,
  );
  files.set(keys, path);
  return path;
}

function run(
  porthole: Porthole,
  { service, flags = [], keys = "" }: Case,
  ...args: readonly string[]
): Promise<Result> {
  return porthole.run([
    "exec",
    service,
    ...flags,
    ...args,
    ...(args.includes("--") ? [] : ["--", "true"]),
  ], { env: { ...sandbox.env, PORTHOLE_CONFIG: writeConfig(keys) } });
}

interface Case {
  readonly service: string;
  readonly flags?: readonly string[];
  /** A line below `exec:` in the file. */
  readonly keys?: string;
}

interface Taken extends Case {
  readonly route: "ecs_exec" | "docker";
  readonly because: RegExp;
}

const taken: readonly Taken[] = [
  { service: FARGATE_ON, route: "ecs_exec", because: /started with ECS Exec/ },
  { service: EC2_ON, route: "ecs_exec", because: /started with ECS Exec/ },
  { service: MANAGED_ON, route: "ecs_exec", because: /started with ECS Exec/ },
  { service: EC2_OFF, route: "docker", because: /started without/ },
  { service: EXTERNAL_OFF, route: "docker", because: /started without/ },
  // What is said wins over what the task allows, in this order.
  {
    service: EC2_ON,
    flags: ["--via", "docker"],
    route: "docker",
    because: /--via/,
  },
  {
    service: EC2_ON,
    flags: ["--via", "ecs-exec"],
    keys: "generation: 1",
    route: "ecs_exec",
    because: /--via/,
  },
  {
    service: EC2_ON,
    flags: ["--ecs-exec", "Yes"],
    keys: "generation: 1",
    route: "docker",
    because: /generation/,
  },
  {
    service: EC2_ON,
    flags: ["--ecs-exec", "No"],
    route: "docker",
    because: /ECSExec|--ecs-exec/,
  },
  {
    service: EC2_ON,
    keys: "ecs_exec: No",
    route: "docker",
    because: /ECSExec|exec\.ecs_exec/,
  },
  {
    service: EC2_ON,
    flags: ["--ecs-exec", "yes"],
    keys: "ecs_exec: No",
    route: "ecs_exec",
    because: /./,
  },
  {
    service: EC2_OFF,
    flags: ["--ecs-exec", "Yes"],
    route: "docker",
    because: /started without/,
  },
];

for (const row of taken) {
  testOnce(`${describe(row)}: ${row.route}`, async (porthole) => {
    const result = await run(porthole, row, "--dry-run", "-o", "json");
    assert.equal(result.status, 0, result.stderr);
    const { route } = JSON.parse(result.text);
    assert.equal(route.kind, row.route);
    assert.match(route.because, row.because);
  });
}

function describe({ service, flags = [], keys = "" }: Case): string {
  const launchType = fleet.launchTypes?.[service] ??
    (service === EC2_OFF ? "EC2" : "FARGATE");
  const on = ![EC2_OFF, FARGATE_OFF, EXTERNAL_OFF, MANAGED_OFF]
    .includes(service);
  return [
    `${launchType}, execute-command ${on ? "on" : "off"}`,
    ...[
      flags.join(" "),
      keys,
    ].filter((text) => text !== ""),
  ].join(", ");
}

interface Refused extends Case {
  readonly error: RegExp;
  /** The remedy names what has decided. */
  readonly remedy?: RegExp;
}

const refused: readonly Refused[] = [
  {
    service: FARGATE_OFF,
    error:
      /^error: cannot exec into Fargate task without ECS Exec enabled; turn it on and redeploy: porthole enable-exec \S+\/\S+$/m,
  },
  {
    service: FARGATE_OFF,
    flags: ["--via", "docker"],
    error: /cannot exec into Fargate task without ECS Exec enabled/,
  },
  {
    service: FARGATE_ON,
    flags: ["--via", "docker"],
    error: /no Docker daemon is reachable on FARGATE/i,
    remedy: /--via/,
  },
  {
    service: FARGATE_ON,
    flags: ["--ecs-exec", "No"],
    error: /no Docker daemon is reachable on FARGATE/i,
    remedy: /--ecs-exec/,
  },
  {
    service: FARGATE_ON,
    keys: "ecs_exec: No",
    error: /no Docker daemon is reachable on FARGATE/i,
    remedy: /exec\.ecs_exec/,
  },
  {
    service: FARGATE_ON,
    keys: "generation: 1",
    error: /no Docker daemon is reachable on FARGATE/i,
    remedy: /generation/,
  },
  {
    service: MANAGED_OFF,
    error: /no Docker daemon is reachable on MANAGED_INSTANCES/i,
    remedy: /porthole enable-exec \S+\/\S+/,
  },
  {
    service: EC2_OFF,
    flags: ["--via", "ecs-exec"],
    error: /through ECS Exec: it was started without it/,
    remedy: /--via docker/,
  },
  {
    service: EC2_ON,
    flags: ["--privileged"],
    error: /"--privileged" through ECS Exec/,
  },
];

for (const row of refused) {
  testOnce(`${describe(row)}: refused`, async (porthole) => {
    const calls = recordCalls(sandbox);
    const result = await run(porthole, row);
    assert.equal(result.status, 125, result.stderr);
    assert.equal(result.text, "");
    assert.match(result.stderr, row.error);
    if (row.remedy) assert.match(result.stderr, row.remedy);
    assert.ok(!calls.names().includes("ExecuteCommand"));
  });
}

for (
  const [name, row] of [
    ["--ecs-exec Maybe", { service: EC2_ON, flags: ["--ecs-exec", "Maybe"] }],
    ["exec.ecs_exec: Maybe", { service: EC2_ON, keys: "ecs_exec: Maybe" }],
  ] as const
) {
  testOnce(`${name}: an error that names Yes and No`, async (porthole) => {
    const result = await run(porthole, row);
    assert.equal(result.status, 125, result.stderr);
    assert.match(result.stderr, /"?Maybe"?/);
    assert.match(result.stderr, /\bYes\b.*\bNo\b/);
  });
}

testOnce("--via elsewhere: an error that names the ways", async (porthole) => {
  const result = await run(porthole, {
    service: EC2_ON,
    flags: ["--via", "podman"],
  });
  assert.equal(result.status, 125);
  assert.match(result.stderr, /auto.*ecs-exec.*docker/);
});

testOnce(
  "a fallback says once why, what is not recorded, and the remedy, also with -q",
  async (porthole) => {
    for (const flags of [[], ["-q"]]) {
      const result = await run(porthole, { service: EC2_OFF, flags });
      assert.equal(result.status, 125);
      const warnings = result.stderr.split("\n").filter((line) =>
        /CloudTrail/.test(line)
      );
      assert.equal(warnings.length, 1, result.stderr);
      assert.match(result.stderr, /started without/);
      assert.match(result.stderr, /porthole enable-exec \S+\/\S+/);
      assert.match(result.stderr, /^error: .*no\.sock/m);
    }
  },
);

testOnce("a Docker route that was asked for says so", async (porthole) => {
  const result = await run(porthole, {
    service: EC2_ON,
    flags: ["--via", "docker", "-q"],
  });
  assert.equal(result.status, 125);
  assert.match(result.stderr, /--via/);
  assert.doesNotMatch(result.stderr, /started without/);
});

testOnce("an ECS Exec route is not talked about", async (porthole) => {
  const plain = await run(porthole, { service: FARGATE_ON });
  assert.equal(plain.status, 0, plain.stderr);
  assert.doesNotMatch(plain.stderr, /started with ECS Exec|Docker/);
  const debug = await run(porthole, {
    service: FARGATE_ON,
    flags: ["--debug"],
  });
  assert.match(debug.stderr, /started with ECS Exec/);
});

testOnce("-o json of a Docker route that fails has it", async (porthole) => {
  const result = await run(porthole, { service: EC2_OFF }, "-o", "json");
  assert.equal(result.status, 125);
  const { route, error } = JSON.parse(result.text);
  assert.equal(route.kind, "docker");
  assert.match(route.because, /started without/);
  assert.equal(error.code, "docker_unreachable");
});

testOnce(
  "without a Docker host the error says what to set",
  async (porthole) => {
    const result = await porthole.run(["exec", EC2_OFF, "--", "true"], {
      env: sandbox.env,
    });
    assert.equal(result.status, 125);
    assert.match(result.stderr, /^error: .*exec\.docker\.host is not set/m);
    assert.match(result.stderr, /^hint: .*\{private_ip\}/m);
  },
);

testOnce(
  "a Docker route needs no plugin, also where it is the custom",
  async (porthole) => {
    const result = await run(
      porthole,
      { service: EC2_OFF, keys: "session: plugin" },
      "--dry-run",
      "-o",
      "json",
    );
    assert.equal(result.status, 0, result.stderr);
    assert.equal(JSON.parse(result.text).carrier, "docker");
  },
);

testOnce("the plan in text has route and reason", async (porthole) => {
  const result = await run(porthole, { service: EC2_OFF }, "--dry-run");
  assert.equal(result.status, 0, result.stderr);
  assert.match(result.text, /^Route: +docker \(.*started without/m);
});

testOnce("help routing prints the table", async (porthole) => {
  const { status, text } = await porthole.run(["help", "routing"]);
  assert.equal(status, 0);
  for (
    const word of [
      /--via/,
      /generation/,
      /ECSExec/,
      /FARGATE|Fargate/,
      /MANAGED_INSTANCES/,
      /STOPPED/,
    ]
  ) assert.match(text, word);
});

testOnce(
  "an agent that has stopped: its reason, and Docker only where there is one",
  async (porthole) => {
    const own = await startSandbox({ ...fleet, agentStopped: "it crashed" });
    try {
      for (const [service, hinted] of [[EC2_ON, true], [FARGATE_ON, false]]) {
        const result = await porthole.run(
          ["exec", String(service), "--", "true"],
          { env: own.env },
        );
        assert.equal(result.status, 125);
        assert.match(result.stderr, /STOPPED \(it crashed\)/);
        assert.equal(/--via docker/.test(result.stderr), hinted, result.stderr);
      }
    } finally {
      await own.close();
    }
  },
);

testOnce("an agent that is PENDING is waited for", async (porthole) => {
  const own = await startSandbox({ ...fleet, agentPendingMs: 1_500 });
  try {
    const result = await porthole.run(["exec", EC2_ON, "--", "true"], {
      env: own.env,
    });
    assert.equal(result.status, 0, result.stderr);
  } finally {
    await own.close();
  }
});
