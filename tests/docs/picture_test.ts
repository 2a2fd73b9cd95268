import assert from "node:assert/strict";
import { makePicture } from "../../scripts/picture.ts";
import { projectRoot } from "../../scripts/project.ts";

Deno.test({
  name: "docs/demo.svg is what porthole looks like now",
  ignore: Deno.build.os === "windows",
  // node-pty's handles outlive the test.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    assert.equal(
      await Deno.readTextFile(`${projectRoot}docs/demo.svg`),
      await makePicture(),
      "scripts/dev picture draws it anew",
    );
  },
});
