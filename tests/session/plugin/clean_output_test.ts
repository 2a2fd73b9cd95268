import assert from "node:assert/strict";
import { cleanOutput } from "../../../src/session/plugin/clean_output.ts";

const STARTING = "\nStarting session with SessionId: s-1\n";
const EXITING = "\n\nExiting session with sessionId: s-1.\n\n";

/** Cleans what a plugin prints in these pieces, in a world where no silence is long enough to be one. */
async function clean(...printed: readonly string[]) {
  const { output, ending } = cleanOutput(
    ReadableStream.from(printed.map((text) => new TextEncoder().encode(text))),
    "s-1",
    { sleep: () => new Promise(() => {}) },
  );
  return { text: await new Response(output).text(), ending: await ending };
}

Deno.test("what only began like the plugin's last words is output, to its last byte", async () => {
  for (
    const tail of ["\n", "\n\n", "\n\nExiting session", "\n\nSessionId: s"]
  ) {
    assert.deepEqual(await clean(STARTING, "a", tail), {
      text: `a${tail}`,
      ending: { kind: "none" },
    });
  }
  // It ends before it has said anything.
  assert.equal((await clean("\nStarting")).text, "\nStarting");
});

Deno.test("output right before the plugin's last words is whole, and they are none of it", async () => {
  assert.deepEqual(await clean(STARTING, "a\n", EXITING), {
    text: "a\n",
    ending: { kind: "exited" },
  });
  assert.deepEqual(
    await clean(STARTING, "a\n", "\n\nSessionId: s-1 : no pty\n\n"),
    { text: "a\n", ending: { kind: "error", text: "no pty" } },
  );
});
