import assert from "node:assert/strict";
import { PortholeError } from "../../../src/errors.ts";
import { joinGuard } from "../../../src/session/docker/join_guard.ts";
import type { ExecGuard } from "../../../src/session/docker/watchdog.ts";
import type {
  AttachedSession,
  SessionEnd,
} from "../../../src/session/session.ts";

/** A session and a watchdog that write down what they are told; a command that heeds ends when it is asked to. */
function parts(
  { heeds = false, loss }: {
    readonly heeds?: boolean;
    readonly loss?: PortholeError;
  } = {},
) {
  const told: string[] = [];
  const tell = (word: string) => () => {
    told.push(word);
    return Promise.resolve();
  };
  const exit = Promise.withResolvers<SessionEnd>();
  const session: AttachedSession = {
    kind: "attached",
    opened: Promise.resolve(),
    exit: exit.promise,
    end() {
      exit.resolve({ kind: "unknown" });
      return tell("session end")();
    },
  };
  const guard: ExecGuard = {
    wrap: (words) => words,
    end() {
      if (heeds) exit.resolve({ kind: "status", status: 143 });
      return tell("end")();
    },
    release() {
      told.push("release");
      return Promise.resolve(loss);
    },
    close: tell("close"),
  };
  return { told, session, guard, finish: exit.resolve };
}

/** Where time passes at once. */
const deps = {
  sleep: () => Promise.resolve(),
  onNotice: () => assert.fail("nothing is to be said"),
};
/** Where it passes only for whoever does not wait any more. */
const patient = {
  ...deps,
  sleep: (_: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) =>
      signal?.addEventListener("abort", () => resolve())
    ),
};

Deno.test("a command that ends by itself is let go", async () => {
  for (
    const end of [{ kind: "status", status: 7 }, { kind: "unknown" }] as const
  ) {
    const { told, session, guard, finish } = parts();
    finish(end);
    assert.deepEqual(await joinGuard(session, guard, deps).exit, end);
    assert.deepEqual(told, ["release"]);
  }
});

Deno.test("a status that its watchdog has not lived to see is none", async () => {
  const loss = new PortholeError("status_unknown", "Cannot determine it");
  for (
    const end of [{ kind: "status", status: 0 }, { kind: "unknown" }] as const
  ) {
    const { told, session, guard, finish } = parts({ loss });
    finish(end);
    assert.deepEqual(await joinGuard(session, guard, deps).exit, {
      kind: "failed",
      error: loss,
    });
    assert.deepEqual(told, ["release"]);
  }
});

Deno.test("what a session that failed has left is ended", async () => {
  const { told, session, guard, finish } = parts();
  const error = new PortholeError("session_lost", "Cannot go on");
  finish({ kind: "failed", error });
  await joinGuard(session, guard, deps).exit;
  assert.deepEqual(told, ["close"]);
});

Deno.test("the watchdog ends the command that is to end, and its session ends with it", async () => {
  const { told, session, guard } = parts({ heeds: true });
  const joined = joinGuard(session, guard, patient);
  await joined.end();
  assert.deepEqual(await joined.exit, { kind: "status", status: 143 });
  assert.deepEqual(told, ["end", "close"]);
});

Deno.test("a command that does not heed it loses its session, at once when told twice", async () => {
  const { told, session, guard } = parts();
  const joined = joinGuard(session, guard, deps);
  await Promise.all([joined.end(), joined.end()]);
  await joined.exit;
  assert.deepEqual(told.slice(0, 2), ["end", "session end"]);
  assert.ok(told.includes("close"));
});

Deno.test("without a watchdog the user is told once that the command may go on", async () => {
  const { session } = parts();
  const notices: string[] = [];
  const joined = joinGuard(session, undefined, {
    ...deps,
    onNotice: (text) => notices.push(text),
  });
  await joined.end();
  await joined.end();
  assert.equal(notices.length, 1);
  assert.match(notices[0] ?? "", /no sh, .* may keep running/);
});
