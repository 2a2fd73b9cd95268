import assert from "node:assert/strict";
import { PortholeError } from "../../../src/errors.ts";
import { wrapCommand } from "../../../src/session/wrap_command.ts";
import { payloadTypes } from "../../sandbox/message_codec.ts";
import { type FakeClock, startFakeClock } from "./fake_clock.ts";
import {
  acknowledgeFrame,
  closedFrame,
  createFakeLine,
  type FakeLine,
  type LineOptions,
  outputFrame,
} from "./fake_line.ts";
import {
  type FakeSession,
  KEYS,
  openFakeSession,
} from "./open_fake_session.ts";

const NORMAL_END = closedFrame('{"Output":""}');

/** A session, and what becomes of it. */
interface Opened extends FakeSession {
  readonly clock: FakeClock;
  readonly line: FakeLine;
  /** Acknowledges all that the agent was sent so far. */
  acknowledge(): Promise<void>;
}

/** Runs a test against a session: wrapped with our stdin, or a command as it is. */
function test(
  name: string,
  { wrapped, ...options }: LineOptions & { readonly wrapped: boolean },
  body: (opened: Opened) => Promise<void>,
): void {
  Deno.test(name, async () => {
    using clock = startFakeClock();
    const line = createFakeLine(clock, options);
    const opened = await openFakeSession(line, clock, {
      wrapped: wrapped
        ? wrapCommand(
          ["cat"],
          { interactive: false, stdin: true, binary: false },
          KEYS,
        )
        : undefined,
      interactive: false,
      size: undefined,
      keepAlive: false,
      undoCrlf: !wrapped,
    });
    let seen = 0;
    await body({
      ...opened,
      clock,
      line,
      async acknowledge() {
        await clock.advance(10);
        const { messages } = line.current();
        for (; seen < messages.length; seen++) {
          const message = messages[seen]!;
          if (message.messageType === "input_stream_data") {
            line.current().deliver(acknowledgeFrame(message));
          }
        }
        await clock.advance(0);
      },
    });
    await clock.advance(60_000);
    assert.equal(clock.running(), 0, "timers that would keep us alive");
  });
}

for (
  const [said, end] of [
    ["EXIT_CODE: 7", { kind: "status", status: 7 }],
    ["EXIT_CODE: 255", { kind: "status", status: 255 }],
    ["EXIT_CODE: 256", { kind: "unknown" }],
    ["EXIT_CODE: none", { kind: "unknown" }],
  ] as const
) {
  test(
    `the agent's own "${said}" is ${end.kind}`,
    { wrapped: false },
    async ({ line, clock, ...opened }) => {
      line.current().deliver(
        outputFrame(0, said, { payloadType: payloadTypes.exitCode }),
      );
      line.current().deliver(NORMAL_END);
      await clock.advance(0);
      assert.deepEqual(opened.end(), end);
    },
  );
}

test(
  "a carriage return at the very end of the output is not held back",
  { wrapped: false },
  async ({ line, session }) => {
    line.current().deliver(outputFrame(0, "a\r\n100 %\r"));
    line.current().deliver(NORMAL_END);
    assert.equal(await new Response(session.output).text(), "a\n100 %\r");
  },
);

test(
  "what the agent says of the session reaches no terminal as it is",
  { wrapped: false },
  async ({ line, notices, acknowledge }) => {
    line.current().deliver(
      outputFrame(
        0,
        JSON.stringify({ AgentVersion: "3", RequestedClientActions: [] }),
        { payloadType: payloadTypes.handshakeRequest },
      ),
    );
    await acknowledge();
    line.current().deliver(
      outputFrame(
        1,
        JSON.stringify({ CustomerMessage: "Encrypted\x1b]0;title\x07" }),
        { payloadType: payloadTypes.handshakeComplete },
      ),
    );
    line.current().deliver(NORMAL_END);
    assert.equal(notices.length, 1);
    assert.match(notices[0]!, /^Encrypted/);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(notices[0]!, /[\x00-\x1f]/);
  },
);

test(
  "a command behind a line that is lost is left alone",
  { wrapped: true, onResume: () => Promise.resolve(undefined) },
  async ({ line, clock, terminated, ...opened }) => {
    line.current().drop("reset");
    await clock.advance(5_000);
    const end = opened.end();
    assert(end?.kind === "failed");
    assert.equal(end.error.code, "session_lost");
    assert.deepEqual(terminated, []);
  },
);

test(
  "a command behind a line that cannot be trusted is ended at AWS",
  { wrapped: true },
  async ({ line, clock, terminated, ...opened }) => {
    line.current().deliver("a text");
    await clock.advance(5_000);
    const end = opened.end();
    assert(end?.kind === "failed");
    assert.equal(end.error.code, "session_lost");
    assert.equal(terminated.length, 1);
  },
);

const denied = new PortholeError("access_denied", "Cannot resume the session");
let resumes = 0;
test(
  "who may not resume a session is told at once, and asks once",
  {
    wrapped: true,
    onResume() {
      resumes++;
      return Promise.reject(denied);
    },
  },
  async ({ line, clock, ...opened }) => {
    line.current().drop("reset");
    await clock.advance(200);
    const end = opened.end();
    assert(end?.kind === "failed");
    assert.match(end.error.message, /Cannot resume the session/);
    assert.equal(resumes, 1);
  },
);

for (
  const [left, isUnread] of [["w4", true], ["w3", false], ["u", true]] as const
) {
  test(
    `of 4 bytes of input, "${left}" says that ${
      isUnread ? "none" : "some"
    } was read`,
    { wrapped: true },
    async ({ line, clock, session, acknowledge }) => {
      const agent = line.current();
      const say = (sequence: number, key: string, word: string) =>
        agent.deliver(outputFrame(sequence, `\x1e${key}:${word}\x1e`));
      say(0, KEYS.nonce, "rsbdu");
      await acknowledge();
      say(1, KEYS.secret, "o12");
      await acknowledge();
      const input = session.input.getWriter();
      void input.write(new TextEncoder().encode("abc\n"));
      for (let turn = 0; turn < 5; turn++) await acknowledge();
      say(2, KEYS.secret, "0=====");
      say(3, KEYS.secret, left);
      agent.deliver(NORMAL_END);
      await clock.advance(0);
      assert.deepEqual(await session.exit, { kind: "status", status: 0 });
      assert.equal(session.isInputUnread?.(), isUnread);
    },
  );
}
