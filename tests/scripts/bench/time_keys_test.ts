import assert from "node:assert/strict";
import { timeKeys } from "../../../scripts/bench/time_keys.ts";

const env = {
  PATH: Deno.env.get("PATH") ?? "",
  // Nothing of it is asked for.
  AWS_ENDPOINT_URL: "http://127.0.0.1:1",
};

/** A program that is to start the one whose echo is timed, and which does something else as well. */
const around = (script: string) => ["sh", "-c", script, "sh"];

Deno.test("timeKeys times each key's echo, behind what logs its command", async () => {
  const { whole, own } = await timeKeys({
    around: around('echo "Command: $*"; "$@"'),
    env,
    keys: 3,
  });
  assert.equal(whole.length, 3);
  assert.deepEqual(own, []);
});

for (
  const [what, script] of Object.entries({
    "hangs": "exec sleep 1000",
    "cannot be ended": 'trap "" TERM INT HUP; while :; do sleep 1000; done',
    "only logs its command": 'echo "Command: $*"; exec sleep 1000',
    "begins and echoes nothing":
      "stty -echo; echo ready; echo x x x; exec cat >/dev/null",
  })
) {
  Deno.test(`timeKeys gives a program up that ${what}`, async () => {
    const timing = timeKeys({
      around: around(script),
      env,
      keys: 3,
      limitMs: 2000,
    });
    await assert.rejects(timing, {
      message: "Cannot time keys: it did not finish within 2 s",
    });
  });
}

Deno.test("timeKeys gives a program up that ends", async () => {
  await assert.rejects(timeKeys({ around: around("exit 0"), env, keys: 3 }), {
    message: "Cannot time keys: it ended",
  });
});
