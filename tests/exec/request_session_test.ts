import assert from "node:assert/strict";
import type { Agent } from "../../src/access/access.ts";
import { type ErrorCode, PortholeError } from "../../src/errors.ts";
import { requestSession } from "../../src/exec/request_session.ts";
import { container, fakeAccess, task } from "../target/fake_access.ts";
import { recordLog } from "./fake_log.ts";

const NOW = 10 * 60_000;

/** Asks for a session of an access that answers so often with `refusals`. */
async function request(
  refusals: readonly ErrorCode[],
  { agent, waitMs = 30_000, isOver = () => false }: {
    readonly agent?: Agent;
    readonly waitMs?: number;
    readonly isOver?: () => boolean;
  } = {},
) {
  const left = [...refusals];
  const { log, said } = recordLog();
  let now = NOW;
  let opens = 0;
  const access = fakeAccess({
    open: () => {
      opens++;
      const code = left.shift();
      return code === undefined
        ? Promise.resolve(
          { grant: { sessionId: "s-1" } } as Awaited<
            ReturnType<ReturnType<typeof fakeAccess>["open"]>
          >,
        )
        : Promise.reject(
          new PortholeError(code, "Cannot exec", { hint: "own" }),
        );
    },
  });
  const held = { ...container("app"), ...(agent && { agent }) };
  const target = {
    cluster: "main",
    task: task("1", { containers: [held] }),
    container: held,
    notes: [],
  };
  const answer = await requestSession(target, "ls", {
    access,
    log,
    waitMs,
    isOver,
    deps: {
      now: () => new Date(now),
      sleep: (ms) => {
        now += ms;
        return Promise.resolve();
      },
    },
  }).catch((error) => error);
  return { answer, opens, said, waitedMs: now - NOW };
}

const young: Agent = {
  status: "RUNNING",
  startedAt: new Date(NOW - 5_000),
};
const old: Agent = { status: "RUNNING", startedAt: new Date(0) };

Deno.test("a session that is granted is asked for once", async () => {
  const { answer, opens, said } = await request([]);
  assert.deepEqual([answer.sessionId, opens, said], ["s-1", 1, []]);
});

Deno.test("a young agent may still be connecting: the session is asked for again, and that is said once", async () => {
  const { answer, opens, said } = await request(
    ["target_not_connected", "target_not_connected"],
    { agent: young },
  );
  assert.deepEqual([answer.sessionId, opens, said.length], ["s-1", 3, 1]);
});

Deno.test("an old agent has one more try", async () => {
  const { answer, opens } = await request(
    ["target_not_connected", "target_not_connected"],
    { agent: old },
  );
  assert.deepEqual([answer.code, opens], ["target_not_connected", 2]);
});

Deno.test("the tries end with the time there is for the agent; 0 sets no end", async () => {
  const refusals = Array(20).fill("target_not_connected");
  const late = await request(refusals, { agent: young, waitMs: 6_000 });
  assert.deepEqual(
    [late.answer.code, late.opens, late.waitedMs],
    ["target_not_connected", 4, 6_000],
  );
  const endless = await request(refusals, { agent: young, waitMs: 0 });
  assert.equal(endless.answer.sessionId, "s-1");
});

Deno.test("nobody asks on once the wait is over", async () => {
  const { answer, opens } = await request(["target_not_connected"], {
    agent: young,
    isOver: () => true,
  });
  assert.deepEqual([answer.code, opens], ["target_not_connected", 1]);
});

Deno.test("any other refusal is told at once, as it is", async () => {
  const { answer, opens } = await request(["access_denied"], { agent: young });
  assert.deepEqual([answer.code, answer.hint, opens], [
    "access_denied",
    "own",
    1,
  ]);
});
