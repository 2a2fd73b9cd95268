import assert from "node:assert/strict";
import { checkVersionRange } from "../../src/config/check_version_range.ts";

Deno.test("ecspresso's ranges are ranges", () => {
  const ranges = [
    ">= 2.0.0, < 3",
    ">=2.0.0,<3",
    "2.0.0",
    "v2.0.0",
    "= v2",
    "!= 2.1.0-beta.1",
    "~> 2.1",
    "~>2.1.3-rc1+build.5",
    "  >  1.2.3.4  ",
    "<= 2.0.0-0",
    "2.0.0beta1",
  ];
  for (const range of ranges) {
    assert.equal(checkVersionRange(range), undefined, range);
  }
});

Deno.test("what Go's go-version refuses is named", () => {
  const ranges: Record<string, string> = {
    "": "",
    "latest": "latest",
    ">= 2.0.0,": "",
    ">= 2 < 3": ">= 2 < 3",
    ">= 2 || < 1": ">= 2 || < 1",
    "^2.0.0": "^2.0.0",
    "=> 2, < 3": "=> 2",
    "2.x": "2.x",
    "2..0": "2..0",
    ">= 2, < 3.0.": " < 3.0.",
    "2.0.0+": "2.0.0+",
  };
  for (const [range, part] of Object.entries(ranges)) {
    assert.equal(checkVersionRange(range), part, range);
  }
});

Deno.test("a long text is checked in no time", () => {
  assert.notEqual(checkVersionRange(`${"1.".repeat(50_000)}!`), undefined);
  assert.notEqual(checkVersionRange(`1${"-a".repeat(50_000)}!`), undefined);
});
