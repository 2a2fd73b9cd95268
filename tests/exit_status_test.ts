import assert from "node:assert/strict";
import { CancelledBySignal } from "../src/cancelled_by_signal.ts";
import { END_SIGNALS, statusOfSignal } from "../src/end_signal.ts";
import { type ErrorCode, ERRORS, PortholeError } from "../src/errors.ts";
import { exitStatusFor, exitStatusOf } from "../src/exit_status.ts";

const CODES = Object.keys(ERRORS) as ErrorCode[];

Deno.test("no error ends with 0, and none of a session with a command's own status", () => {
  const remote: Partial<Record<ErrorCode, number>> = {
    timed_out: 124,
    not_executable: 126,
    command_not_found: 127,
    cancelled: 130,
  };
  const local: Partial<Record<ErrorCode, number>> = {
    usage: 2,
    not_a_tty: 2,
    cancelled: 130,
  };
  for (const code of CODES) {
    assert.equal(exitStatusFor(code, "remote"), remote[code] ?? 125, code);
    assert.equal(exitStatusFor(code, "local"), local[code] ?? 1, code);
  }
});

Deno.test("what a signal has cancelled ends with that signal's status, by either rules", () => {
  const statuses = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGTERM: 143 };
  assert.deepEqual([...END_SIGNALS].sort(), Object.keys(statuses).sort());
  for (const signal of END_SIGNALS) {
    assert.equal(statusOfSignal(signal), statuses[signal]);
    for (const rules of ["remote", "local"] as const) {
      const error = new CancelledBySignal(signal);
      assert.equal(exitStatusOf(error, rules), statuses[signal]);
      assert.equal(
        exitStatusOf(new PortholeError("cancelled", "Cancelled"), rules),
        130,
      );
    }
  }
});
