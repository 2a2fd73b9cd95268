import assert from "node:assert/strict";
import { followSession } from "../../src/exec/follow_session.ts";
import { startDeadline } from "../../src/limits/start_deadline.ts";
import type { Deps } from "../../src/deps.ts";
import type { AttachedSession, SessionEnd } from "../../src/session/session.ts";
import { container, fakeAccess, task } from "../target/fake_access.ts";

/** A session that goes on until somebody ends it. */
function attachedSession(): AttachedSession & { readonly ends: () => number } {
  const exit = Promise.withResolvers<SessionEnd>();
  let ends = 0;
  return {
    kind: "attached",
    opened: Promise.resolve(),
    exit: exit.promise,
    end() {
      ends++;
      exit.resolve({ kind: "unknown" });
      return Promise.resolve();
    },
    ends: () => ends,
  };
}

/** A terminal on both outputs, and what has been written to it. */
function createTerminal(sleep: Deps["sleep"]) {
  let screen = "";
  const device = {
    isTerminal: true,
    writeText: (text: string) => void (screen += text),
  };
  const deps = { stdout: device, stderr: device, sleep } as unknown as Deps;
  return { deps, screen: () => screen };
}

const TARGET = {
  cluster: "main",
  task: task("1"),
  container: container("app"),
  notes: [],
};

/** Follows a session in a world where ten seconds pass at once, and more never. */
async function follow(
  { status, timeoutMs }: { status: string; timeoutMs: number },
) {
  const { deps, screen } = createTerminal((ms, signal) =>
    ms <= 10_000 ? Promise.resolve() : new Promise<void>((resolve) => {
      signal?.addEventListener("abort", () => resolve());
    })
  );
  const session = attachedSession();
  const deadline = startDeadline(timeoutMs, deps);
  const outcome = await followSession(
    session,
    { interactive: true, readStdin: true },
    {
      access: fakeAccess({
        // A task that runs on answers late: the time limit comes first.
        describeTask: (_, id) =>
          status === "RUNNING"
            ? new Promise(() => {})
            : Promise.resolve(task(id, { status, stoppedReason: "Scaling" })),
      }),
      target: TARGET,
      deadline,
      deps,
    },
  );
  const over = deadline.isOver();
  deadline.cancel();
  // The plugin had no time to take back what its remote has done to the terminal.
  assert(screen().startsWith("\n\x1b"), screen());
  return { outcome, over, ends: session.ends() };
}

Deno.test("a task that stops ends a session that owns the terminal", async () => {
  const { outcome, ends } = await follow({
    status: "STOPPED",
    timeoutMs: 60_000,
  });
  assert.equal(ends, 1);
  assert.ok(outcome.kind === "ended" && outcome.end.kind === "failed");
  assert.equal(outcome.end.error.code, "task_stopped");
  assert.match(outcome.end.error.message, /STOPPED \(Scaling\)/);
});

Deno.test("a time limit ends it too", async () => {
  const { outcome, over, ends } = await follow({
    status: "RUNNING",
    timeoutMs: 1,
  });
  assert.equal(ends, 1);
  assert.equal(over, true);
  assert.ok(outcome.kind === "ended" && outcome.end.kind === "unknown");
});

Deno.test("a session without a terminal has none to reset, however it ends", async () => {
  let watching: AbortSignal | undefined;
  const { deps, screen } = createTerminal((_ms, signal) => {
    watching = signal;
    return new Promise(() => {});
  });
  const session = attachedSession();
  await session.end();
  const exit = Promise.resolve({ kind: "status", status: 143 } as const);
  const mutes: string[] = [];
  await followSession(
    { ...session, exit },
    { interactive: false, readStdin: false },
    {
      access: fakeAccess({
        describeTask: () => new Promise(() => {}),
        muteWaits() {
          mutes.push("muted");
          return () => mutes.push("told again");
        },
      }),
      target: TARGET,
      deadline: startDeadline(0, deps),
      deps,
    },
  );
  assert.equal(screen(), "");
  // Its end is the end of all that went on beside it.
  assert.deepEqual([mutes, watching?.aborted], [["muted", "told again"], true]);
});
