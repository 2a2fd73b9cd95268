import assert from "node:assert/strict";
import type { DecidedSession } from "../../../src/exec/decide_way.ts";
import type { AuditEntry } from "../../../src/rack/audit_entry.ts";
import { AuditRefusal } from "../../../src/rack/refusal.ts";
import { auditExec } from "../../../src/rack/sessions/audit_exec.ts";
import type { ExecCall } from "../../../src/rack/sessions/session_call.ts";
import { recordLog } from "../../exec/fake_log.ts";

const CALL = {
  caller: { name: "ann", id: "id", address: "192.0.2.1" },
  place: { app: "prod", service: "web", task: { id: "1" } },
} as unknown as ExecCall;

const DECIDED = {
  target: { container: { name: "main" } },
  way: { route: { kind: "ecs_exec", because: "it can" } },
  invocation: { command: { kind: "line", line: "id" } },
  config: {},
} as unknown as DecidedSession;

const WHO = {
  user: "ann",
  address: "192.0.2.1",
  verb: "exec",
  app: "prod",
  service: "web",
  task: "1",
};

function start(write?: (entry: AuditEntry) => Promise<void>) {
  const entries: AuditEntry[] = [];
  const { log, said } = recordLog();
  const audit = auditExec(CALL, {
    audit: {
      write: (entry) => {
        entries.push(entry);
        return write?.(entry) ?? Promise.resolve();
      },
    },
    log,
  });
  return { audit, entries, said };
}

Deno.test("an exec is told when it opens, with its command, and when it ends, with its status", async () => {
  const { audit, entries } = start();
  await audit.open(DECIDED, "relay");
  const bytes = { in: 1, out: 2 };
  await audit.end({ kind: "status", status: 3 }, { session: "s1", bytes });
  const place = { container: "main", route: "ecs_exec", carrier: "relay" };
  assert.deepEqual(entries, [
    { event: "open", ...WHO, ...place, command: "id", because: "it can" },
    {
      event: "end",
      ...WHO,
      ...place,
      session: "s1",
      bytes,
      status: 3,
    },
  ]);
});

Deno.test("an end without a status has none, and not 0; a refusal has none to have", async () => {
  for (const kind of ["unseen", "unknown"] as const) {
    const { audit, entries } = start();
    await audit.open(DECIDED, "handoff");
    await audit.end({ kind }, {});
    assert.equal(entries[1]?.status, null);
  }
  const handed = start();
  await handed.audit.open(DECIDED, "handoff");
  await handed.audit.end(undefined, { session: "s1" });
  assert.equal(handed.entries[1]?.status, null);
  const { audit, entries } = start();
  await audit.end({
    kind: "error",
    code: "task_stopped",
    message: "Cannot exec: gone",
    hint: undefined,
    retry: false,
  }, {});
  assert.deepEqual(entries, [
    { event: "refuse", ...WHO, error: "Cannot exec: gone" },
  ]);
});

Deno.test("what could not be written down is not opened, and nobody waits to write that down", async () => {
  const { audit, entries } = start(({ event }) =>
    event === "open"
      ? Promise.reject(new AuditRefusal())
      : new Promise(() => {})
  );
  await assert.rejects(audit.open(DECIDED, "relay"), AuditRefusal);
  await audit.end({ kind: "unseen" }, {});
  assert.deepEqual(entries.map(({ event }) => event), ["open", "refuse"]);
});

Deno.test("an end that cannot be written down is told in the rack's log", async () => {
  const { audit, said } = start(({ event }) =>
    event === "end" ? Promise.reject(new AuditRefusal()) : Promise.resolve()
  );
  await audit.open(DECIDED, "relay");
  await audit.end({ kind: "status", status: 0 }, {});
  assert.deepEqual(said, [
    "warn: The audit of a session's end could not be written",
  ]);
});
