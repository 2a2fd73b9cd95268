import assert from "node:assert/strict";
import { holdCommand } from "../../src/task/hold_command.ts";

/** Starts it as a container runtime does, in a session of its own. */
function start(maxDurationMs: number): Deno.ChildProcess {
  const [command = "", ...args] = holdCommand(maxDurationMs);
  return new Deno.Command(command, {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
    detached: true,
  }).spawn();
}

Deno.test("the holder ends by itself, seconds rounded up", async () => {
  assert.match(holdCommand(1_001).at(-1) ?? "", /^sleep 2 /);
  const holder = start(1);
  assert.equal((await holder.status).code, 0);
  await holder.stdout.cancel();
});

Deno.test("TERM ends the holder at once, and its sleep with it", async () => {
  const holder = start(3_600_000);
  // The sleep has the same stdout: it is closed when both are gone.
  const output = new Response(holder.stdout).text();
  await new Promise((resolve) => setTimeout(resolve, 200));
  holder.kill("SIGTERM");
  assert.equal((await holder.status).code, 0);
  assert.equal(await output, "");
});
