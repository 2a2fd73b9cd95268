import assert from "node:assert/strict";
import { PortholeError } from "../../../src/errors.ts";
import type { DecidedSession } from "../../../src/exec/decide_way.ts";
import { Refusal } from "../../../src/rack/refusal.ts";
import {
  settleServed,
  tellFailure,
  tellRelayed,
} from "../../../src/rack/sessions/tell_end.ts";
import { ProtocolError } from "../../../src/session/rack/v1/protocol.ts";
import type { LeftCommand, SessionEnd } from "../../../src/session/session.ts";
import { recordLog } from "../../exec/fake_log.ts";

const decided = {
  access: { describeTask: () => Promise.resolve({ status: "RUNNING" }) },
  target: { cluster: "prod", task: { id: "1" } },
  way: { route: { kind: "ecs_exec" }, client: { kind: "builtin" } },
  invocation: { noShell: false },
  streams: { interactive: false },
  log: recordLog().log,
} as unknown as DecidedSession;

const deps = { deps: { sleep: () => Promise.resolve() } } as never;

function tell(
  end: SessionEnd | undefined,
  more: {
    readonly reason?: string;
    readonly cancelled?: boolean;
    readonly left?: LeftCommand;
  } = {},
) {
  const ended = new AbortController();
  if (more.reason !== undefined) ended.abort(more.reason);
  return tellRelayed({ end, bytes: { in: 0, out: 0 } }, {
    decided,
    session: { left: () => more.left },
    ended: ended.signal,
    cancelled: more.cancelled ?? false,
  }, deps);
}

const status = (status: number): SessionEnd => ({ kind: "status", status });
const failed: SessionEnd = {
  kind: "failed",
  error: new PortholeError("session_lost", "Cannot continue: cut"),
};

Deno.test("only a command's own status is one", async () => {
  assert.deepEqual(await tell(status(0)), { kind: "status", status: 0 });
  assert.deepEqual(await tell(status(137)), { kind: "status", status: 137 });
  assert.deepEqual(await tell(undefined), { kind: "unseen" });
  assert.deepEqual(await tell({ kind: "unknown" }), { kind: "unknown" });
  const lost = await tell(failed);
  assert.equal(lost.kind === "error" && lost.code, "session_lost");
});

Deno.test("a session that the rack has ended has no status, whatever came of it", async () => {
  for (
    const [reason, why] of [
      ["revoked", "its token does not allow it any more"],
      ["max_session", "it has lasted as long as the rack allows"],
      ["restart", "the rack is restarting"],
    ] as const
  ) {
    for (const end of [status(0), undefined, failed]) {
      const word = await tell(end, { reason });
      assert.equal(word.kind === "error" && word.code, "session_lost");
      assert.ok(word.kind === "error" && word.message.includes(why));
    }
  }
});

Deno.test("a cancelled command that may go on running was not seen to end; one that is over has failed", async () => {
  const left = { pid: 7 };
  assert.deepEqual(await tell(failed, { cancelled: true, left }), {
    kind: "unseen",
  });
  assert.equal((await tell(failed, { cancelled: true })).kind, "error");
  assert.equal((await tell(failed, { left })).kind, "error");
});

Deno.test("what never began is told by who refused it; only a 503 may be tried again", () => {
  for (
    const [error, code, message, retry] of [
      [new Refusal(429, "too many"), "rack_refused", "too many", false],
      [new Refusal(503, "later"), "rack_refused", "later", true],
      [
        new ProtocolError("a text came"),
        "session_refused",
        "Cannot go on: a text came",
        false,
      ],
      [
        new PortholeError("task_stopped", "Cannot exec: gone", { hint: "new" }),
        "task_stopped",
        "Cannot exec: gone",
        false,
      ],
      [new Error("odd"), "internal", "Cannot continue: odd", false],
    ] as const
  ) {
    const word = tellFailure(error);
    assert.deepEqual(
      [word.code, word.message, word.retry],
      [code, message, retry],
    );
  }
  assert.equal(tellFailure(new Refusal(400, "no", "so")).hint, "so");
});

Deno.test("a failure behind the rack's own end is that end", async () => {
  const ended = new AbortController();
  const serving = () => Promise.reject(new Error("cut"));
  const { word } = await settleServed(serving(), { ended: ended.signal });
  assert.equal(word?.kind === "error" && word.code, "internal");
  ended.abort("revoked");
  const { word: after } = await settleServed(serving(), {
    ended: ended.signal,
  });
  assert.equal(after?.kind === "error" && after.code, "session_lost");
});
