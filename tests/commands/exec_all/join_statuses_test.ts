import assert from "node:assert/strict";
import { joinStatuses } from "../../../src/commands/exec_all/join_statuses.ts";
import { PortholeError } from "../../../src/errors.ts";

const cancelled = {
  status: 130,
  error: new PortholeError("cancelled", "Ended: another task failed"),
};
const lost = {
  status: 125,
  error: new PortholeError("session_lost", "Cannot go on"),
};

Deno.test("the status of all", () => {
  const cases = [
    [[{ status: 0 }, { status: 0 }], 0],
    [[{ status: 0 }, { status: 3 }, { status: 3 }], 3],
    [[{ status: 4 }, { status: 3 }], 1],
    [[lost, { status: 0 }], 125],
    [[lost, { status: 3 }], 1],
    // Nothing reports a status there.
    [[{ status: undefined }, { status: 0 }], 0],
    // Those that were ended for another's sake do not count.
    [[cancelled, { status: 9 }, { status: 0 }], 9],
    [[cancelled, { status: 0 }], 130],
  ] as const;
  for (const [results, status] of cases) {
    assert.equal(joinStatuses(results), status, JSON.stringify(results));
  }
});
