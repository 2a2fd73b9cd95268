import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  type ChannelEnd,
  openDataChannel,
} from "../../../src/session/channel/data_channel.ts";
import { CLIENT_VERSION } from "../../../src/session/channel/handshake.ts";
import {
  MalformedMessage,
  PayloadType,
} from "../../../src/session/channel/message.ts";
import { ConnectFailure } from "../../../src/session/channel/connect_failure.ts";
import { encodeMessage } from "../../sandbox/message_codec.ts";
import { type FakeClock, startFakeClock } from "./fake_clock.ts";
import {
  acknowledgedBy,
  acknowledgeFrame,
  closedFrame,
  createFakeLine,
  type FakeLine,
  inputOn,
  type LineOptions,
  type OpenChannel,
  outputFrame,
} from "./fake_line.ts";

const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
const bytes = (text: string) => Buffer.from(text);

/** Runs a test against an open channel; no timer may be left when it has ended. */
function test(
  name: string,
  body: (line: FakeLine, open: OpenChannel, clock: FakeClock) => Promise<void>,
  options: LineOptions = {},
): void {
  Deno.test(name, async () => {
    using clock = startFakeClock();
    const line = createFakeLine(clock, options);
    const open = await line.open();
    await body(line, open, clock);
    open.channel.close();
    await clock.advance(60_000);
    assert.equal(clock.running(), 0, "timers that would keep us alive");
  });
}

function reasonOf(end: ChannelEnd | undefined): unknown {
  assert.equal(end?.kind, "lost");
  return end?.kind === "lost" ? end.reason : undefined;
}

// --- the first frame

test("the first frame carries the token and says who we are", async (line) => {
  const [text = ""] = line.current().texts;
  const { RequestId, ClientId, ...rest } = JSON.parse(text);
  assert.deepEqual(rest, {
    MessageSchemaVersion: "1.0",
    TokenValue: "token-1",
    ClientVersion: CLIENT_VERSION,
  });
  assert.match(RequestId, UUID);
  assert.match(ClientId, UUID);
  assert.equal(line.current().texts.length, 1);
  assert.equal(line.current().pings, 1, "a ping at once");
  await Promise.resolve();
});

// --- receiving

test(
  "output comes in order, each message acknowledged as AWS's client does",
  async (line, open) => {
    const agent = line.current();
    agent.deliver(outputFrame(0, "a", { flags: 1 }));
    agent.deliver(outputFrame(2, "c"));
    assert.equal(open.output(), "a");
    agent.deliver(outputFrame(1, "b"));
    assert.equal(open.output(), "abc");
    assert.deepEqual(acknowledgedBy(agent), [0, 2, 1]);
    const [first] = agent.messages;
    assert.equal(first?.flags, 3);
    assert.equal(first?.sequenceNumber, 0);
    assert.equal(first?.payloadType, 0);
    await Promise.resolve();
  },
);

test("an acknowledgement names the message it answers", async (line) => {
  const messageId = "00112233-4455-4677-8899-aabbccddeeff";
  line.current().deliver(outputFrame(0, "a", { messageId }));
  const [acknowledgement] = line.current().messages;
  assert.notEqual(acknowledgement?.messageId, messageId);
  assert.deepEqual(JSON.parse(acknowledgement?.payload.toString() ?? ""), {
    AcknowledgedMessageType: "output_stream_data",
    AcknowledgedMessageId: messageId,
    AcknowledgedMessageSequenceNumber: 0,
    IsSequentialMessage: true,
  });
  await Promise.resolve();
});

test(
  "a duplicate is acknowledged again and written once",
  async (line, open) => {
    const agent = line.current();
    for (const _ of [1, 2, 3]) agent.deliver(outputFrame(0, "once"));
    assert.equal(open.output(), "once");
    assert.deepEqual(acknowledgedBy(agent), [0, 0, 0]);
    await Promise.resolve();
  },
);

test("messages that need no answer get none", async (line, open) => {
  const agent = line.current();
  for (
    const messageType of [
      "start_publication",
      "pause_publication",
      "of_another_time",
    ]
  ) {
    agent.deliver(encodeMessage({ messageType, payload: bytes("{}") }).frame);
  }
  agent.deliver(outputFrame(0, "x", { payloadType: 99 }));
  assert.equal(open.output(), "");
  assert.deepEqual(acknowledgedBy(agent), [0], "a stream message counts");
  assert.equal(open.end(), undefined);
  await Promise.resolve();
});

for (
  const [name, frame] of [
    ["a short frame", new Uint8Array(5)],
    ["a wrong digest", damage(outputFrame(0, "x"))],
    ["a text", '{"hello":1}'],
    [
      "an acknowledgement of nothing",
      encodeMessage({ messageType: "acknowledge", payload: bytes("{}") }).frame,
    ],
    [
      "an acknowledgement that is no JSON",
      encodeMessage({ messageType: "acknowledge", payload: bytes("x") }).frame,
    ],
    ["a closing that is no JSON", closedFrame("x")],
    ["a closing that is null", closedFrame("null")],
    [
      "a handshake that is no JSON",
      outputFrame(0, "x", { payloadType: PayloadType.handshakeRequest }),
    ],
    [
      "a challenge before a key",
      outputFrame(0, "{}", { payloadType: PayloadType.challengeRequest }),
    ],
  ] as const
) {
  test(
    `${name} ends the session with the reason`,
    async (line, open, clock) => {
      line.current().deliver(frame);
      await clock.advance(0);
      assert.ok(reasonOf(open.end()) instanceof MalformedMessage);
      assert.ok(line.current().closed);
      assert.equal(line.connections.length, 1, "nothing is dialled again");
    },
  );
}

function damage(frame: Uint8Array): Uint8Array {
  const damaged = Uint8Array.from(frame);
  damaged[100]! ^= 1;
  return damaged;
}

for (
  const [payload, text] of [
    ['{"Output":""}', ""],
    ["{}", ""],
    ["", ""],
    ['{"Output":null}', ""],
    ['{"Output":"----ERROR----\\nno"}', "----ERROR----\nno"],
  ] as const
) {
  test(
    `channel_closed with ${payload} is an end with ${JSON.stringify(text)}`,
    async (line, open, clock) => {
      line.current().deliver(outputFrame(0, "last"));
      line.current().deliver(closedFrame(payload));
      await clock.advance(0);
      assert.deepEqual(open.end(), { kind: "closed", text });
      assert.equal(open.output(), "last");
      assert.ok(line.current().closed);
    },
  );
}

test(
  "a close while output is missing is a loss and no good end",
  async (line, open, clock) => {
    line.current().deliver(outputFrame(0, "a"));
    line.current().deliver(outputFrame(2, "c"));
    line.current().deliver(closedFrame('{"Output":""}'));
    await clock.advance(0);
    assert.match(String(reasonOf(open.end())), /output/);
  },
);

test("what comes after the end is ignored", async (line, open, clock) => {
  const agent = line.current();
  agent.deliver(closedFrame(""));
  agent.deliver(outputFrame(0, "late"));
  agent.drop("gone");
  open.channel.send(PayloadType.output, bytes("late"));
  await open.channel.write(bytes("late"));
  await clock.advance(60_000);
  assert.equal(open.output(), "");
  assert.equal(line.connections.length, 1);
  assert.deepEqual(open.end(), { kind: "closed", text: "" });
});

test(
  "each kind of payload reaches who asked for it",
  async (line, open) => {
    const agent = line.current();
    const kinds = [
      [PayloadType.stderr, "err"],
      [PayloadType.output, "out"],
      [PayloadType.exitCode, "EXIT_CODE: 3"],
      [PayloadType.flag, "\x00\x00\x00\x02"],
    ] as const;
    for (const [sequence, [payloadType, text]] of kinds.entries()) {
      agent.deliver(outputFrame(sequence, text, { payloadType }));
    }
    assert.equal(open.output(), "out");
    assert.deepEqual(open.others, [
      "stderr:err",
      "exitCode:EXIT_CODE: 3",
      "flag:\x00\x00\x00\x02",
    ]);
    await Promise.resolve();
  },
);

test(
  "what is behind a message that ended the session is not delivered",
  async (line, open, clock) => {
    line.current().deliver(outputFrame(1, "late"));
    line.current().deliver(
      outputFrame(0, "{}", { payloadType: PayloadType.challengeRequest }),
    );
    await clock.advance(0);
    assert.equal(open.end()?.kind, "lost");
    assert.equal(open.output(), "");
  },
);

Deno.test("what is behind a message that its reader closes the channel for is not delivered", async () => {
  using clock = startFakeClock();
  const line = createFakeLine(clock);
  const heard: string[] = [];
  const channel = await openDataChannel("token-1", line.deps, {
    payloads: {
      output(payload) {
        heard.push(Buffer.from(payload).toString());
        channel.close();
      },
    },
    onNotice: () => {},
    onInterruption: () => {},
  });
  line.current().deliver(outputFrame(1, "late"));
  line.current().deliver(outputFrame(0, "last"));
  assert.deepEqual(heard, ["last"]);
});

// --- sending

test("input is numbered from 0 and cut to 1024 bytes", async (line, open) => {
  await open.channel.write(Buffer.alloc(2500, "x"));
  open.channel.send(PayloadType.size, bytes("{}"));
  const sent = line.current().messages;
  assert.deepEqual(
    sent.map((message) => [
      message.messageType,
      message.sequenceNumber,
      message.payloadType,
      message.flags,
      message.payload.length,
    ]),
    [
      ["input_stream_data", 0, 1, 0, 1024],
      ["input_stream_data", 1, 1, 0, 1024],
      ["input_stream_data", 2, 1, 0, 452],
      ["input_stream_data", 3, 3, 0, 2],
    ],
  );
});

test(
  "what is not acknowledged goes out again, the same to the byte",
  async (line, open, clock) => {
    open.channel.send(PayloadType.output, bytes("key"));
    await clock.advance(199);
    assert.equal(line.current().messages.length, 1);
    await clock.advance(50);
    const [first, second] = line.current().messages;
    assert.deepEqual(second, first);
    line.current().deliver(acknowledgeFrame(first!));
    await clock.advance(10_000);
    assert.equal(line.current().messages.length, 2, "and then no more");
  },
);

test(
  "a full window makes the writer wait for acknowledgements",
  async (line, open, clock) => {
    let done = false;
    const writing = open.channel.write(Buffer.alloc(100 * 1024, "x"));
    writing.then(() => done = true);
    await clock.advance(0);
    const agent = line.current();
    assert.equal(agent.messages.length, 64);
    for (let at = 0; at < 100; at++) {
      agent.deliver(acknowledgeFrame(agent.messages[at]!));
      await clock.advance(0);
    }
    await writing;
    assert.ok(done);
    assert.equal(agent.messages.length, 100);
  },
);

test(
  "a writer that waits is released when the session ends",
  async (line, open, clock) => {
    const writing = open.channel.write(Buffer.alloc(100 * 1024));
    await clock.advance(0);
    line.current().deliver(closedFrame(""));
    await writing;
  },
);

test(
  "an agent that acknowledges nothing for an hour is asked once a second",
  async (line, open, clock) => {
    const writing = open.channel.write(Buffer.alloc(100 * 1024));
    for (let minute = 0; minute < 60; minute++) {
      await clock.advance(60_000);
      line.current().pong();
    }
    assert.ok(line.current().messages.length < 64 + 3700);
    assert.equal(line.connections.length, 1);
    open.channel.close();
    await writing;
  },
);

test(
  "of sizes that wait for room only the latest goes out",
  async (line, open, clock) => {
    const writing = open.channel.write(Buffer.alloc(64 * 1024));
    await writing;
    for (let columns = 1; columns <= 10_000; columns++) {
      open.channel.sendSize(bytes(`{"cols":${columns}}`));
    }
    const agent = line.current();
    const sizes = () =>
      agent.messages.filter(({ payloadType }) =>
        payloadType === PayloadType.size
      ).map(({ payload }) => payload.toString());
    assert.deepEqual(sizes(), []);
    agent.deliver(acknowledgeFrame(agent.messages[0]!));
    await clock.advance(0);
    assert.deepEqual(sizes(), ['{"cols":10000}']);
    open.channel.sendSize(bytes('{"cols":1}'));
    assert.equal(sizes().length, 2, "with room it goes at once");
  },
);

test(
  "a lost window does not cost a wait for each of its frames",
  async (line, open, clock) => {
    const agent = line.current();
    let done = false;
    open.channel.write(Buffer.alloc(1024 * 1024)).then(() => done = true);
    const answered = new Set<number>();
    let seen = 0;
    let milliseconds = 0;
    for (; !done || answered.size < 1024; milliseconds += 20) {
      assert.ok(milliseconds < 60_000, `${answered.size} of 1024 arrived`);
      const arrived = agent.messages.slice(seen);
      seen = agent.messages.length;
      await clock.advance(20);
      // Half a second of all that is under way is lost, twice.
      if ([0, 20].includes(Math.floor(milliseconds / 500) % 40)) continue;
      for (const message of arrived) {
        if (message.messageType !== "input_stream_data") continue;
        answered.add(message.sequenceNumber);
        agent.deliver(acknowledgeFrame(message));
      }
    }
    assert.ok(milliseconds < 4_000, `${milliseconds} ms`);
  },
);

test(
  "nothing is sent twice behind what the connection has not taken yet",
  async (line, open, clock) => {
    const agent = line.current();
    await open.channel.write(Buffer.alloc(10_000));
    const sent = agent.messages.length;
    agent.setWaiting(1024 * 1024);
    await clock.advance(20_000);
    assert.equal(agent.messages.length, sent);
    agent.setWaiting(0);
    await clock.advance(200);
    assert.ok(agent.messages.length > sent);
  },
);

// --- the line

test(
  "a slow reader stops the reading, and a new connection starts stopped",
  async (line, open, clock) => {
    open.channel.setReading(false);
    open.channel.setReading(false);
    assert.ok(!line.current().reading);
    line.current().drop("reset");
    await clock.advance(1000);
    assert.equal(line.connections.length, 2);
    assert.ok(!line.current().reading);
    open.channel.setReading(true);
    assert.ok(line.current().reading);
  },
);

test("it is pinged every 20 s", async (line, _open, clock) => {
  for (let round = 0; round < 3; round++) {
    await clock.advance(20_000);
    line.current().pong();
  }
  assert.equal(line.current().pings, 4);
});

test(
  "a line that is silent for more than 65 s is given up and dialed again",
  async (line, open, clock) => {
    await clock.advance(65_000);
    assert.equal(line.connections.length, 1);
    await clock.advance(6_000);
    assert.ok(line.connections[0]?.closed);
    assert.equal(line.connections.length, 2);
    assert.deepEqual(open.interruptions, [
      "nothing was heard for 70 s",
      undefined,
    ]);
    line.current().deliver(outputFrame(0, "on"));
    assert.equal(open.output(), "on");
  },
);

for (const [name, stopAfter] of [["at once", 0], ["late", 64_000]] as const) {
  for (const seconds of [2, 70, 3600]) {
    test(
      `a stop of porthole itself, ${name} and for ${seconds} s, is no silence of the line`,
      async (line, open, clock) => {
        await clock.advance(stopAfter);
        clock.stop(seconds * 1000);
        await clock.advance(0);
        assert.equal(line.connections.length, 1);
        // What came meanwhile is read now.
        line.current().deliver(outputFrame(0, "came meanwhile"));
        await clock.advance(60_000);
        assert.equal(open.output(), "came meanwhile");
        assert.equal(line.connections.length, 1);
      },
    );
  }
}

test(
  "a line that is dead after a stop is found out all the same",
  async (line, _open, clock) => {
    clock.stop(70_000);
    await clock.advance(80_000);
    assert.equal(line.connections.length, 2);
  },
);

test(
  "a clock that is set back or forward is no silence of the line",
  async (line, _open, clock) => {
    for (const milliseconds of [-3_600_000, 3_600_000, -10_000, 90_000]) {
      clock.set(milliseconds);
      await clock.advance(30_000);
      line.current().pong();
    }
    assert.equal(line.connections.length, 1);
    await clock.advance(76_000);
    assert.equal(line.connections.length, 2, "silence is still one");
  },
);

test(
  "a line that we do not read from is not taken for a dead one",
  async (line, open, clock) => {
    open.channel.setReading(false);
    await clock.advance(600_000);
    assert.equal(line.connections.length, 1);
    open.channel.setReading(true);
    await clock.advance(65_000);
    assert.equal(line.connections.length, 1);
  },
);

test(
  "a broken line is dialled again with a new token and the same ClientId",
  async (line, open, clock) => {
    line.current().deliver(outputFrame(0, "a"));
    open.channel.send(PayloadType.output, bytes("in"));
    line.connections[0]?.drop("reset by peer");
    open.channel.send(PayloadType.output, bytes("between"));
    await clock.advance(1000);
    assert.equal(line.connections.length, 2);
    // The agent may have missed what was acknowledged just before.
    assert.deepEqual(acknowledgedBy(line.current()), [0]);
    const [before, after] = line.connections.map(({ texts }) =>
      JSON.parse(texts[0] ?? "")
    );
    assert.equal(after.ClientId, before.ClientId);
    assert.notEqual(after.RequestId, before.RequestId);
    assert.equal(after.TokenValue, "token-2");
    assert.deepEqual(open.interruptions, ["reset by peer", undefined]);
    // Numbers go on, and all that was not acknowledged goes out again.
    assert.deepEqual(inputOn(line.current()).slice(0, 2), [
      "0:in",
      "1:between",
    ]);
    line.current().deliver(outputFrame(0, "a"));
    line.current().deliver(outputFrame(1, "b"));
    assert.equal(open.output(), "ab");
    assert.deepEqual(acknowledgedBy(line.current()), [0, 0, 1]);
  },
);

test("while there is no line nothing spins", async (line, open, clock) => {
  open.channel.send(PayloadType.output, bytes("in"));
  line.current().drop("reset");
  await clock.advance(500);
  assert.ok(clock.running() <= 2, "the pings and the wait for the next dial");
}, { onResume: () => new Promise(() => {}) });

test(
  "a line that only breaks after each dial ends with a reason, not never",
  async (line, open, clock) => {
    for (let round = 0; round < 100 && open.end() === undefined; round++) {
      line.current().drop("closed with code 1008");
      await clock.advance(20_000);
      line.current().pong();
    }
    assert.match(String(reasonOf(open.end())), /1008/);
    assert.ok(line.connections.length < 12);
  },
);

for (
  const [name, frames] of [
    [
      "greets each connection and drops it",
      () => [
        encodeMessage({
          messageType: "start_publication",
          payload: bytes("{}"),
        }).frame,
      ],
    ],
    ["repeats an old frame and drops it", () => [outputFrame(0, "old")]],
    [
      "acknowledges what nobody sent and drops it",
      (line) => [acknowledgeFrame(line.connections[0]!.messages[0]!)],
    ],
  ] satisfies [string, (line: FakeLine) => Uint8Array[]][]
) {
  test(
    `an agent end that ${name} is dialed ever more rarely, and given up`,
    async (line, open, clock) => {
      line.current().deliver(outputFrame(0, "old"));
      open.channel.send(PayloadType.output, bytes("key"));
      line.current().deliver(acknowledgeFrame(line.current().messages[1]!));
      let milliseconds = 0;
      for (; open.end() === undefined; milliseconds += 50) {
        assert.ok(milliseconds < 60_000);
        const agent = line.current();
        if (!agent.closed) {
          for (const frame of frames(line)) agent.deliver(frame);
          agent.drop("reset");
        }
        await clock.advance(50);
      }
      assert.match(String(reasonOf(open.end())), /reset/);
      assert.equal(line.connections.length, 9, "the first, and eight more");
      assert.ok(milliseconds >= 12_000);
      assert.deepEqual(open.interruptions, ["reset", undefined]);
    },
  );
}

test(
  "a line that breaks now and then, with data in between, goes on for ever",
  async (line, open, clock) => {
    for (let round = 0; round < 30; round++) {
      line.current().deliver(outputFrame(round, "."));
      line.current().drop("reset");
      await clock.advance(1000);
    }
    assert.equal(open.output(), ".".repeat(30));
    assert.equal(open.end(), undefined);
    assert.deepEqual(open.interruptions, ["reset", undefined]);
  },
);

test(
  "a line that acknowledges something of ours in between goes on for ever",
  async (line, open, clock) => {
    for (let round = 0; round < 30; round++) {
      open.channel.send(PayloadType.output, bytes("x"));
      const sent = line.current().messages.findLast(({ messageType }) =>
        messageType === "input_stream_data"
      );
      line.current().deliver(acknowledgeFrame(sent!));
      line.current().drop("reset");
      await clock.advance(1000);
    }
    assert.equal(open.end(), undefined);
  },
);

test(
  "interruptions are told in pairs, one pair a minute",
  async (line, open, clock) => {
    for (let round = 0; round < 40; round++) {
      line.current().deliver(outputFrame(round, "."));
      line.current().drop(`break ${round}`);
      await clock.advance(10_000);
      line.current().pong();
    }
    // 400 seconds: one pair at the start of each minute.
    assert.deepEqual(
      open.interruptions,
      [0, 6, 12, 18, 24, 30, 36].flatMap((round) => [
        `break ${round}`,
        undefined,
      ]),
    );
  },
);

test(
  "a line that breaks every two minutes while nothing is said goes on for ever",
  async (line, open, clock) => {
    for (let round = 0; round < 30; round++) {
      for (let part = 0; part < 6; part++) {
        await clock.advance(20_000);
        line.current().pong();
      }
      line.current().drop("reset");
      await clock.advance(1000);
    }
    assert.equal(open.end(), undefined);
  },
);

test(
  "an ended session is not dialled again: no token, a reason",
  async (line, open, clock) => {
    line.current().drop("reset");
    await clock.advance(1000);
    assert.match(String(reasonOf(open.end())), /AWS has ended the session/);
    assert.equal(line.connections.length, 1);
  },
  { onResume: () => Promise.resolve(undefined) },
);

let refusals = 0;
test(
  "refused tokens are asked for a few times only",
  async (line, open, clock) => {
    line.current().drop("reset");
    await clock.advance(60_000);
    assert.match(String(reasonOf(open.end())), /denied/);
    assert.equal(refusals, 8);
  },
  {
    onResume: () => {
      refusals++;
      return Promise.reject(new Error("denied"));
    },
  },
);

test("an outage of some seconds is outlived", async (line, open, clock) => {
  line.current().drop("reset");
  await clock.advance(15_000);
  assert.equal(open.end(), undefined);
  assert.equal(line.connections.length, 2);
  assert.deepEqual(open.interruptions, ["reset", undefined]);
}, {
  onDial(count) {
    if (count > 0 && count < 5) throw new ConnectFailure("refused");
  },
});

test(
  "closing while it reconnects stops that, without a word",
  async (line, open, clock) => {
    line.current().drop("reset");
    await clock.advance(160);
    open.channel.close();
    await clock.advance(60_000);
    assert.deepEqual(open.end(), { kind: "abandoned" });
    assert.deepEqual(open.interruptions, ["reset"]);
    assert.equal(line.connections.filter(({ closed }) => !closed).length, 0);
  },
  {
    onResume: () =>
      new Promise((resolve) => setTimeout(() => resolve("t"), 500)),
  },
);

test(
  "closing in the middle of a dial closes what was dialled",
  async (line, open, clock) => {
    line.current().drop("reset");
    await clock.advance(160);
    open.channel.close();
    await clock.advance(60_000);
    assert.deepEqual(open.interruptions, ["reset"]);
    assert.ok(line.current().closed);
    assert.deepEqual(line.connections[1]?.texts, []);
  },
  {
    onDial: (count) =>
      count === 0
        ? undefined
        : new Promise((resolve) => setTimeout(resolve, 500)),
  },
);

// --- opening

/** Opens a line whose dials are refused, and tells how often it was dialled. */
async function openRefused(error: Error, succeedAt = Infinity) {
  using clock = startFakeClock();
  let dials = 0;
  const line = createFakeLine(clock, {
    onDial() {
      if (++dials < succeedAt) throw error;
    },
  });
  const opening = line.open().then(
    ({ channel }) => channel.close(),
    (refusal) => refusal,
  );
  await clock.advance(60_000);
  const outcome = await opening;
  await clock.advance(60_000);
  assert.equal(clock.running(), 0);
  return { outcome, dials };
}

Deno.test("a refusal is final at once, a broken line is tried three times", async () => {
  for (
    const [error, expected] of [
      [new ConnectFailure("HTTP 403", 403), 1],
      [new ConnectFailure("HTTP 400", 400), 1],
      [new ConnectFailure("HTTP 499", 499), 1],
      [new ConnectFailure("HTTP 500", 500), 3],
      [new ConnectFailure("HTTP 503", 503), 3],
      [new ConnectFailure("refused"), 3],
      [new Error("no credentials"), 1],
    ] as const
  ) {
    const { outcome, dials } = await openRefused(error);
    assert.equal(outcome, error);
    assert.equal(dials, expected, error.message);
  }
});

Deno.test("the second try may succeed", async () => {
  const { outcome, dials } = await openRefused(new ConnectFailure("reset"), 2);
  assert.equal(outcome, undefined);
  assert.equal(dials, 2);
});
