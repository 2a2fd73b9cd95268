import assert from "node:assert/strict";
import type { Task } from "../../src/access/access.ts";
import { CancelledBySignal } from "../../src/cancelled_by_signal.ts";
import { type ErrorCode, PortholeError } from "../../src/errors.ts";
import type { DecidedSession } from "../../src/exec/decide_way.ts";
import { settleOutcome } from "../../src/exec/settle_outcome.ts";
import type { SessionEnd } from "../../src/session/session.ts";
import type { SessionOutcome } from "../../src/terminal/run_session.ts";
import { fakeAccess, task } from "../target/fake_access.ts";
import { recordLog } from "./fake_log.ts";

const bytes = { in: 0, out: 0 };
const STOPPED = task("1", {
  status: "STOPPED",
  stoppedReason: "out of memory",
});

/** Settles how a session ended while its task is, or becomes, as `looks` say. */
async function settle(
  outcome: SessionOutcome | SessionEnd,
  { route = "ecs_exec", interactive = false, noShell = false, looks = [] }: {
    readonly route?: "ecs_exec" | "docker";
    readonly interactive?: boolean;
    readonly noShell?: boolean;
    readonly looks?: readonly Task[];
  } = {},
) {
  const left = [...looks];
  const { log, said } = recordLog();
  const access = fakeAccess({
    describeTask: () => Promise.resolve(left.shift() ?? task("1")),
  });
  const session = {
    access,
    log,
    invocation: { noShell },
    streams: { interactive },
    target: { cluster: "main", task: task("1") },
    way: {
      route: { kind: route },
      client: { kind: route === "docker" ? "docker" : "builtin" },
    },
  } as unknown as DecidedSession;
  const how = "outcome" in outcome || isOutcome(outcome)
    ? outcome as SessionOutcome
    : { kind: "ended", end: outcome, bytes } as SessionOutcome;
  const status = await settleOutcome(how, session, {
    // The wait for a stop does not end before the looks.
    sleep: (ms) => ms < 3_000 ? Promise.resolve() : new Promise(() => {}),
  }).catch((error) => error);
  return { status, said, looks: access.calls.length };
}

function isOutcome(outcome: SessionOutcome | SessionEnd): boolean {
  return ["ended", "left", "interrupted"].includes(outcome.kind);
}

function failed(code: ErrorCode): SessionEnd {
  return { kind: "failed", error: new PortholeError(code, "Cannot go on") };
}

Deno.test("a status of ECS Exec is the command's, whatever it is, and nothing is looked up", async () => {
  for (const status of [0, 7, 137, 255]) {
    const settled = await settle({ kind: "status", status });
    assert.deepEqual([settled.status, settled.looks], [status, 0]);
  }
});

Deno.test("a status like a signal's over Docker is the command's only while its task runs", async () => {
  for (const status of [128, 137]) {
    const end = { kind: "status", status } as const;
    const runs = await settle(end, { route: "docker" });
    assert.deepEqual([runs.status, runs.looks], [status, 1]);
    const stopped = await settle(end, { route: "docker", looks: [STOPPED] });
    assert.equal(stopped.status.code, "task_stopped");
    assert.match(stopped.status.message, /out of memory/);
  }
  const low = await settle({ kind: "status", status: 127 }, {
    route: "docker",
    looks: [STOPPED],
  });
  assert.deepEqual([low.status, low.looks], [127, 0]);
});

Deno.test("an unknown status warns a script, and tells a person", async () => {
  const script = await settle({ kind: "unknown" }, { noShell: true });
  assert.deepEqual([script.status, script.said], [undefined, [
    "warn: The exit status of the command is unknown: nothing in the container reports it",
  ]]);
  const person = await settle({ kind: "unknown" }, { interactive: true });
  assert.deepEqual(person.said, [
    "info: The exit status of the command is unknown: it was not reported",
  ]);
});

Deno.test("a session that is lost with its task says why the task stopped", async () => {
  for (const code of ["session_lost", "status_unknown"] as const) {
    const { status } = await settle(failed(code), { looks: [STOPPED] });
    assert.equal(status.code, "task_stopped");
    assert.equal((await settle(failed(code))).status.code, code);
  }
});

Deno.test("any other failure is told as it is, without a look at the task", async () => {
  for (const code of ["command_not_found", "access_denied"] as const) {
    const { status, looks } = await settle(failed(code), { looks: [STOPPED] });
    assert.deepEqual([status.code, looks], [code, 0]);
  }
});

Deno.test("a container that ended over Docker gives its task time to stop", async () => {
  const { status, looks } = await settle(failed("status_unknown"), {
    route: "docker",
    looks: [task("1"), STOPPED],
  });
  assert.deepEqual([status.code, looks], ["task_stopped", 2]);
});

Deno.test("a session that a signal ended is cancelled by that signal", async () => {
  const { status } = await settle(
    { kind: "interrupted", signal: "SIGTERM", bytes } as SessionOutcome,
  );
  assert.ok(status instanceof CancelledBySignal);
  assert.deepEqual([status.signal, status.inSession, status.message], [
    "SIGTERM",
    true,
    "Cancelled by SIGTERM",
  ]);
});
