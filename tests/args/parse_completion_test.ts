import assert from "node:assert/strict";
import { SHELLS } from "../../src/args/shells.ts";
import { expectUsageError, parse } from "./parse.ts";

Deno.test("completion takes a shell", () => {
  for (const shell of SHELLS) {
    const invocation = parse(["completion", shell]);
    assert.equal(invocation.kind, "completion");
    assert.ok(invocation.kind === "completion" && invocation.shell === shell);
  }
});

Deno.test("completion without a shell, or with another, names those there are", () => {
  expectUsageError(
    ["completion"],
    "no shell was given",
    "bash, zsh, fish or power",
  );
  expectUsageError(
    ["completion", "tcsh"],
    '"tcsh": the shells are bash, zsh, fish',
  );
  expectUsageError(["completion", ""], '""');
  expectUsageError(
    ["completion", "bash", "zsh"],
    '"zsh": unexpected argument after',
  );
  expectUsageError(["completion", "bash", "--", "ls"], '"--"');
  expectUsageError(["completion", "bash", "--check"], 'a flag of "version"');
});
