import assert from "node:assert/strict";
import type { Deps } from "../../src/deps.ts";
import { viewStdout } from "../../src/report/view_stdout.ts";

/** What output can show on a terminal of 70 columns, or elsewhere, with COLUMNS so. */
function view(isTerminal: boolean, columns?: string) {
  return viewStdout("never", {
    now: () => new Date(0),
    env: (name: string) => name === "COLUMNS" ? columns : undefined,
    stdout: { isTerminal },
    stderr: { isTerminal: true },
    terminalSize: () => ({ columns: 70, rows: 24 }),
  } as unknown as Deps);
}

Deno.test("output is as wide as its terminal; into a file it is cut only where somebody exports a width", () => {
  const now = new Date(0);
  assert.deepEqual(view(true, "50"), { now, width: 70 });
  assert.deepEqual(view(false, "50"), { now, width: 50 });
  assert.deepEqual(view(false), { now });
});
