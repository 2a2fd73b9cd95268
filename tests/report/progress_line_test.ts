import assert from "node:assert/strict";
import { startProgressLine } from "../../src/report/progress_line.ts";
import type { Log } from "../../src/log.ts";

/** What is written, and what is logged. */
function start(
  { isTerminal = true, term = "xterm", quiet = false, columns = 80 } = {},
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
  line.show("Waiting: PENDING", "0s");
  line.show("Waiting: PENDING", "1s");
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
  for (const options of [{ isTerminal: false }, { term: "dumb" }]) {
    assert.deepEqual(start(options), {
      written: "",
      logged: ["Waiting: PENDING", "Waiting: RUNNING"],
    });
  }
});
