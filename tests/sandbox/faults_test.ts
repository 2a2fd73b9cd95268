import assert from "node:assert/strict";
import { makeFaultyLink } from "./link_faults.ts";
import { seedRandom } from "./seeded_random.ts";
import type { MalformedFrame } from "./sandbox_options.ts";
import { withSession } from "./with_session.ts";

const none = { loss: 0, duplicate: 0, reorder: 0, delayMs: 0 };
const counting =
  "sh -c 'stty -echo -opost; i=0; while [ $i -lt 30 ]; do echo $i; i=$((i+1)); sleep 0.004; done; printf END'";
const counted = Array.from({ length: 30 }, (_, i) => `${i}\n`).join("") + "END";

Deno.test("the same seed gives the same faults, at about the rates asked for", () => {
  const run = (seed: number) => {
    const passed: number[] = [];
    const link = makeFaultyLink<number>(
      { ...none, loss: 0.2, duplicate: 0.1 },
      seedRandom(seed, "link"),
      (frame) => passed.push(frame),
    );
    for (let i = 0; i < 5000; i++) link.pass(i);
    link.close();
    return passed;
  };
  assert.deepEqual(run(7), run(7));
  assert.notDeepEqual(run(7), run(8));
  const passed = run(7);
  const lost = 5000 - new Set(passed).size;
  const doubled = passed.length - new Set(passed).size;
  assert.ok(lost > 900 && lost < 1100, `${lost} lost`);
  assert.ok(doubled > 330 && doubled < 470, `${doubled} doubled`);
});

Deno.test("a reordered frame is overtaken by the next one, or goes on alone", async () => {
  const passed: number[] = [];
  const done = Promise.withResolvers<void>();
  const link = makeFaultyLink<number>(
    { ...none, reorder: 1 },
    () => 0.5,
    (frame) => {
      passed.push(frame);
      if (passed.length === 3) done.resolve();
    },
  );
  for (const frame of [1, 2, 3]) link.pass(frame);
  await done.promise;
  assert.deepEqual(passed, [2, 1, 3]);
  link.close();
});

for (
  const [name, fault] of Object.entries({
    loss: { loss: 0.15 },
    duplication: { duplicate: 0.3 },
    reordering: { reorder: 0.3 },
    delay: { delayMs: 20 },
    "overlooked acknowledgements": { ignoredAcks: 0.3 },
    "all of it": { loss: 0.05, duplicate: 0.1, reorder: 0.1, delayMs: 5 },
  })
) {
  Deno.test(`a client that acknowledges and orders gets everything in spite of ${name}`, () =>
    withSession(counting, async (client) => {
      assert.equal(await client.closed(), "");
      assert.equal(client.output().toString(), counted);
    }, { seed: 3, ...fault }));
}

Deno.test("when the last frames are lost for good, nothing says so but the missing end", () =>
  withSession(
    "sh -c 'stty -echo; printf a; sleep 0.02; printf END'",
    async (client) => {
      assert.equal(await client.closed(), "");
      assert.equal(client.output().length, 0);
    },
    { loss: 1, giveUpMs: 150 },
  ));

for (
  const kind of [
    "digest",
    "length",
    "header-length",
    "short",
    "text",
  ] as const satisfies readonly MalformedFrame["kind"][]
) {
  Deno.test(`a malformed frame is sent before a good one: ${kind}`, () =>
    withSession("sh -c 'printf a; sleep 0.02; printf b'", async (client) => {
      await client.closed();
      // The test's client drops what it cannot read.
      assert.equal(client.output().toString(), "ab");
      assert.equal(client.broken(), 1);
    }, { malformed: { kind, beforeFrame: 1 } }));
}

Deno.test("a task that stops in mid-session", () =>
  withSession("sleep 60", async (_client, sandbox) => {
    await sandbox.waitFor((one) =>
      one.sessions()[0]?.state === "closed" &&
      one.events().some((event) => event.kind === "exited")
    );
  }, { stopTaskAfterMs: 60 }));

Deno.test("pings come as often as they are asked for", () =>
  withSession("sleep 60", async (client) => {
    await client.waitFor((one) => one.pings() >= 2);
  }, { pingMs: 20 }));
