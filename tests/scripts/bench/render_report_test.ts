import assert from "node:assert/strict";
import { renderReport } from "../../../scripts/bench/render_report.ts";
import {
  type BenchReport,
  type ProgramFigure,
  reportMeasures,
} from "../../../scripts/bench/report.ts";

function makeReport(
  figures: readonly ProgramFigure[],
  changes: Partial<BenchReport> = {},
): BenchReport {
  return {
    runs: 3,
    machine: {
      os: "linux",
      arch: "x64",
      cores: 2,
      load: { before: 0.42, after: 1.06 },
    },
    programs: [
      { name: "porthole", version: "porthole 0.1.0" },
      { name: "aws", version: "aws-cli/2.9.19" },
      { name: "ecsta", version: null },
    ],
    measures: reportMeasures(figures),
    skipped: [],
    ...changes,
  };
}

Deno.test("the report starts with the ratios, and names what is not installed", () => {
  const text = renderReport(makeReport([
    { measure: "start", program: "porthole", value: 50 },
    { measure: "start", program: "aws", value: 400 },
    { measure: "output", program: "porthole", value: 36.25 },
    { measure: "output", program: "session-manager-plugin", value: 29 },
    { measure: "binary", program: "porthole", value: 99.3 },
  ]));
  assert.equal(
    text,
    `peer / porthole                                     aws  session-manager-plugin
start (version)                                    8.00                       -
output, 50 MiB in 1 KiB messages (more is better)     -                    0.80

                                                          median    min    max
start (version)                                 porthole    50.0   50.0   50.0    ms
                                                     aws   400.0  400.0  400.0    ms
output, 50 MiB in 1 KiB messages                porthole    36.3   36.3   36.3  MB/s
                                  session-manager-plugin    29.0   29.0   29.0  MB/s
binary                                          porthole    99.3   99.3   99.3    MB

porthole: porthole 0.1.0
aws: aws-cli/2.9.19

ecsta: not installed

3 runs, linux x64, 2 cores, load 0.4 before and 1.1 after`,
  );
});

Deno.test("a report without peers has no ratios", () => {
  const text = renderReport(
    makeReport([{ measure: "start", program: "porthole", value: 50 }]),
  );
  assert.doesNotMatch(text, /peer \/ porthole/);
});

Deno.test("what was skipped is a line each", () => {
  const text = renderReport(
    makeReport([], { skipped: ["Docker exec: dockerd takes root", "b: gone"] }),
  );
  assert.match(text, /^Docker exec: dockerd takes root\nb: gone$/m);
});

Deno.test("what an empty program has a measure of is set beside it", () => {
  const text = renderReport(makeReport([
    { measure: "start", program: "empty program", value: 40 },
    { measure: "start", program: "porthole", value: 50 },
    { measure: "first_request", program: "porthole", value: 100 },
    { measure: "first_request", program: "aws", value: 400 },
  ]));
  assert.ok(
    text.includes(`program / empty program     porthole    aws
start (version)                 1.25      -
start to first AWS request      2.50  10.00
`),
    text,
  );
});
