import assert from "node:assert/strict";
import { deferChannel } from "../../../src/session/channel/defer_channel.ts";
import { startFakeClock } from "./fake_clock.ts";
import { closedFrame, createFakeLine, outputFrame } from "./fake_line.ts";

Deno.test("what comes before a channel has its owner is kept for it whole, and no more is read", async () => {
  using clock = startFakeClock();
  const line = createFakeLine(clock);
  const deferred = await deferChannel("token-1", line.deps);
  const agent = line.current();
  agent.deliver(outputFrame(0, "first "));
  assert.equal(await deferred.begun, undefined);
  assert.equal(agent.reading, false);
  agent.deliver(outputFrame(1, "second"));
  let output = "";
  const channel = await deferred.attach({
    payloads: {
      output: (payload) => output += new TextDecoder().decode(payload),
    },
    onNotice: () => {},
    onInterruption: () => {},
  });
  await clock.advance(0);
  assert.equal(output, "first second");
  assert.equal(agent.reading, true);
  agent.deliver(closedFrame('{"Output":""}'));
  assert.deepEqual(await channel.end, { kind: "closed", text: "" });
});
