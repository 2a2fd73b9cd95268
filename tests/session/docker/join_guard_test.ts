import assert from "node:assert/strict";
import { PortholeError } from "../../../src/errors.ts";
import { joinGuard } from "../../../src/session/docker/join_guard.ts";
import type { ExecGuard } from "../../../src/session/docker/watchdog.ts";
import type {
  AttachedSession,
  SessionEnd,
} from "../../../src/session/session.ts";

/** A session and a watchdog that write down what they are told. */
function parts() {
  const told: string[] = [];
  const tell = (word: string) => () => {
    told.push(word);
    return Promise.resolve();
  };
  const exit = Promise.withResolvers<SessionEnd>();
  const session: AttachedSession = {
    kind: "attached",
    exit: exit.promise,
    end() {
      exit.resolve({ kind: "unknown" });
      return tell("session end")();
    },
  };
  const guard: ExecGuard = {
    wrap: (words) => words,
    end: tell("end"),
    release: tell("release"),
    close: tell("close"),
  };
  return { told, session, guard, finish: exit.resolve };
}

const noNotice = () => assert.fail("nothing is to be said");

Deno.test("a command that ends by itself is let go", async () => {
  for (
    const end of [{ kind: "status", status: 7 }, { kind: "unknown" }] as const
  ) {
    const { told, session, guard, finish } = parts();
    finish(end);
    assert.deepEqual(await joinGuard(session, guard, noNotice).exit, end);
    assert.deepEqual(told, ["release"]);
  }
});

Deno.test("what a session that failed has left is ended", async () => {
  const { told, session, guard, finish } = parts();
  const error = new PortholeError("session_lost", "Cannot go on");
  finish({ kind: "failed", error });
  await joinGuard(session, guard, noNotice).exit;
  assert.deepEqual(told, ["close"]);
});

Deno.test("the watchdog ends the command that is to end", async () => {
  const { told, session, guard } = parts();
  const joined = joinGuard(session, guard, noNotice);
  await joined.end();
  await joined.exit;
  assert.deepEqual(told, ["end", "session end", "close"]);
});

Deno.test("without a watchdog the user is told once that the command may go on", async () => {
  const { session } = parts();
  const notices: string[] = [];
  const joined = joinGuard(session, undefined, (text) => notices.push(text));
  await joined.end();
  await joined.end();
  assert.equal(notices.length, 1);
  assert.match(notices[0] ?? "", /no sh .* may go on running/);
});
