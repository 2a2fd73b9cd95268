import assert from "node:assert/strict";
import { PortholeError } from "../../src/errors.ts";
import { isRemotesOwnEnd } from "../../src/terminal/reset_terminal.ts";
import type { SessionEnd } from "../../src/session/session.ts";
import type { SessionOutcome } from "../../src/terminal/run_session.ts";

const bytes = { in: 0, out: 0 };
const ended = (end: SessionEnd): SessionOutcome => ({
  kind: "ended",
  end,
  bytes,
});
const error = new PortholeError("session_lost", "Cannot continue");

Deno.test("only a program that ended by itself has taken back what it did to the terminal", () => {
  const own = [
    ended({ kind: "unknown" }),
    ended({ kind: "status", status: 0 }),
    ended({ kind: "status", status: 127 }),
  ];
  const others: readonly SessionOutcome[] = [
    ended({ kind: "status", status: 128 }),
    ended({ kind: "status", status: 137 }),
    ended({ kind: "failed", error }),
    { kind: "left", status: 130, bytes },
    { kind: "output_closed", status: 141, bytes },
    {
      kind: "interrupted",
      signal: "SIGTERM",
      status: 143,
      gaveUp: false,
      bytes,
    },
  ];
  assert.deepEqual(own.map(isRemotesOwnEnd), own.map(() => true));
  assert.deepEqual(others.map(isRemotesOwnEnd), others.map(() => false));
});
