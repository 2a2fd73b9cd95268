import assert from "node:assert/strict";
import type { SessionGrant } from "../../src/access/access.ts";
import type { Deps } from "../../src/deps.ts";
import { openGranted } from "../../src/exec/open_granted.ts";
import { startDeadline } from "../../src/limits/start_deadline.ts";
import type { Session } from "../../src/session/session.ts";

const GRANT = { sessionId: "s-1" } as SessionGrant;

/** Opens a session, with a deadline that `expire` ends. */
function open(
  request: (isOver: () => boolean) => Promise<SessionGrant>,
  join: (grant: SessionGrant) => Promise<Session>,
) {
  const done: string[] = [];
  let expire = () => {};
  const deadline = startDeadline(1, {
    sleep: () => new Promise((resolve) => expire = resolve),
  });
  const opened = openGranted(request, join, {
    access: {
      terminateSession: (id) => Promise.resolve(void done.push(`end ${id}`)),
    },
    deps: { sleep: () => new Promise(() => {}) } as unknown as Deps,
    deadline,
    cancellation: {
      orCancelled: (work: Promise<unknown>) => work,
      isCancelled: () => false,
    } as never,
  });
  return { opened, done, expire: () => expire() };
}

const stream = { kind: "stream" } as Session;

Deno.test("a session that was granted and joined is handed over, and left open", async () => {
  const { opened, done } = open(
    () => Promise.resolve(GRANT),
    () => Promise.resolve(stream),
  );
  assert.equal(await opened, stream);
  assert.deepEqual(done, []);
});

Deno.test("a session that was granted and could not be joined is ended at AWS", async () => {
  const { opened, done } = open(
    () => Promise.resolve(GRANT),
    () => Promise.reject(new Error("no way")),
  );
  await assert.rejects(opened, { message: "no way" });
  assert.deepEqual(done, ["end s-1"]);
});

Deno.test("the end of a session is waited for: a process that exits first would not have asked for it", async () => {
  const ended = Promise.withResolvers<void>();
  const steps: string[] = [];
  const opened = openGranted(
    () => Promise.resolve(GRANT),
    () => Promise.reject(new Error("no way")),
    {
      access: { terminateSession: () => ended.promise },
      deps: { sleep: () => new Promise(() => {}) } as unknown as Deps,
      deadline: startDeadline(0, { sleep: () => Promise.resolve() }),
      cancellation: {
        orCancelled: (work: Promise<unknown>) => work,
        isCancelled: () => false,
      } as never,
    },
  ).catch(() => void steps.push("left"));
  await new Promise((resolve) => setTimeout(resolve));
  steps.push("ended");
  ended.resolve();
  await opened;
  assert.deepEqual(steps, ["ended", "left"]);
});

Deno.test("a refused session has nothing to be ended", async () => {
  const { opened, done } = open(
    () => Promise.reject(new Error("refused")),
    () => Promise.reject(new Error("not expected")),
  );
  await assert.rejects(opened, { message: "refused" });
  assert.deepEqual(done, []);
});

Deno.test("a session that is granted when its time is over is not joined, and ended", async () => {
  const granting = Promise.withResolvers<SessionGrant>();
  let joined = false;
  const { opened, done, expire } = open(() => granting.promise, () => {
    joined = true;
    return Promise.resolve(stream);
  });
  expire();
  const failed = assert.rejects(opened);
  granting.resolve(GRANT);
  await failed;
  assert.deepEqual([joined, done], [false, ["end s-1"]]);
});

Deno.test("a program that joined and is not through in time is ended, and gives the terminal back first", async () => {
  const steps: string[] = [];
  const exit = Promise.withResolvers<{ kind: "unknown" }>();
  const session = {
    kind: "attached",
    opened: new Promise(() => {}),
    exit: exit.promise.then(() => steps.push("restored")),
    end: () => {
      steps.push("end");
      setTimeout(() => exit.resolve({ kind: "unknown" }));
      return Promise.resolve();
    },
  } as unknown as Session;
  const joined = Promise.withResolvers<void>();
  const { opened, done, expire } = open(() => Promise.resolve(GRANT), () => {
    joined.resolve();
    return Promise.resolve(session);
  });
  await joined.promise;
  await Promise.resolve();
  expire();
  await opened.catch(() => steps.push("told"));
  assert.deepEqual([steps, done], [["end", "restored", "told"], []]);
});

Deno.test("a program that joins when the time is over is ended, though nobody waits for it any more", async () => {
  const joining = Promise.withResolvers<Session>();
  const asked = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const { opened, done, expire } = open(() => Promise.resolve(GRANT), () => {
    asked.resolve();
    return joining.promise;
  });
  await asked.promise;
  expire();
  await assert.rejects(opened);
  assert.deepEqual(done, ["end s-1"]);
  joining.resolve({
    kind: "attached",
    opened: new Promise(() => {}),
    exit: new Promise(() => {}),
    end: () => Promise.resolve(ended.resolve()),
  } as unknown as Session);
  await ended.promise;
});
