import assert from "node:assert/strict";
import { PortholeError } from "../../../src/errors.ts";
import {
  checkConvoxFlags,
  checkRackFlags,
} from "../../../src/exec/rack/check_rack_flags.ts";
import { parse } from "../../args/parse.ts";

function check(...flags: readonly string[]): void {
  const invocation = parse(["exec", "web", ...flags, "--", "ls"]);
  assert.equal(invocation.kind, "exec");
  if (invocation.kind === "exec") checkRackFlags(invocation);
}

for (
  const flags of [
    ["--region", "us-east-1"],
    ["--profile", "x"],
    ["--via", "docker"],
    ["--ecs-exec", "Yes"],
    ["--agent-timeout", "1s"],
    ["--privileged"],
  ]
) {
  Deno.test(`${flags.join(" ")} is refused over a rack`, () => {
    assert.throws(
      () => check(...flags),
      (error) =>
        error instanceof PortholeError && error.code === "usage" &&
        error.message.includes("over a rack"),
    );
  });
}

for (const flags of [["-c", "worker"], ["--no-shell"], ["--stderr", "split"]]) {
  Deno.test(`${flags.join(" ")} is refused over a Convox rack alone`, () => {
    check(...flags);
    const invocation = parse(["exec", "web", ...flags, "--", "ls"]);
    assert.ok(invocation.kind === "exec");
    assert.throws(() => checkConvoxFlags(invocation), /over a rack/);
  });
}

Deno.test("what a rack can do passes", () => {
  check("-u", "root", "-w", "/", "-e", "A=1", "--stderr", "merge", "-n");
});
