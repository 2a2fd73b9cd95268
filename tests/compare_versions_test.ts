import assert from "node:assert/strict";
import { compareVersions } from "../src/compare_versions.ts";

for (
  const [version, other, sign] of [
    ["1.2.763", "1.2.764", -1],
    ["1.2.764", "1.2.764", 0],
    ["1.2.764.9", "1.2.764", 0],
    ["1.2.1000", "1.2.764", 1],
    ["1.10", "1.9", 1],
    ["1.35", "1.35", 0],
    ["2.0", "1.35", 1],
    ["1.4", "1.4.0", 0],
    ["1", "1.0.1", -1],
    ["v1.61.2", "1.50.2", 1],
  ] as const
) {
  Deno.test(`compareVersions of ${version} and ${other} is ${sign}`, () => {
    assert.equal(Math.sign(compareVersions(version, other)), sign);
  });
}
