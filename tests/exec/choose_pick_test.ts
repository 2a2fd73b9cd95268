import assert from "node:assert/strict";
import { choosePick } from "../../src/exec/choose_pick.ts";

Deno.test("a container is asked for only where --pick prompt was typed", () => {
  const flag = { kind: "flag", name: "--pick" } as const;
  const env = { kind: "env", name: "PORTHOLE_PICK" } as const;
  assert.equal(choosePick(undefined), undefined);
  assert.equal(choosePick({ value: "prompt", source: flag }), "prompt");
  assert.equal(choosePick({ value: "prompt", source: env }), undefined);
  assert.equal(choosePick({ value: "newest", source: env }), "newest");
});
