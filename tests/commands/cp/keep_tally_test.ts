import assert from "node:assert/strict";
import { keepTally } from "../../../src/commands/cp/keep_tally.ts";
import type { Log } from "../../../src/log.ts";

function createTally({ isTerminal, destination = "." }: {
  readonly isTerminal: boolean;
  readonly destination?: string;
}) {
  const drawn: string[] = [];
  const warned: string[] = [];
  let now = 0;
  const log: Log = {
    debug() {},
    info() {},
    warn: (text) => void warned.push(text),
    withPrefix: () => log,
    hush() {},
    isQuiet: () => false,
  };
  const tally = keepTally({
    shared: { logFormat: "text", color: "auto", debug: false, noInput: false },
    copy: { kind: "down", sources: ["/a"], destination },
  }, {
    deps: {
      stderr: {
        isTerminal,
        write: () => Promise.resolve(),
        writeText: (text) => void drawn.push(text),
      },
      env: () => undefined,
      terminalSize: () => ({ columns: 60, rows: 20 }),
      now: () => new Date(now),
    },
    log,
  });
  return { tally, drawn, warned, pass: (ms: number) => void (now += ms) };
}

Deno.test("progress is drawn on a terminal, a few times a second, and cleared", () => {
  const { tally, drawn, pass } = createTally({ isTerminal: true });
  tally.addTotal(4_096);
  tally.onBytes(1_024);
  tally.onBytes(1_024);
  pass(1_000);
  tally.onBytes(1_024);
  tally.stop();
  assert.deepEqual(drawn.map((text) => text.replace("\r\x1b[K", "")), [
    "Copying: 1.0 KiB of 4.0 KiB (25%)",
    "Copying: 3.0 KiB of 4.0 KiB (75%), 3.0 KiB/s, 1s left",
    "",
  ]);
});

Deno.test("nothing is drawn elsewhere, or over a file on standard output", () => {
  for (
    const options of [
      { isTerminal: false },
      { isTerminal: true, destination: "-" },
    ]
  ) {
    const { tally, drawn } = createTally(options);
    tally.onBytes(1);
    tally.stop();
    assert.deepEqual(drawn, []);
  }
});

Deno.test("what is skipped is told with its name escaped, up to a hundred lines, and counted", () => {
  const { tally, warned } = createTally({ isTerminal: false });
  tally.onSkip("a\x1b[2Jb\n", "it is a device");
  for (let at = 0; at < 5_000; at++) tally.onSkip(`f${at}`, "no");
  tally.onNotice("never seen");
  tally.onFile();
  assert.equal(warned[0], 'Skipped "a\\u001b[2Jb\\n": it is a device');
  assert.equal(warned.length, 101);
  assert.equal(warned.at(-1), "More of these lines are not shown");
  assert.equal(tally.skips(), 5_001);
  assert.equal(tally.result().skipped.length, 1_000);
  assert.equal(tally.summary(), "Copied 1 file, 0 B; skipped 5001");
});

Deno.test("a file that was sent and could not be written is not one that was copied", () => {
  const { tally } = createTally({ isTerminal: false });
  tally.onBytes(3);
  tally.onFile();
  tally.onFile();
  tally.onSkip("/b", "the disk is full", true);
  tally.onSkip("/c", "it could not be read");
  assert.equal(tally.summary(), "Copied 1 file, 3 B; skipped 2");
  assert.equal(tally.result().files, 1);
});

Deno.test("what is told of many files is told once", () => {
  const { tally, warned } = createTally({ isTerminal: false });
  for (const text of ["no owner", "no times", "no owner"]) tally.onNotice(text);
  assert.deepEqual(warned, ["no owner", "no times"]);
});
