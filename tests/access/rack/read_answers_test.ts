import assert from "node:assert/strict";
import type {
  RackClient,
  RackRequest,
} from "../../../src/access/rack/create_rack_client.ts";
import { createRackDirectory } from "../../../src/access/rack/create_rack_directory.ts";
import {
  readApp,
  readApps,
  readProcess,
  readProcesses,
  readServices,
  readSystem,
} from "../../../src/access/rack/read_answers.ts";
import type { PortholeError } from "../../../src/errors.ts";

const CLIENT = { rack: { name: "blue" } } as Pick<RackClient, "rack">;

const ID = "0123456789abcdef".repeat(2);
const PROCESS = {
  id: "0123456789ab",
  name: "web",
  release: "R1",
  status: "running",
  started: "2026-01-02T03:04:05Z",
};
const TASK = {
  task_id: ID,
  containers: [
    { name: "main", status: "RUNNING", agent: "RUNNING", runtime_id: "r-1" },
    { name: "side", status: "PENDING", agent: null, runtime_id: null },
  ],
  launch_type: "FARGATE",
  execute_command: false,
  stopped_reason: null,
};

const read = (value: unknown) => readProcess(JSON.stringify(value), CLIENT);

Deno.test("a process is a task with one container; of a rack of porthole's own it is the task itself", () => {
  assert.deepEqual(read(PROCESS), {
    id: "0123456789ab",
    status: "RUNNING",
    group: "service:web",
    release: "R1",
    startedAt: new Date(PROCESS.started),
    containers: [{ name: "web", status: "RUNNING" }],
  });
  const task = read({ ...PROCESS, porthole: TASK });
  assert.equal(task.id, ID);
  assert.deepEqual(task.exec, {
    executeCommandEnabled: false,
    launchType: "FARGATE",
  });
  assert.deepEqual(task.containers, [
    {
      name: "main",
      status: "RUNNING",
      agent: { status: "RUNNING" },
      runtimeId: "r-1",
    },
    { name: "side", status: "PENDING" },
  ]);
  // What a rack does not say is not judged.
  const silent = { ...TASK, execute_command: null, stopped_reason: "" };
  const { exec, stoppedReason } = read({ ...PROCESS, porthole: silent });
  assert.deepEqual([exec, stoppedReason], [undefined, undefined]);
  for (const started of ["0001-01-01T00:00:00Z", null, "", "soon"]) {
    assert.equal(read({ ...PROCESS, started }).startedAt, undefined, started!);
  }
});

Deno.test("no name of a rack's leads elsewhere in a path or a line, and no answer of another form is one", () => {
  const isRefused = (error: PortholeError) =>
    error.code === "rack_refused" &&
    /^Cannot understand rack "blue": /.test(error.message);
  for (
    const more of [
      { id: "../x" },
      { id: "a/b" },
      { id: "" },
      { id: "x".repeat(65) },
      { name: "a/b" },
      { name: "a\nb" },
      { name: "" },
      { status: 1 },
      { porthole: { ...TASK, task_id: "../../x" } },
      { porthole: { ...TASK, task_id: ID.slice(1) } },
      { porthole: { ...TASK, containers: [{ name: "a b", status: "x" }] } },
    ]
  ) assert.throws(() => read({ ...PROCESS, ...more }), isRefused);
  for (const text of ["", "<html>", "[]", "1", "null", '"x"']) {
    assert.throws(() => readProcess(text, CLIENT), isRefused, text);
    assert.throws(() => readApp(text, CLIENT), isRefused, text);
  }
  for (const text of ["{}", '[{"name":"../a"}]', "[1]"]) {
    assert.throws(() => readApps(text, CLIENT), isRefused, text);
    assert.throws(() => readServices(text, CLIENT), isRefused, text);
  }
  // Go writes an empty list so.
  assert.deepEqual(readProcesses("null", CLIENT), []);
  assert.deepEqual(readServices("null", CLIENT), []);
});

Deno.test("a rack says what it is, and whether it is porthole's", () => {
  const system = {
    name: "blue",
    region: "us-east-1",
    status: "running",
    version: "20260101000000",
    parameters: { ECSExec: "Yes" },
  };
  const convox = readSystem(JSON.stringify(system), CLIENT);
  assert.deepEqual(convox, {
    ...system,
    provider: undefined,
    isPorthole: false,
    portholeVersion: undefined,
  });
  for (
    const [porthole, version] of [[{ version: "1.2.3" }, "1.2.3"], [
      1,
      undefined,
    ]]
  ) {
    const own = readSystem(JSON.stringify({ ...system, porthole }), CLIENT);
    assert.deepEqual([own.isPorthole, own.portholeVersion], [true, version]);
  }
  assert.deepEqual(readSystem("{}", CLIENT).parameters, {});
  assert.throws(() => readSystem("[]", CLIENT), /Cannot understand rack/);
  assert.throws(
    () => readSystem('{"parameters":{"A":1}}', CLIENT),
    /parameters\.A is not what a rack sends there/,
  );
});

Deno.test("a directory of a rack: what runs of a service, and nothing that has stopped", async () => {
  const asked: string[] = [];
  const answers: Readonly<Record<string, unknown>> = {
    "apps": [{ name: "prod" }, { name: "dev" }],
    "apps/prod/services": [{ name: "web", count: 3 }, { name: "api" }],
    "apps/prod/processes": [
      PROCESS,
      { ...PROCESS, id: "b", status: "pending" },
      { ...PROCESS, id: "c", name: "api" },
    ],
  };
  const directory = createRackDirectory({
    ...CLIENT,
    ask: ({ method, path, missing }: RackRequest) => {
      asked.push(`${method} ${path.join("/")}`);
      const answer = answers[path.join("/")];
      return answer === undefined
        ? Promise.reject(missing!())
        : Promise.resolve(JSON.stringify(answer));
    },
  } as RackClient, "us-east-1");
  assert.deepEqual(await directory.listClusters(), ["prod", "dev"]);
  assert.deepEqual(await directory.listServices("prod"), ["web", "api"]);
  assert.deepEqual(
    (await directory.describeServices("prod", ["web", "api"])).map((
      { name, running, desired },
    ) => [name, running, desired]),
    [["web", 1, 3], ["api", 1, 1]],
  );
  const ids = async (service?: string, status?: "RUNNING" | "STOPPED") =>
    (await directory.listTasks("prod", service, status)).map(({ id }) => id);
  assert.deepEqual(await ids(), [PROCESS.id, "b", "c"]);
  assert.deepEqual(await ids("web"), [PROCESS.id, "b"]);
  asked.length = 0;
  assert.deepEqual(await ids("web", "STOPPED"), []);
  assert.deepEqual(asked, []);
  assert.equal((await directory.describeTask("prod", "c"))?.id, "c");
  assert.equal(await directory.describeTask("prod", "d"), undefined);
  await assert.rejects(
    directory.listServices("none"),
    (error: PortholeError) => error.code === "cluster_not_found",
  );
});
