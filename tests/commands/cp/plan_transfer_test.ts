import assert from "node:assert/strict";
import type { KeptTally } from "../../../src/commands/cp/keep_tally.ts";
import { planTransfer } from "../../../src/commands/cp/plan_transfer.ts";
import type { Deps } from "../../../src/deps.ts";

/** Plans to copy these to the container, from a terminal. */
function planUp(sources: readonly string[], destination = "/in") {
  const totals: number[] = [];
  const deps = {
    platform: "linux",
    localFiles: {
      look: (path: string) =>
        path === "file"
          ? { kind: "file", size: 7 }
          : path === "fifo"
          ? { kind: "other", size: 0 }
          : undefined,
    },
    stdin: { isTerminal: true, open: () => assert.fail("was read") },
    stderr: { isTerminal: true },
  } as unknown as Deps;
  const tally = {
    addTotal: (bytes: number) => totals.push(bytes),
  } as unknown as KeptTally;
  const { argv } = planTransfer(
    {
      copy: { kind: "up", sources, destination },
      preserve: false,
    } as unknown as Parameters<typeof planTransfer>[0],
    deps,
    tally,
  );
  return { argv, totals };
}

Deno.test("what cannot be copied is refused before anything starts, and a terminal is not read", () => {
  const rows = [
    ["-", "usage", /: it is a terminal$/],
    ["missing", "io_failed", /there is no such file or directory$/],
    ["fifo", "io_failed", /it is not a regular file$/],
  ] as const;
  for (const [source, code, message] of rows) {
    assert.throws(() => planUp([source]), { code, message });
  }
});

Deno.test("a path of the container is none of a program's flags, and the size of a file is known", () => {
  const { argv, totals } = planUp(["file"], "-rf/");
  assert(argv.includes("./-rf"), argv.join(" "));
  assert.deepEqual(totals, [7]);
  assert(planUp(["file"], "/-rf").argv.includes("/-rf"));
});
