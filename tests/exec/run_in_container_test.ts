import assert from "node:assert/strict";
import type { Agent, AwsAccess } from "../../src/access/access.ts";
import type { Deps } from "../../src/deps.ts";
import type { DecidedSession } from "../../src/exec/decide_way.ts";
import {
  runInContainer,
  type RunTools,
} from "../../src/exec/run_in_container.ts";
import { PortholeError } from "../../src/errors.ts";
import type { ChosenClient } from "../../src/exec/choose_client.ts";
import { container, fakeAccess, task } from "../target/fake_access.ts";
import { recordLog } from "./fake_log.ts";
import { FAKE_PLUGIN, grantsSessions, playPlugin } from "./fake_plugin.ts";

interface Surroundings {
  readonly agent: Agent;
  readonly access: AwsAccess;
  readonly timeoutMs: number;
  readonly sleep: Deps["sleep"];
  readonly client?: ChosenClient;
  readonly interactive?: boolean;
  readonly log?: DecidedSession["log"];
}

/** Runs a command in a container whose agent is as it says. */
function run(
  {
    agent,
    access,
    timeoutMs,
    sleep,
    client = { kind: "builtin", because: "it is there" },
    interactive = false,
    log = recordLog().log,
  }: Surroundings,
) {
  const running = task("1", {
    containers: [{ ...container("app"), agent }],
  });
  const session = {
    invocation: {
      agentTimeoutMs: 0,
      noShell: true,
      shared: { logFormat: "text" },
      command: { kind: "argv", argv: ["ls"] },
      env: [],
    },
    config: {
      via: { value: "auto", source: { kind: "default" } },
      timeoutMs: { value: timeoutMs },
    },
    streams: { interactive, stdin: false },
    way: {
      route: { kind: "ecs_exec", because: "the task has it" },
      client,
      stderr: "merge",
    },
    target: {
      cluster: "main",
      task: running,
      container: running.containers[0],
      notes: [],
    },
    access,
    log,
  } as unknown as DecidedSession;
  const tools = {
    deps: {
      now: () => new Date(0),
      sleep,
      env: () => undefined,
      stderr: { isTerminal: false },
      spawn: playPlugin("hi"),
      onSignal: () => () => {},
    },
    stdio: {
      stdin: {},
      stdout: { write: () => Promise.resolve() },
      stderr: { isTerminal: false },
    },
    cancellation: {
      orCancelled: (work: Promise<unknown>) => work,
      isCancelled: () => false,
    },
  } as unknown as RunTools;
  return runInContainer(session, tools);
}

/** Runs a command in a container whose agent is starting, and then is as `later` says. */
function runWithAgent(later: Agent) {
  const access = fakeAccess({
    describeTask: () =>
      Promise.resolve(
        task("1", { containers: [{ ...container("app"), agent: later }] }),
      ),
  });
  const ran = run({
    agent: { status: "PENDING" },
    access,
    timeoutMs: 0,
    sleep: () => Promise.resolve(),
  });
  return { access, ran };
}

Deno.test("an agent that stops while it is waited for: why, and no session is asked for", async () => {
  const { access, ran } = runWithAgent({
    status: "STOPPED",
    reason: "out of memory",
  });
  await assert.rejects(ran, {
    code: "agent_not_running",
    message: /out of memory/,
  });
  assert(!access.calls.includes("open"));
});

/** Asks AWS for a session that `open` answers; `expire` ends the time limit. */
function runOpening(open: AwsAccess["open"]) {
  const timeoutMs = 61_000;
  let limit: { readonly end: () => void; readonly signal: AbortSignal };
  return {
    ran: run({
      agent: { status: "RUNNING" },
      access: fakeAccess({ open }),
      timeoutMs,
      sleep: (ms, signal) =>
        new Promise<void>((resolve) => {
          if (ms === timeoutMs) limit = { end: resolve, signal: signal! };
          else resolve();
        }),
    }),
    expire: () => limit.end(),
    isLimitOff: () => limit.signal.aborted,
  };
}

Deno.test("a time limit that ends while AWS is asked is told as such", async () => {
  const asked = Promise.withResolvers<void>();
  const { ran, expire } = runOpening(() => {
    asked.resolve();
    return new Promise(() => {});
  });
  await asked.promise;
  expire();
  const { end, left } = await ran;
  assert(end.kind === "failed" && end.error instanceof PortholeError);
  assert.equal(end.error.code, "timed_out");
  assert.match(end.error.message, /did not finish within 1m1s/);
  assert.equal(left, undefined);
});

Deno.test("a time limit does not outlive a session that could not be opened", async () => {
  const refusal = new PortholeError("access_denied", "no");
  const { ran, isLimitOff } = runOpening(() => Promise.reject(refusal));
  const { end } = await ran;
  assert(end.kind === "failed");
  assert.equal(end.error, refusal);
  assert.equal(isLimitOff(), true);
});

Deno.test("what is known of a session through the plugin: its id, and the bytes that passed through us", async () => {
  for (const interactive of [true, false]) {
    const { log, said } = recordLog();
    const { facts, end, left } = await run({
      agent: { status: "RUNNING" },
      access: fakeAccess({
        ...grantsSessions,
        describeTask: () => new Promise(() => {}),
      }),
      timeoutMs: 0,
      sleep: (_ms, signal) =>
        new Promise((resolve) => {
          if (signal?.aborted) resolve();
          signal?.addEventListener("abort", () => resolve());
        }),
      client: { ...FAKE_PLUGIN, notice: "noticed", warning: "warned" },
      interactive,
      log,
    });
    assert.deepEqual([end, left], [
      { kind: "status", status: undefined },
      undefined,
    ]);
    assert.equal(facts.sessionId, "s");
    assert.deepEqual(facts.bytes, interactive ? undefined : { in: 0, out: 2 });
    assert.deepEqual(said.slice(0, 2), ["info: noticed", "warn: warned"]);
  }
});
