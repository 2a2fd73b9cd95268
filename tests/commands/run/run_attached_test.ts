import assert from "node:assert/strict";
import type { Task } from "../../../src/access/access.ts";
import {
  type AttachedTools,
  runAttached,
} from "../../../src/commands/run/run_attached.ts";
import type { PreparedRun } from "../../../src/commands/run/prepare_run.ts";
import { PortholeError } from "../../../src/errors.ts";
import { recordLog } from "../../exec/fake_log.ts";
import { container, fakeAccess, task } from "../../target/fake_access.ts";

/** Runs a command in a task that looks so, one look after the other; AWS refuses the session with `refusal`. */
async function run(
  looks: readonly Partial<Task>[],
  { refusal, essential = true, lasts = 0 }: {
    readonly refusal: PortholeError;
    readonly essential?: boolean;
    /** How long the session takes to be refused. */
    readonly lasts?: number;
  },
) {
  const running = {
    ...container("app"),
    agent: { status: "RUNNING" },
  } as const;
  const see = (look: Partial<Task>) =>
    task("t1", {
      launchType: "FARGATE",
      executeCommandEnabled: true,
      containers: [running],
      ...look,
    });
  const left = [...looks];
  const stopped: string[] = [];
  const facts: string[] = [];
  const { log, said } = recordLog();
  let now = 0;
  const access = fakeAccess({
    startTasks: () =>
      Promise.resolve({
        tasks: [see({ status: "PROVISIONING" })],
        failures: [],
      }),
    describeTask: () => Promise.resolve(see(left.shift() ?? {})),
    open: () => {
      now += lasts;
      return Promise.reject(refusal);
    },
    stopTask: (_cluster, id, reason) =>
      Promise.resolve(void stopped.push(`${id}: ${reason}`)),
  });
  const invocation = {
    agentTimeoutMs: 1,
    command: { kind: "argv", argv: ["ls"] },
    env: [],
    shared: { logFormat: "text" },
  };
  const unset = { source: { kind: "default" } };
  const cancellation = {
    orCancelled: (work: Promise<unknown>) => work,
    isCancelled: () => false,
    outlast: () => () => {},
  };
  const tools = {
    invocation,
    ground: {
      invocation,
      access,
      config: {
        via: { value: "auto", ...unset },
        session: { value: "builtin", ...unset },
        timeoutMs: { value: 0, ...unset },
      },
      streams: { interactive: false, stdin: false, binary: false },
      chooseClient: () =>
        Promise.resolve({ kind: "builtin", because: "asked" }),
    },
    deps: {
      now: () => new Date(now),
      sleep: () => Promise.resolve(),
      env: () => undefined,
      stderr: { isTerminal: false },
    },
    log,
    record: (fact: object) => facts.push(...Object.keys(fact)),
    cancellation,
    maxDurationMs: 3_600_000,
  } as unknown as AttachedTools;
  const prepared = {
    service: {
      name: "web",
      clusterArn: "arn:aws:ecs:us-east-1:1:cluster/main",
    },
    definition: { arn: "arn:aws:ecs:us-east-1:1:task-definition/web:7" },
    container: { name: "app", essential },
    request: { cluster: "main", count: 1, startedBy: "porthole-1" },
  } as unknown as PreparedRun;
  const error = await runAttached(prepared, tools).catch((error) => error);
  return { error, stopped, said, facts, calls: access.calls };
}

const DENIED = new PortholeError("access_denied", "Cannot exec");
const SILENT = new PortholeError("target_not_connected", "Cannot exec");

Deno.test("run announces its task, asks for the session once it runs, and stops it after a failure", async () => {
  const { error, stopped, said, facts, calls } = await run(
    [{ status: "PENDING" }, {}],
    { refusal: DENIED },
  );
  assert.equal(error, DENIED);
  assert.deepEqual(stopped, ["t1: porthole run: access_denied"]);
  assert.deepEqual(said.filter((line) => line.includes(": ")).slice(0, 1), [
    "info: Task ID: t1",
  ]);
  assert.ok(said.includes("info: Container: app"), said.join("\n"));
  assert.ok(said.includes("info: Command: ls"), said.join("\n"));
  assert.ok(
    ["task", "route", "carrier", "startedAt", "endedAt"].every((fact) =>
      facts.includes(fact)
    ),
    facts.join(),
  );
  assert.ok(calls.indexOf("open") > calls.lastIndexOf("describeTask") - 1);
});

Deno.test("a container that is not essential: a warning that only porthole stops its task", async () => {
  const { said } = await run([{}], { refusal: DENIED, essential: false });
  assert.match(said[0]!, /^warn: Container "app" is not essential: .* 1h /);
});

Deno.test("a task that does not start: why, and no session is asked for", async () => {
  const { error, calls } = await run(
    [{ status: "STOPPED", stoppedReason: "no such image" }],
    { refusal: DENIED },
  );
  assert.equal(error.code, "task_not_started");
  assert.match(error.message, /no such image/);
  assert.ok(!calls.includes("open"));
});

Deno.test("an agent that stays silent in a task that runs: the entry point may keep it from starting", async () => {
  const { error } = await run([{}], { refusal: SILENT });
  assert.equal(error.code, "target_not_connected");
  assert.match(error.hint, /--replace-entrypoint removes it$/);
});

Deno.test("an agent that stays silent in a task that has ended: that it did not stay up", async () => {
  const ended = { status: "STOPPED", stoppedReason: "exited" } as const;
  const { error } = await run([{}, ended, ended, ended], { refusal: SILENT });
  assert.equal(error.code, "task_not_started");
  assert.match(error.message, /exited/);
});

Deno.test("a task that stops when its time is over: --max-duration is named", async () => {
  const gone = new PortholeError("task_stopped", "Cannot continue");
  const { error } = await run([{}], { refusal: gone, lasts: 3_600_000 });
  assert.match(error.hint, /^--max-duration \(1h\) expired/);
  const early = await run([{}], { refusal: gone, lasts: 1_000 });
  assert.ok(!early.error.hint?.includes("--max-duration"));
});
