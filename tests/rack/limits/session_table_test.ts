import assert from "node:assert/strict";
import {
  createSessionTable,
  type SessionRights,
} from "../../../src/rack/limits/session_table.ts";

const MINUTE = 60_000;

function rightsOf(
  id: string,
  more: Partial<SessionRights> = {},
): SessionRights {
  return {
    caller: { id, name: "same", address: "1.1.1.1" },
    app: "prod",
    service: "web",
    isRun: false,
    ...more,
  };
}

function start(isDone: () => boolean = () => true) {
  const clock = { time: 0 };
  const ended: string[] = [];
  const table = createSessionTable({
    now: () => new Date(clock.time),
    perUser: 2,
    inAll: 3,
    maxSessionMs: 60 * MINUTE,
    terminate: ({ caller }, sessionId, reason) => {
      ended.push(`${caller.id} ${sessionId} ${reason}`);
      return Promise.resolve(isDone());
    },
  });
  return { table, clock, ended };
}

Deno.test("so many sessions a user, so many in all; what is over leaves room", () => {
  const { table } = start();
  const [first] = [table.open(rightsOf("ann")), table.open(rightsOf("ann"))];
  const refusal = (id: string) => {
    try {
      table.open(rightsOf(id));
    } catch (error) {
      return (error as Error).message;
    }
    return undefined;
  };
  assert.equal(refusal("ann"), "too many sessions (2)");
  const third = table.open(rightsOf("bob"));
  assert.equal(refusal("cat"), "too many sessions (3)");
  first.release();
  first.release();
  assert.equal(table.relays(), 2);
  table.open(rightsOf("ann"));
  third.release();
  table.drain();
  assert.equal(refusal("bob"), "the rack is restarting, try again");
});

Deno.test("what was handed off counts until its end is told, or AWS would have ended it", () => {
  const { table, clock } = start();
  table.open(rightsOf("ann")).handOff({ sessionId: "s1" });
  table.open(rightsOf("ann")).handOff({ sessionId: "s2" });
  assert.throws(() => table.open(rightsOf("ann")));
  table.forget("s1");
  table.open(rightsOf("ann")).release();
  clock.time += 20 * MINUTE;
  const [one, two] = [table.open(rightsOf("ann")), table.open(rightsOf("ann"))];
  one.release();
  two.release();
  assert.equal(table.relays(), 0);
});

Deno.test("a share that was given back is not handed off; an end that is under way is not asked for again", () => {
  const { table, ended } = start(() => false);
  const slot = table.open(rightsOf("ann"));
  slot.release();
  slot.handOff({ sessionId: "s1" });
  table.open(rightsOf("ann")).handOff({ sessionId: "s2" });
  table.judge(() => false);
  table.judge(() => false);
  assert.deepEqual(ended, ["ann s2 revoked"]);
});

Deno.test("what is no longer allowed or too old ends: relays by their signal, hand-offs on AWS's side", async () => {
  let isDone = false;
  const { table, clock, ended } = start(() => isDone);
  const relay = table.open(rightsOf("ann"));
  table.open(rightsOf("ann")).handOff({ sessionId: "s1" });
  table.adopt(rightsOf("bob"), "s2", new Date(-50 * MINUTE));
  table.judge(() => true);
  assert.deepEqual(ended, []);
  table.judge(({ caller }) => caller.id !== "ann");
  assert.equal(relay.ended.reason, "revoked");
  assert.deepEqual(ended, ["ann s1 revoked"]);
  await Promise.resolve();
  // AWS did not end it: the next look tries again.
  isDone = true;
  table.judge(({ caller }) => caller.id !== "ann");
  await Promise.resolve();
  table.judge(({ caller }) => caller.id !== "ann");
  assert.deepEqual(ended, ["ann s1 revoked", "ann s1 revoked"]);
  clock.time += 10 * MINUTE;
  table.judge(() => true);
  assert.equal(ended.at(-1), "bob s2 max_session");
  relay.release();
  const old = table.open(rightsOf("cat"));
  clock.time += 60 * MINUTE;
  table.judge(() => true);
  assert.equal(old.ended.reason, "max_session");
});

Deno.test("the end of all relays is waited for", async () => {
  const { table } = start();
  const slots = [table.open(rightsOf("ann")), table.open(rightsOf("bob"))];
  let isOver = false;
  const over = table.endRelays().then(() => isOver = true);
  assert.deepEqual(slots.map(({ ended }) => ended.reason), [
    "restart",
    "restart",
  ]);
  slots[0]!.release();
  await Promise.resolve();
  assert.equal(isOver, false);
  slots[1]!.release();
  await over;
  await table.endRelays();
});
