import assert from "node:assert/strict";
import type {
  ChannelEnd,
  ChannelEvents,
  DataChannel,
} from "../../../src/session/channel/data_channel.ts";
import type { AgentGreeting } from "../../../src/session/channel/handshake.ts";
import { openPortSession } from "../../../src/session/port/open_port_session.ts";
import {
  muxCommands,
  takeMuxFrames,
  writeMuxFrame,
} from "../../sandbox/mux_frames.ts";
import { Buffer } from "node:buffer";
import { startFakeClock } from "../channel/fake_clock.ts";

const GREETING: AgentGreeting = {
  agentVersion: "3.1.1511.0",
  sessionType: "Port",
  properties: { type: "LocalPortForwarding", portNumber: "80" },
};

/** A session whose agent is this test; `endsByFlag`: the agent heeds the flag that ends a session. */
function setUp({ greeting = GREETING, keepAlive = false, endsByFlag = true }: {
  readonly greeting?: AgentGreeting | "none";
  readonly keepAlive?: boolean;
  readonly endsByFlag?: boolean;
} = {}) {
  const end = Promise.withResolvers<ChannelEnd>();
  const sent: Uint8Array[] = [];
  const done: string[] = [];
  let events: ChannelEvents | undefined;
  const channel: DataChannel = {
    write(bytes) {
      sent.push(bytes);
      return Promise.resolve();
    },
    send(_type, payload) {
      done.push(`flag ${[...payload].join("")}`);
      if (endsByFlag) end.resolve({ kind: "closed", text: "" });
    },
    sendSize: () => assert.fail("a port has no size"),
    setReading: (reading) => done.push(`reading ${reading}`),
    close() {
      done.push("closed");
      end.resolve({ kind: "abandoned" });
    },
    end: end.promise,
  };
  const told: string[] = [];
  const opened = openPortSession(
    (given) => {
      events = given;
      if (greeting !== "none") given.onHandshake?.(greeting);
      return Promise.resolve(channel);
    },
    { keepAlive },
    {
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          const timer = setTimeout(resolve, ms);
          signal?.addEventListener("abort", () => {
            clearTimeout(timer);
            resolve();
          });
        }),
      terminate: () => Promise.resolve(void done.push("terminated")),
      onCustomerMessage: (text) => told.push(text),
      onInterruption: (text) => told.push(text),
      onStuck: () => {},
    },
  );
  opened.catch(() => {});
  return {
    opened,
    done,
    told,
    events: () => events!,
    lose: (how: ChannelEnd) => end.resolve(how),
    commands: () =>
      takeMuxFrames(Buffer.concat(sent.splice(0)))?.frames
        .map(({ command }) => command),
  };
}

Deno.test("a port session is ended on both sides, by a flag that its agent heeds", async () => {
  using clock = startFakeClock();
  const { opened, done } = setUp();
  const session = await opened;
  await session.end();
  assert.equal(await session.ended, undefined);
  assert.deepEqual(done, ["flag 0002", "closed"]);
  assert.equal(clock.running(), 0);
});

Deno.test("an agent that heeds no flag has its session ended at AWS", async () => {
  using clock = startFakeClock();
  const { opened, done } = setUp({ endsByFlag: false });
  const session = await opened;
  const ending = session.end();
  await clock.advance(999);
  assert.deepEqual(done, ["flag 0002"]);
  await clock.advance(1);
  await ending;
  assert.deepEqual(done, ["flag 0002", "terminated", "closed"]);
  assert.equal(await session.ended, undefined);
});

Deno.test("a session is kept open where that is asked for, and as long as it lasts", async () => {
  using clock = startFakeClock();
  const idle = setUp();
  await idle.opened;
  const kept = setUp({ keepAlive: true });
  const session = await kept.opened;
  await clock.advance(11 * 60_000);
  assert.deepEqual(idle.commands(), []);
  assert.deepEqual(kept.commands(), [muxCommands.nop, muxCommands.nop]);
  await session.end();
  assert.equal(clock.running(), 0);
});

Deno.test("an agent that cannot forward many connections is refused, and its session ended", async () => {
  const rows: readonly (readonly [AgentGreeting | "none", RegExp])[] = [
    [
      { ...GREETING, agentVersion: "3.1.1510.9" },
      /the agent is version 3\.1\.1510\.9, and 3\.1\.1511\.0 or later/,
    ],
    [{ ...GREETING, agentVersion: "" }, /the agent is version unknown/],
    [{ ...GREETING, sessionType: "Standard_Stream" }, /does not forward ports/],
    [
      { ...GREETING, properties: { type: "Other" } },
      /does not forward ports/,
    ],
    ["none", /the agent did not begin within 30 s/],
  ];
  for (const [greeting, message] of rows) {
    using clock = startFakeClock();
    const { opened, done } = setUp({ greeting });
    await clock.advance(30_000);
    await assert.rejects(opened, { code: "session_refused", message });
    assert.deepEqual(done, ["flag 0002", "closed"]);
    assert.equal(clock.running(), 0);
  }
});

Deno.test("a session that nobody here has ended says why", async () => {
  const rows: readonly (readonly [ChannelEnd, string, RegExp])[] = [
    [
      { kind: "closed", text: "" },
      "session_lost",
      /: AWS or the agent closed it$/,
    ],
    [{ kind: "closed", text: "no luck" }, "session_refused", /no luck/],
    [{ kind: "lost", reason: new Error("cable") }, "session_lost", /cable/],
  ];
  for (const [end, code, message] of rows) {
    const { opened, lose } = setUp();
    const session = await opened;
    const stream = session.open();
    lose(end);
    const error = await session.ended;
    assert.equal(error?.code, code);
    assert.match(error?.message ?? "", message);
    // Who still waits for an answer gets its end.
    assert.equal(await stream.read(), undefined);
  }
});

Deno.test("what is no frame ends the session, and a refused connection ends alone", async () => {
  using clock = startFakeClock();
  const { opened, done, events } = setUp();
  const session = await opened;
  const { payloads } = events();
  const refused = session.open();
  payloads.flag?.(Uint8Array.of(0, 0, 0, 2));
  payloads.flag?.(Uint8Array.of(0, 0, 0, 3, 0));
  payloads.flag?.(Uint8Array.of(0, 0, 0, 3));
  payloads.output?.(writeMuxFrame(muxCommands.fin, 3, new Uint8Array(0)));
  assert.equal(await refused.read(), undefined);
  assert.equal(refused.isRefused(), true);
  const other = session.open();
  payloads.output?.(writeMuxFrame(muxCommands.fin, 5, new Uint8Array(0)));
  await other.read();
  assert.equal(other.isRefused(), false);

  payloads.output?.(new TextEncoder().encode("not a frame"));
  const error = await session.ended;
  assert.match(error?.message ?? "", /frame of version 110/);
  await clock.advance(0);
  assert.deepEqual(done, ["flag 0002", "closed"]);
});

Deno.test("an administrator's text is told without its ways to move a cursor", async () => {
  const { opened, told, events } = setUp();
  await opened;
  events().onNotice("be\x1b[2J good");
  assert.equal(told.length, 1);
  assert(!told.join().includes("\x1b"));
});
