import assert from "node:assert/strict";
import { countTests } from "../../scripts/test.ts";

Deno.test("countTests adds up the files of a report", () => {
  const report =
    `<testsuites name="deno test" tests="6" failures="3" errors="0" time="0.1">
    <testsuite name="./a_test.ts" tests="5" disabled="1" errors="0" failures="3"></testsuite>
    <testsuite name="./b_test.ts" tests="1" disabled="0" errors="0" failures="0"></testsuite>
  </testsuites>`;
  assert.deepEqual(countTests(report), { passed: 2, failed: 3, skipped: 1 });
});
