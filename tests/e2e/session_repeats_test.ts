import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { startInProcess } from "./open_in_process.ts";
import { testOnce } from "./test_once.ts";

const long = Deno.env.get("PORTHOLE_TEST_LONG") === "1";

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

// The agent writes a frame, loses its own socket before it can acknowledge, and takes the resend for the next one.
for (const image of ["debian", "busybox", "no-base64"] as const) {
  Deno.test({
    name: `frames that the agent writes twice change nothing (${image})`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      for (let seed = 1; seed <= (long ? 100 : 8); seed++) {
        const sandbox = await startSandbox({
          seed,
          images: { "worker/worker": image },
          inputCuts: 4,
        });
        try {
          // All of its lines are equal, or none.
          const input = seed % 2 === 0
            ? new Uint8Array(60_000)
            : new Uint8Array(randomBytes(60_000));
          const run = await startInProcess(sandbox, {
            words: ["sh", "-c", "sha256sum; exit 4"],
            binary: true,
            input,
          });
          const output = await run.output;
          assert.deepEqual(
            await run.end,
            { kind: "status", status: 4 },
            `seed ${seed}`,
          );
          assert.equal(
            output.toString(),
            `${sha256(input)}  -\n`,
            `seed ${seed}`,
          );
          const cuts = sandbox.events().filter(({ kind }) =>
            kind === "agent-cut"
          );
          assert.ok(cuts.length > 1, "nothing came twice");
        } finally {
          await sandbox.close();
        }
      }
    },
  });
}

testOnce(
  "the first frames may come twice as well: the secret, variables, and the line that starts the command",
  async (porthole) => {
    for (let frame = 1; frame <= 4; frame++) {
      const sandbox = await startSandbox({
        inputCuts: 1,
        inputCutAfterFrames: frame,
      });
      try {
        const result = await porthole.run(
          [
            ...["exec", "-q", "--session", "builtin", "worker", "-e", "A=1"],
            ...["-e", `LONG=${"x".repeat(1_500)}`, "--"],
            ...["sh", "-c", "echo $A ${#LONG}; wc -c; exit 3"],
          ],
          { env: sandbox.env, stdin: new Uint8Array(10_000) },
        );
        assert.deepEqual([result.text, result.status], [
          "1 1500\n10000\n",
          3,
        ], `after ${frame} frames: ${result.stderr}`);
      } finally {
        await sandbox.close();
      }
    }
  },
);
