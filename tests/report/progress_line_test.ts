import assert from "node:assert/strict";
import { startProgressLine } from "../../src/report/progress_line.ts";
import type { Log } from "../../src/log.ts";

/** What is written, and what is logged. */
function start(
  {
    isTerminal = true,
    term = "xterm",
    quiet = false,
    columns = 80,
    text = "Waiting: PENDING",
  } = {},
) {
  let written = "";
  const logged: string[] = [];
  const line = startProgressLine(
    {
      info: (text) => void logged.push(text),
      isQuiet: () => quiet,
    } as Log,
    {
      stderr: {
        isTerminal,
        write: () => Promise.resolve(),
        writeText: (text) => written += text,
      },
      env: (name) => name === "TERM" ? term : undefined,
      terminalSize: () => ({ columns, rows: 24 }),
    },
    { logFormat: "text" },
  );
  line.show(text, "0s");
  line.show(text, "1s");
  line.show("Waiting: RUNNING", "2s");
  line.clear();
  line.show("Waiting: too late", "3s");
  return { written, logged };
}

Deno.test("on a terminal a line counts, and is gone in the end", () => {
  assert.deepEqual(start(), {
    written: "\r\x1b[KWaiting: PENDING: 0s\r\x1b[KWaiting: PENDING: 1s" +
      "\r\x1b[KWaiting: RUNNING: 2s\r\x1b[K",
    logged: [],
  });
});

Deno.test("a narrow terminal's line does not wrap", () => {
  assert(start({ columns: 10 }).written.startsWith("\r\x1b[KWaiting: \r"));
});

Deno.test("elsewhere each state is a line of the log", () => {
  // A quiet log drops them itself.
  for (
    const options of [{ isTerminal: false }, { term: "dumb" }, { quiet: true }]
  ) {
    assert.deepEqual(start(options), {
      written: "",
      logged: ["Waiting: PENDING", "Waiting: RUNNING"],
    });
  }
});

Deno.test("what a task is called cannot move the cursor", () => {
  const { written } = start({ text: "Waiting: \x1b[2J\n" });
  assert(written.startsWith("\r\x1b[KWaiting: \\u001b[2J\\u000a: 0s"));
});
