import assert from "node:assert/strict";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { isThere } from "../../scripts/install_packages.ts";
import type { Pty } from "./pty.ts";
import { recordCalls } from "./record_calls.ts";
import { type Porthole, testPorthole } from "./run_porthole.ts";

const sandbox = await startSandbox({ clusters: 2 });
/** As in the issue: each list of another size that nobody reads through. */
const large = await startSandbox({
  clusters: 300,
  services: 200,
  tasks: { "service-200": 1000 },
  latencyMs: 50,
});
Deno.test.afterAll(async () => {
  await Promise.all([sandbox.close(), large.close()]);
});

const clusterQuestion = "Select cluster number (1-2): ";
const serviceQuestion = "Select service number (1-5): ";
const taskQuestion = "Select task number (1-2): ";
const ON_SCREEN_MS = 3_000;

/** Without a file: nothing names a cluster. */
function withoutFile({ env }: Sandbox): Record<string, string> {
  const { PORTHOLE_CONFIG: _, ...rest } = env;
  return rest;
}

function openPicker(
  porthole: Porthole,
  args: readonly string[] = [],
  { env = {}, columns = 80 }: {
    readonly env?: Readonly<Record<string, string>>;
    readonly columns?: number;
  } = {},
): Pty {
  return porthole.openPty(["exec", "--session", "builtin", ...args], {
    env: { ...withoutFile(sandbox), ...env },
    columns,
  });
}

async function expectCancelled(pty: Pty): Promise<void> {
  const { code, sttyBefore, sttyAfter } = await pty.exit;
  assert.equal(code, 130);
  assert.equal(sttyAfter, sttyBefore);
}

testPorthole("three answers lead to a shell", async (porthole) => {
  const calls = recordCalls(sandbox);
  const pty = openPicker(porthole);
  await pty.waitFor("[info] Select cluster:");
  await pty.waitFor(clusterQuestion);
  pty.write("1\r");
  await pty.waitFor("Select service number (1-2): ");
  pty.write("web\r");
  await pty.waitFor("[info] web/cluster-2 Starting exec");
  await pty.waitFor("[info] web/cluster-2 Select task:");
  await pty.waitFor(taskQuestion);
  pty.write("2\r");
  await pty.waitFor("[info] web/cluster-2 Task ID: ");
  await pty.waitFor("Command: ");
  await pty.waitFor(/[$#] /);
  pty.write("exit 3\r");
  const { code, sttyBefore, sttyAfter } = await pty.exit;
  assert.equal(code, 3);
  assert.equal(sttyAfter, sttyBefore);
  assert.equal(calls.last("ExecuteCommand").parameters["cluster"], "cluster-2");
});

testPorthole("what is named costs no list", async (porthole) => {
  const calls = recordCalls(sandbox);
  const pty = openPicker(porthole, ["worker", "--", "true"]);
  assert.equal((await pty.exit).code, 0);
  assert.deepEqual(
    calls.names().filter((name) => name !== "OpenDataChannel"),
    ["ListTasks", "DescribeTasks", "ExecuteCommand"],
  );
});

testPorthole(
  "a file means its cluster, or the default one",
  async (porthole) => {
    const calls = recordCalls(sandbox);
    const pty = porthole.openPty(["exec", "--", "true"], { env: sandbox.env });
    await pty.waitFor(serviceQuestion);
    pty.write("worker\r");
    assert.equal((await pty.exit).code, 0);
    assert(!calls.names().includes("ListClusters"));
  },
);

testPorthole("an empty answer goes back a step", async (porthole) => {
  const pty = openPicker(porthole, ["--", "true"]);
  await pty.waitFor(clusterQuestion);
  pty.write("\r");
  await pty.waitFor(clusterQuestion);
  pty.write("default\r");
  await pty.waitFor(serviceQuestion);
  pty.write("web$\r");
  // One row that is not what was typed is shown first.
  await pty.waitFor("Select service number (1-1): ");
  pty.write("1\r");
  await pty.waitFor(taskQuestion);
  pty.write("\r");
  await pty.waitFor(serviceQuestion);
  pty.write("\r");
  await pty.waitFor(clusterQuestion);
  pty.write("2\r");
  await pty.waitFor(serviceQuestion);
  pty.write("^w !web\r");
  await pty.waitFor("1. worker");
  pty.write("1\r");
  await pty.waitFor("worker/default Task ID: ");
  assert.equal((await pty.exit).code, 0);
});

testPorthole("--pick prompt asks for the container too", async (porthole) => {
  const pty = openPicker(porthole, ["web", "--pick", "prompt", "--", "true"]);
  await pty.waitFor(taskQuestion);
  pty.write("1\r");
  await pty.waitFor("1. web (RUNNING)");
  await pty.waitFor("2. sidecar (RUNNING)");
  await pty.waitFor("Select container number (1-2): ");
  pty.write("2\r");
  await pty.waitFor("Container: sidecar");
  assert.equal((await pty.exit).code, 0);
});

testPorthole("rows are no wider than the terminal", async (porthole) => {
  const pty = openPicker(porthole, [], { columns: 40 });
  await pty.waitFor(clusterQuestion);
  pty.write("default\r");
  await pty.waitFor(serviceQuestion);
  pty.write("web\r");
  await pty.waitFor(taskQuestion);
  // deno-lint-ignore no-control-regex
  const rows = pty.output.replaceAll(/\x1b\[\d*m/g, "").split("\r\n")
    .filter((line) => /^\d+\. /.test(line));
  assert.equal(rows.length, 2 + 5 + 2);
  for (const row of rows) assert(row.length <= 40, row);
  assert.equal(rows[0], "1. cluster-2 2 services  3 running");
  // The whole id, and nothing that would break in the middle.
  assert.match(rows.at(-1) ?? "", /^2\. [0-9a-f]{32}$/);
  pty.write("\x03");
  await expectCancelled(pty);
});

for (
  const [how, args, env] of [
    ["NO_COLOR", [], { NO_COLOR: "1" }],
    ["TERM=dumb", [], { TERM: "dumb" }],
    ["--color never", ["--color", "never"], {}],
  ] as const
) {
  testPorthole(`no colours with ${how}`, async (porthole) => {
    const pty = openPicker(porthole, args, { env });
    await pty.waitFor("1. cluster-2\r\n2. default\r\n");
    await pty.waitFor(clusterQuestion);
    assert(!pty.output.includes("\x1b"));
    pty.write("\x04");
    await expectCancelled(pty);
  });
}

for (const step of [0, 1, 2]) {
  for (const [name, key] of [["Ctrl-C", "\x03"], ["Ctrl-D", "\x04"]] as const) {
    testPorthole(`${name} at question ${step + 1} leaves`, async (porthole) => {
      const calls = recordCalls(sandbox);
      const pty = openPicker(porthole);
      const questions = [clusterQuestion, serviceQuestion, taskQuestion];
      for (const [index, question] of questions.slice(0, step + 1).entries()) {
        if (index > 0) pty.write(["default\r", "web\r"][index - 1] ?? "");
        await pty.waitFor(question);
      }
      pty.write(key);
      await expectCancelled(pty);
      assert(!calls.names().includes("ExecuteCommand"));
    });
  }
}

testPorthole(
  "without a terminal nothing is chosen: the services are listed",
  async (porthole) => {
    const env = withoutFile(sandbox);
    const result = await porthole.run(["exec", "--", "true"], { env });
    assert.equal(result.status, 125);
    assert.match(result.stderr, /^error: .*no service was named/m);
    assert.match(result.stderr, /cluster "default" has: .*web/);
  },
);

testPorthole("a filter command chooses, terminal or not", async (porthole) => {
  const env = withoutFile(sandbox);
  const result = await porthole.run(
    ["exec", "--filter-command", "tail -n 1", "--", "echo", "done"],
    { env },
  );
  assert.equal(result.status, 0, result.stderr);
  assert.equal(result.text, "done\n");
  assert.match(result.stderr, /worker\/default Starting exec/);
});

for (
  const [filter, status, message] of [
    [
      "false",
      125,
      /^error: Cannot choose .*"false": it exited with status 1$/m,
    ],
    ["no-such-filter", 125, /^error: Cannot .*"no-such-filter" in PATH$/m],
    ["echo other", 125, /^error: Cannot choose a task: .*"other"/m],
    ["true", 130, /Cancelled: filter command "true" chose nothing/],
    ["exit 130 ;", 130, /Cancelled/],
  ] as const
) {
  testPorthole(`a filter command that fails: ${filter}`, async (porthole) => {
    const calls = recordCalls(sandbox);
    const result = await porthole.run(
      ["exec", "web", "--filter-command", filter, "--", "true"],
      { env: sandbox.env },
    );
    assert.match(result.stderr, message);
    assert.equal(result.status, status);
    assert(!calls.names().includes("ExecuteCommand"));
  });
}

testPorthole("--no-input keeps filters away too", async (porthole) => {
  const args = ["exec", "web", "--no-input", "--filter-command", "head -n 1"];
  const result = await porthole.run([...args, "--", "true"], {
    env: sandbox.env,
  });
  assert.match(result.stderr, /^error: Cannot choose a task/m);
});

const hasFzf = await isThere("fzf");
if (!hasFzf) console.log("Cannot find fzf; its tests are skipped");

function testFzf(
  name: string,
  body: (porthole: Porthole) => Promise<void>,
): void {
  if (hasFzf) testPorthole(`fzf: ${name}`, body);
}

for (const filter of ["fzf", "fzf --reverse --prompt='? '"]) {
  testFzf(`"${filter}" chooses service and task`, async (porthole) => {
    const pty = openPicker(porthole, [
      "--cluster",
      "default",
      "--filter-command",
      filter,
      "--",
      "echo",
      "done",
    ], { env: { NO_COLOR: "1" } });
    // It draws the list before the count, or after.
    await pty.waitFor(/fargate-old[^]*5\/5|5\/5[^]*fargate-old/);
    pty.write("'web !canary");
    await pty.waitFor("1/5");
    pty.write("\r");
    await pty.waitFor("web/default Starting exec");
    await pty.waitFor("2/2");
    pty.write("east-1b");
    await pty.waitFor("1/2");
    pty.write("\r");
    await pty.waitFor("Task ID: ");
    await pty.waitFor("done");
    const { code, sttyBefore, sttyAfter } = await pty.exit;
    assert.equal(code, 0);
    assert.equal(sttyAfter, sttyBefore);
  });
}

for (
  const [name, key] of [["Esc", "\x1b"], ["Ctrl-C", "\x03"], [
    "Ctrl-D",
    "\x04",
  ]] as const
) {
  testFzf(`${name} leaves it with 130`, async (porthole) => {
    const calls = recordCalls(sandbox);
    const pty = openPicker(porthole, ["--filter-command", "fzf"]);
    await pty.waitFor("2/2");
    pty.write(key);
    await expectCancelled(pty);
    assert.match(pty.output, /Cancelled: filter command "fzf" chose nothing/);
    assert(!calls.names().includes("ExecuteCommand"));
  });
}

testPorthole(
  "300 clusters, 200 services, 1000 tasks: each list within 3 s",
  async (porthole) => {
    const pty = porthole.openPty(["exec", "--", "true"], {
      env: withoutFile(large),
    });
    await pty.waitFor("Select cluster number (1-300): ", ON_SCREEN_MS);
    pty.write("default\r");
    // A screenful of the list, and the rest as a number.
    await pty.waitFor(
      "… 179 more (text narrows the list, as in fzf)",
      ON_SCREEN_MS,
    );
    await pty.waitFor("Select service number (1-200): ", ON_SCREEN_MS);
    pty.write("service-200\r");
    await pty.waitFor("Select task number (1-1000): ", ON_SCREEN_MS);
    pty.write("1000\r");
    await pty.waitFor("Task ID: ");
    assert.equal((await pty.exit).code, 0);
  },
);

testPorthole("keys typed while a list loads are answers", async (porthole) => {
  const pty = porthole.openPty(["exec", "--", "true"], {
    env: withoutFile(large),
  });
  pty.write("default\rservice-200\r7\r");
  await pty.waitFor("service-200/default Task ID: ");
  assert.equal((await pty.exit).code, 0);
});

testPorthole("Ctrl-C while a list loads leaves at once", async (porthole) => {
  const pty = porthole.openPty(["exec", "--", "true"], {
    env: withoutFile(large),
  });
  await pty.waitFor("Select cluster number (1-300): ");
  pty.write("default\r\x03");
  await expectCancelled(pty);
});
