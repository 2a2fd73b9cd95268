import assert from "node:assert/strict";
import { reportMeasures, summarize } from "../../../scripts/bench/report.ts";

Deno.test("summarize takes the middle of an odd number of timings", () => {
  assert.deepEqual(summarize([30, 10, 20]), { median: 20, min: 10, max: 30 });
});

Deno.test("summarize takes the mean of the two middle ones of an even number", () => {
  assert.deepEqual(summarize([4, 1, 2, 10]), { median: 3, min: 1, max: 10 });
});

Deno.test("summarize takes one timing as it is", () => {
  assert.deepEqual(summarize([5]), { median: 5, min: 5, max: 5 });
});

Deno.test("reportMeasures divides a peer's median by porthole's", () => {
  const { start } = reportMeasures([
    { measure: "start", program: "porthole", value: 40 },
    { measure: "start", program: "aws", value: 300 },
    { measure: "start", program: "porthole", value: 60 },
    { measure: "start", program: "aws", value: 500 },
  ]);
  assert.deepEqual(start, {
    title: "start (version)",
    unit: "ms",
    better: "less",
    results: {
      porthole: { runs: 2, median: 50, min: 40, max: 60 },
      aws: { runs: 2, median: 400, min: 300, max: 500, ratio: 8 },
    },
  });
});

Deno.test("reportMeasures has no ratio without porthole, and nothing of what was not measured", () => {
  const report = reportMeasures([
    { measure: "output", program: "session-manager-plugin", value: 30 },
  ]);
  assert.deepEqual(Object.keys(report), ["output"]);
  assert.equal(report.output?.better, "more");
  assert.deepEqual(report.output?.results, {
    "session-manager-plugin": { runs: 1, median: 30, min: 30, max: 30 },
  });
});

Deno.test("reportMeasures keeps the order of the table, whatever came first", () => {
  const report = reportMeasures([
    { measure: "binary", program: "porthole", value: 99 },
    { measure: "start", program: "porthole", value: 40 },
  ]);
  assert.deepEqual(Object.keys(report), ["start", "binary"]);
});

Deno.test("reportMeasures divides each by the empty program, of which the floor is", () => {
  const report = reportMeasures([
    { measure: "start", program: "empty program", value: 40 },
    { measure: "start", program: "porthole", value: 50 },
    { measure: "first_request", program: "porthole", value: 100 },
    { measure: "memory_resting", program: "empty program", value: 50 },
    { measure: "memory_streaming", program: "porthole", value: 90 },
    { measure: "output", program: "porthole", value: 30 },
  ]);
  assert.equal(report.start?.results["porthole"]?.of_floor, 1.25);
  assert.equal(report.start?.results["empty program"]?.of_floor, undefined);
  assert.equal(report.first_request?.results["porthole"]?.of_floor, 2.5);
  assert.equal(report.memory_streaming?.results["porthole"]?.of_floor, 1.8);
  assert.equal(report.output?.results["porthole"]?.of_floor, undefined);
});
