import assert from "node:assert/strict";
import { PortholeError } from "../../src/errors.ts";
import { formatResults } from "../../src/output/format_results.ts";
import { summarizeResults } from "../../src/output/summarize_results.ts";

const id = (number: number) => String(number).padStart(4, "0").repeat(8);

Deno.test("all well: one line", () => {
  assert.deepEqual(
    summarizeResults([{ task: id(1), status: 0 }, { task: id(2) }]),
    ["2 tasks: 2 ok"],
  );
  assert.deepEqual(summarizeResults([{ task: id(1), status: 0 }]), [
    "1 task: 1 ok",
  ]);
});

Deno.test("those that failed, by why", () => {
  const error = new PortholeError("session_lost", "Cannot go on: cut");
  assert.deepEqual(
    summarizeResults([
      { task: id(1), status: 3 },
      { task: id(2), status: 0 },
      { task: id(3), status: 125, error },
      { task: id(4), status: 3 },
    ]),
    [
      "4 tasks: 1 ok, 3 failed",
      "000100010001, 000400040004: exit status 3",
      "000300030003: Cannot go on: cut",
    ],
  );
});

Deno.test("many that failed alike: each is named, in lines of a fair length", () => {
  const results = Array.from(
    { length: 120 },
    (_, at) => ({ task: id(at), status: 7 }),
  );
  const [first, ...lines] = summarizeResults(results);
  assert.equal(first, "120 tasks: 0 ok, 120 failed");
  assert.equal(lines.length, 3);
  for (const { task } of results) {
    assert(lines.some((line) => line.includes(task.slice(0, 12))));
  }
});

Deno.test("ids that begin alike are shown as long as it takes", () => {
  const [, line] = summarizeResults([
    { task: "0123456789abcdef", status: 1 },
    { task: "0123456789abcdff", status: 0 },
  ]);
  assert.equal(line, "0123456789abcde: exit status 1");
});

Deno.test("as JSON: every key of exec for each, and the status of all", () => {
  const text = formatResults({
    results: [{
      task: id(1),
      status: 0,
      output: { stdout: new TextEncoder().encode("hi\n"), truncated: false },
    }, { task: id(2), status: 125 }],
    status: 125,
  }, { withOutput: true });
  const { results, status, ...rest } = JSON.parse(text);
  assert.equal(status, 125);
  assert.deepEqual(rest, {});
  assert.deepEqual(
    results.map(({ task, output }: Record<string, unknown>) => [task, output]),
    [[id(1), "hi\n"], [id(2), ""]],
  );
  assert(
    !formatResults({ results: [{ task: id(1) }] }, { withOutput: false })
      .includes("output"),
  );
});
