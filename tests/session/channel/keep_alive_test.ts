import assert from "node:assert/strict";
import type { StreamSession } from "../../../src/session/session.ts";
import { wrapCommand } from "../../../src/session/wrap_command.ts";
import { payloadTypes } from "../../sandbox/message_codec.ts";
import { type FakeClock, startFakeClock } from "./fake_clock.ts";
import {
  acknowledgeFrame,
  closedFrame,
  createFakeLine,
  type FakeLine,
  outputFrame,
} from "./fake_line.ts";
import { KEYS, openFakeSession } from "./open_fake_session.ts";

/** What the wrapper hears once it is ready. */
const ANSWER = [`fedcba ${KEYS.secret}\n`, "\n"];
const MINUTES = 60_000;

async function open(
  line: FakeLine,
  clock: FakeClock,
  { interactive, keepAlive }: { interactive: boolean; keepAlive: boolean },
): Promise<StreamSession> {
  const { session } = await openFakeSession(line, clock, {
    wrapped: wrapCommand(
      ["true"],
      { interactive, stdin: interactive, binary: false },
      KEYS,
    ),
    interactive,
    size: interactive ? { columns: 80, rows: 24 } : undefined,
    keepAlive,
  });
  line.current().deliver(outputFrame(0, `\x1e${KEYS.nonce}:rsbdu\x1e`));
  line.current().deliver(outputFrame(1, `\x1e${KEYS.secret}:o\x1e`));
  return session;
}

/** Lets time pass on a line that is alive, with an agent that acknowledges. */
async function pass(
  line: FakeLine,
  clock: FakeClock,
  milliseconds: number,
): Promise<void> {
  let seen = 0;
  for (let at = 0; at < milliseconds; at += 10_000) {
    const agent = line.current();
    for (const message of agent.messages.slice(seen)) {
      if (message.messageType === "input_stream_data") {
        agent.deliver(acknowledgeFrame(message));
      }
    }
    seen = agent.messages.length;
    agent.pong();
    await clock.advance(10_000);
  }
}

/** What the client has sent, by payload type. */
function sent(line: FakeLine, type: number): string[] {
  return line.current().messages.filter(({ messageType, payloadType }) =>
    messageType === "input_stream_data" && payloadType === type
  ).map(({ payload }) => payload.toString());
}

function test(
  name: string,
  options: { interactive: boolean; keepAlive: boolean },
  body: (
    line: FakeLine,
    clock: FakeClock,
    session: StreamSession,
  ) => Promise<void>,
): void {
  Deno.test(name, async () => {
    using clock = startFakeClock();
    const line = createFakeLine(clock);
    const session = await open(line, clock, options);
    await body(line, clock, session);
    line.current().deliver(closedFrame("{}"));
    await session.exit;
    await clock.advance(30 * MINUTES);
    assert.equal(clock.running(), 0, "timers that would keep us alive");
  });
}

test(
  "an idle shell is kept open by its own size, and nothing else is sent",
  { interactive: true, keepAlive: true },
  async (line, clock, session) => {
    const size = '{"cols":80,"rows":24}';
    await pass(line, clock, 10_000);
    const before = sent(line, payloadTypes.size).length;
    await pass(line, clock, 21 * MINUTES);
    const sizes = sent(line, payloadTypes.size).slice(before);
    // More often than the 20 minutes after which AWS ends it, and not all the time.
    assert(sizes.length >= 2 && sizes.length <= 10, `${sizes.length}`);
    assert.deepEqual(new Set(sizes), new Set([size]));
    assert.deepEqual(sent(line, payloadTypes.output), ANSWER);

    session.resize({ columns: 100, rows: 30 });
    await pass(line, clock, 11 * MINUTES);
    assert.equal(
      sent(line, payloadTypes.size).at(-1),
      '{"cols":100,"rows":30}',
    );
  },
);

test(
  "without a terminal the size is the one the remote has already",
  { interactive: false, keepAlive: true },
  async (line, clock) => {
    await pass(line, clock, 21 * MINUTES);
    const sizes = sent(line, payloadTypes.size);
    assert(sizes.length >= 2);
    assert.deepEqual(new Set(sizes), new Set(['{"cols":0,"rows":0}']));
    assert.deepEqual(sent(line, payloadTypes.output), ANSWER);
  },
);

test(
  "--no-keep-alive: nothing is sent into an idle session",
  { interactive: true, keepAlive: false },
  async (line, clock) => {
    await pass(line, clock, 10_000);
    const before = line.current().messages.length;
    await pass(line, clock, 21 * MINUTES);
    assert.equal(line.current().messages.length, before);
  },
);
