import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  createSendWindow,
  type SendWindow,
} from "../../../src/session/channel/send_window.ts";

/** Sends frames at `now`; each frame is the text of its number. */
function send(window: SendWindow, count: number, now: number): void {
  for (let index = 0; index < count; index++) {
    const sequence = window.nextSequence();
    window.add(sequence, Buffer.from(String(sequence)), now);
  }
}

const textsOf = (frames: readonly Uint8Array[]) =>
  frames.map((frame) => Buffer.from(frame).toString());

Deno.test("numbers are given one after the other from 0", () => {
  const window = createSendWindow();
  assert.deepEqual([window.nextSequence(), window.nextSequence()], [0, 1]);
});

Deno.test("the window holds 64 frames at first and grows with each acknowledgement to 512", () => {
  const window = createSendWindow();
  send(window, 63, 0);
  assert.ok(window.hasRoom());
  send(window, 1, 0);
  assert.ok(!window.hasRoom());
  window.acknowledge(0, 1);
  send(window, 1, 1);
  assert.ok(window.hasRoom(), "65 fit now");
  for (let sequence = 1; sequence < 2000; sequence++) {
    if (window.hasRoom()) send(window, 1, sequence);
    window.acknowledge(sequence, sequence);
  }
  const full = createSendWindow();
  send(full, 1000, 0);
  for (let sequence = 0; sequence < 500; sequence++) {
    full.acknowledge(sequence, 0);
  }
  assert.ok(full.hasRoom());
  send(full, 11, 0);
  assert.ok(full.hasRoom());
  send(full, 1, 0);
  assert.ok(!full.hasRoom(), "512 under way");
});

Deno.test("a frame's buffer is used again once it is acknowledged, and not before", () => {
  const window = createSendWindow();
  const add = (now: number) => {
    const buffer = window.takeBuffer(1_000);
    window.add(window.nextSequence(), buffer.subarray(0, 1_000), now);
    return buffer.buffer;
  };
  const [first, second] = [add(0), add(0)];
  assert.notEqual(first, second);
  window.expireAll(1);
  assert.equal(window.takeDue(1).length, 2);
  assert.ok(![first, second].includes(add(1)), "both may still be sent again");
  window.acknowledge(1, 2);
  window.acknowledge(1, 2);
  assert.equal(add(2), second);
  assert.ok(![first, second].includes(add(2)), "it was free once");
  window.acknowledge(0, 3);
  assert.ok(window.takeBuffer(5_000).length >= 5_000, "a long one has its own");
  assert.equal(add(3), first);
});

Deno.test("an acknowledgement that nobody waits for changes nothing", () => {
  const window = createSendWindow();
  send(window, 64, 0);
  for (const sequence of [-1, 64, 1e12, NaN]) window.acknowledge(sequence, 1);
  assert.ok(!window.hasRoom());
  window.acknowledge(5, 1);
  window.acknowledge(5, 1);
  send(window, 2, 1);
  assert.ok(!window.hasRoom(), "the second one did not count");
});

Deno.test("what is overdue and was overtaken goes out again, and nothing else", () => {
  const window = createSendWindow();
  send(window, 3, 0);
  send(window, 2, 50);
  send(window, 1, 50);
  window.acknowledge(4, 60);
  // The first measured round trip moved only the timeout of what is sent from now on.
  assert.equal(window.nextDue(), 200);
  assert.deepEqual(window.takeDue(199), []);
  assert.deepEqual(textsOf(window.takeDue(200)), ["0", "1", "2"]);
  assert.deepEqual(textsOf(window.takeDue(250)), ["3"], "5 was not overtaken");
});

Deno.test("what was not overtaken waits for the oldest: an agent that is slow is not flooded", () => {
  const window = createSendWindow();
  send(window, 10, 0);
  for (let round = 0; round < 5; round++) {
    const now = window.nextDue() ?? NaN;
    assert.deepEqual(textsOf(window.takeDue(now)), ["0"]);
  }
  assert.deepEqual(textsOf(window.acknowledge(0, 9000).again), ["1", "2"]);
  assert.deepEqual(textsOf(window.takeDue(9000)), []);
  assert.equal(window.nextDue(), 9400);
});

Deno.test("a lost window comes back in a few round trips, each twice as large", () => {
  const window = createSendWindow();
  send(window, 64, 0);
  let sent = textsOf(window.takeDue(200));
  const sizes: number[] = [];
  for (let now = 250; sent.length > 0; now += 50) {
    sizes.push(sent.length);
    // All that went out arrives, and is acknowledged after a round trip.
    sent = sent.flatMap((text) =>
      textsOf(window.acknowledge(Number(text), now).again)
    );
  }
  assert.deepEqual(sizes, [1, 2, 4, 8, 16, 32, 1]);
  assert.ok(window.isEmpty());
});

Deno.test("an agent that is slow gets two copies for each frame that it takes, and no more", () => {
  const window = createSendWindow();
  send(window, 64, 0);
  let copies = 0;
  let next = 0;
  for (let now = 0; next < 64; now += 10) {
    copies += window.takeDue(now).length;
    // It takes three frames a second, the first copies of all.
    if (now % 330 === 0) {
      copies += window.acknowledge(next++, now).again.length;
    }
  }
  assert.ok(copies <= 2 * 64 + 64, `${copies} copies`);
});

Deno.test("what went out after the copy that arrived is not taken for lost", () => {
  const window = createSendWindow();
  send(window, 1, 0);
  assert.deepEqual(textsOf(window.takeDue(200)), ["0"]);
  send(window, 5, 201);
  assert.deepEqual(window.acknowledge(0, 1000).again, []);
});

Deno.test("only the first acknowledgement of a frame is news", () => {
  const window = createSendWindow();
  send(window, 2, 0);
  assert.ok(window.acknowledge(0, 1).isNew);
  for (const sequence of [0, 2, -1, NaN]) {
    assert.deepEqual(window.acknowledge(sequence, 2), {
      isNew: false,
      again: [],
    });
  }
});

Deno.test("each resend waits twice as long, up to a second", () => {
  const window = createSendWindow();
  send(window, 1, 0);
  const waits: number[] = [];
  for (let round = 0, now = 0; round < 6; round++) {
    const due = window.nextDue() ?? NaN;
    waits.push(due - now);
    now = due;
    assert.equal(window.takeDue(now).length, 1);
  }
  assert.deepEqual(waits, [200, 400, 800, 1000, 1000, 1000]);
});

Deno.test("a fast line waits ever longer too: an agent that is stuck is not flooded", () => {
  const window = createSendWindow();
  for (let now = 0; now < 1000; now++) {
    send(window, 1, now);
    window.acknowledge(now, now);
  }
  send(window, 1, 1000);
  assert.ok((window.nextDue() ?? NaN) - 1000 < 15);
  let now = 1000;
  for (let round = 0; round < 12; round++) {
    now = window.nextDue() ?? NaN;
    window.takeDue(now);
  }
  assert.equal(window.nextDue(), now + 1000);
});

Deno.test("a frame sent twice measures nothing (Karn)", () => {
  const window = createSendWindow();
  send(window, 1, 0);
  window.takeDue(200);
  window.acknowledge(0, 201);
  send(window, 1, 1000);
  assert.equal(window.nextDue(), 1200, "the timeout is still the first one");
});

Deno.test("a loss halves the window, but never below its first size", () => {
  const window = createSendWindow();
  send(window, 1000, 0);
  for (let sequence = 0; sequence < 600; sequence++) {
    window.acknowledge(sequence, 0);
  }
  // 400 under way in a window of 512: a loss makes it 256.
  assert.ok(window.hasRoom());
  window.takeDue(10_000);
  assert.ok(!window.hasRoom());
  for (let sequence = 600; sequence < 745; sequence++) {
    window.acknowledge(sequence, 10_000);
  }
  assert.ok(window.hasRoom(), "255 under way");
  const small = createSendWindow();
  send(small, 63, 0);
  small.takeDue(10_000);
  assert.ok(small.hasRoom());
});

Deno.test("after a reconnection every frame is due at once, in order", () => {
  const window = createSendWindow();
  send(window, 5, 0);
  window.takeDue(200);
  window.takeDue(600);
  window.acknowledge(2, 601);
  window.takeDue(5000);
  window.expireAll(6000);
  assert.equal(window.nextDue(), 6000);
  assert.deepEqual(textsOf(window.takeDue(6000)), ["0", "1", "3", "4"]);
});

Deno.test("nothing is due in an empty window", () => {
  const window = createSendWindow();
  assert.ok(window.isEmpty());
  assert.equal(window.nextDue(), undefined);
  window.expireAll(0);
  assert.deepEqual(window.takeDue(Infinity), []);
});
