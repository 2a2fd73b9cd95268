import assert from "node:assert/strict";
import { wrapCommand } from "../../../src/session/wrap_command.ts";
import { startFakeClock } from "./fake_clock.ts";
import {
  acknowledgeFrame,
  closedFrame,
  createFakeLine,
  outputFrame,
} from "./fake_line.ts";
import { KEYS, openFakeSession } from "./open_fake_session.ts";

/** A session whose command says its status, and what becomes of it. */
async function openTillStatus(
  { interactive, says }: { interactive: boolean; says: string },
) {
  const clock = startFakeClock();
  const line = createFakeLine(clock);
  const opened = await openFakeSession(line, clock, {
    wrapped: wrapCommand(
      ["true"],
      { interactive, stdin: interactive, binary: false },
      KEYS,
    ),
    interactive,
    size: undefined,
    keepAlive: false,
    undoCrlf: false,
  });
  const agent = line.current();
  agent.deliver(outputFrame(0, `\x1e${KEYS.nonce}:rs\x1e`));
  agent.deliver(outputFrame(1, `\x1e${KEYS.secret}:o\x1e`));
  agent.deliver(outputFrame(2, says));
  await clock.advance(0);
  for (const message of agent.messages) {
    if (message.messageType === "input_stream_data") {
      agent.deliver(acknowledgeFrame(message));
    }
  }
  return { ...opened, agent, clock };
}

for (const interactive of [false, true]) {
  const status = `\x1e${KEYS.secret}:4=====\x1e`;

  Deno.test(`${interactive ? "interactive: " : ""}a session that closes behind its status is left at once`, async () => {
    const { agent, clock, terminated, end } = await openTillStatus({
      interactive,
      says: status,
    });
    try {
      assert.equal(end(), undefined, "the agent has not closed it yet");
      agent.deliver(closedFrame('{"Output":""}'));
      await clock.advance(0);
      assert.deepEqual(end(), { kind: "status", status: 4 });
      assert.deepEqual(terminated, []);
      await clock.advance(60_000);
      assert.equal(clock.running(), 0, "timers that would keep us alive");
    } finally {
      clock[Symbol.dispose]();
    }
  });

  Deno.test(`${interactive ? "interactive: " : ""}one that something holds open is ended at AWS, and the status stays`, async () => {
    const { clock, terminated, end } = await openTillStatus({
      interactive,
      says: status,
    });
    try {
      await clock.advance(1_900);
      assert.deepEqual([terminated.length, end()], [0, undefined]);
      await clock.advance(2_000);
      assert.equal(terminated.length, 1);
      assert.deepEqual(end(), { kind: "status", status: 4 });
      await clock.advance(60_000);
      assert.equal(clock.running(), 0, "timers that would keep us alive");
    } finally {
      clock[Symbol.dispose]();
    }
  });
}

Deno.test("input that broke off is an end at AWS and a failure that names the cause", async () => {
  const { clock, terminated, end } = await openTillStatus({
    interactive: false,
    says: `\x1e${KEYS.secret}:i\x1e\x1e${KEYS.secret}:0=====\x1e`,
  });
  try {
    await clock.advance(0);
    assert.equal(terminated.length, 1);
    const how = end();
    assert(how?.kind === "failed");
    assert.equal(how.error.code, "io_failed");
    assert.match(how.error.message, /the command changed the terminal/);
    await clock.advance(60_000);
    assert.equal(clock.running(), 0, "timers that would keep us alive");
  } finally {
    clock[Symbol.dispose]();
  }
});
