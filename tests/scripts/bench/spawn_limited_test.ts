import assert from "node:assert/strict";
import {
  readLimited,
  spawnLimited,
} from "../../../scripts/bench/spawn_limited.ts";

const sh = (script: string) => ({ args: ["-c", script] });

Deno.test("readLimited gives the output of what ends, and whether it went well", async () => {
  assert.deepEqual(await readLimited("sh", sh("echo a; exit 0")), {
    success: true,
    text: "a\n",
  });
  assert.deepEqual(await readLimited("sh", sh("echo a; exit 3")), {
    success: false,
    text: "a\n",
  });
});

Deno.test("the limit ends all of a pipeline, deaf or not", async () => {
  const script = `trap "" TERM INT HUP; echo a; (sleep 1000; sleep 1000) | cat`;
  assert.deepEqual(await readLimited("sh", sh(script), 100), {
    success: false,
    text: "a\n",
  });
});

Deno.test("a child that outlives its parent keeps nobody waiting", async () => {
  assert.deepEqual(await readLimited("sh", sh("echo a; sleep 1000 &")), {
    success: true,
    text: "a\n",
  });
});

Deno.test("spawnLimited says what ended the program", async () => {
  const child = spawnLimited("sleep", { args: ["1000"] }, 50);
  assert.equal((await child.status).signal, "SIGKILL");
});
