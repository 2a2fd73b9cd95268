import assert from "node:assert/strict";
import { countTests, listFailures } from "../../scripts/read_test_report.ts";

Deno.test("countTests adds up the files of a report", () => {
  const report =
    `<testsuites name="deno test" tests="6" failures="3" errors="0" time="0.1">
    <testsuite name="./a_test.ts" tests="5" disabled="1" errors="0" failures="3"></testsuite>
    <testsuite name="./b_test.ts" tests="1" disabled="0" errors="0" failures="0"></testsuite>
  </testsuites>`;
  assert.deepEqual(countTests(report), { passed: 2, failed: 3, skipped: 1 });
});

Deno.test("listFailures names the tests that failed, and why", () => {
  const report = `<testsuites name="deno test" tests="3" failures="2">
    <testsuite name="./tests/a_test.ts" tests="3" disabled="0" errors="0" failures="2">
        <testcase name="bad &lt;x&gt; &amp; &quot;y&quot;" classname="./tests/a_test.ts" time="0.000" line="1" col="6">
            <failure message="Uncaught Error">Error: oh &lt;no&gt; &amp;amp; &apos;quote&apos;
    at tests/a_test.ts:1</failure>
        </testcase>
        <testcase name="good" classname="./tests/a_test.ts" time="0.000" line="3" col="6">
        </testcase>
        <testcase name="steps &gt; inner" classname="./tests/define.ts" time="0.000" line="2" col="43">
            <failure message="in">Error: in
    at file:///x/tests/e2e/b_test.ts:33:16
    at file:///x/tests/e2e/define.ts:3:1</failure>
        </testcase>
    </testsuite>
</testsuites>`;

  assert.deepEqual(
    listFailures(report).map(({ file, name }) => ({ file, name })),
    [
      { file: "tests/a_test.ts", name: 'bad <x> & "y"' },
      { file: "tests/e2e/b_test.ts", name: "steps > inner" },
    ],
  );
  assert.match(
    listFailures(report)[0]?.reason ?? "",
    /^Error: oh <no> &amp; 'quote'\n {4}at/,
  );
});
