import assert from "node:assert/strict";
import type { AuditEntry } from "../../../src/rack/audit_entry.ts";
import { watchUsers } from "../../../src/rack/users/watch_users.ts";
import { recordLog } from "../../exec/fake_log.ts";
import { createTestUser } from "../start_rack.ts";

Deno.test("the last list that could be read counts for 60 s, then none does", async () => {
  const { user } = createTestUser("ann", ["exec:*/*"]);
  let time = 1_000_000;
  let readable = true;
  const written: AuditEntry[] = [];
  const over = new AbortController();
  const wakes: (() => void)[] = [];
  let looks = 0;
  const { log, said } = recordLog();
  const watch = await watchUsers({
    store: {
      read: () =>
        readable
          ? Promise.resolve({ users: [user], unreadable: ["odd"] })
          : Promise.reject(new Error("no answer")),
      add: () => Promise.reject(),
      remove: () => Promise.reject(),
    },
    audit: {
      write: (entry) => {
        written.push(entry);
        return Promise.resolve();
      },
    },
    log,
    signal: over.signal,
    now: () => new Date(time),
    sleep: (ms, signal) => {
      assert.equal(ms, 15_000);
      return new Promise((resolve) => {
        wakes.push(resolve);
        signal?.addEventListener("abort", () => resolve());
      });
    },
  });
  const pass = async () => {
    time += 15_000;
    const before = looks;
    wakes.shift()?.();
    for (let turn = 0; looks === before; turn++) {
      assert.ok(turn < 100, "nobody hears of the look");
      await Promise.resolve();
    }
  };
  watch.onLook(() => looks++);
  assert.equal(watch.current()?.get("ann"), user);
  readable = false;
  for (let at = 0; at < 4; at++) {
    await pass();
    assert.equal(watch.current()?.size, 1);
  }
  await pass();
  assert.equal(watch.current(), undefined);
  readable = true;
  await pass();
  assert.equal(watch.current()?.size, 1);
  over.abort();
  // Who cannot be read is told once, and not each time.
  assert.equal(
    said.filter((line) => line.startsWith("warn: Cannot read 1 users")).length,
    1,
  );
  assert.deepEqual(
    written.map(({ event, count, error }) => [event, count, error]),
    [["users", 1, "cannot be read, and are refused: odd"]],
  );
  assert.ok(said.includes("warn: no answer"));
});
