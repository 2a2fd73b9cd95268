import assert from "node:assert/strict";
import { type ErrorCode, ERRORS, PortholeError } from "../../src/errors.ts";
import { isHangupIgnored } from "../../src/limits/is_hangup_ignored.ts";
import { isPassing } from "../../src/limits/is_passing.ts";

Deno.test("what may be over when one looks again is AWS's to be busy or away, and no mistake", () => {
  const passing = (Object.keys(ERRORS) as ErrorCode[]).filter((code) =>
    isPassing(new PortholeError(code, "x"))
  );
  assert.deepEqual(passing.sort(), [
    "aws_refused",
    "expired_credentials",
    "throttled",
    "timed_out",
    "unreachable",
  ]);
  assert.equal(isPassing(new Error("throttled")), false);
});

Deno.test("hang-ups are ignored where a child says so; a terminal's are not", async () => {
  const ask = (
    signal: string | null | undefined,
    { platform = "linux", stdout = false, stderr = false }: {
      readonly platform?: "linux" | "windows";
      readonly stdout?: boolean;
      readonly stderr?: boolean;
    } = {},
  ) =>
    isHangupIgnored({
      platform,
      stdout: { isTerminal: stdout } as never,
      stderr: { isTerminal: stderr } as never,
      spawn: () => {
        if (signal === undefined) throw new Deno.errors.NotFound("no sh");
        return { exit: Promise.resolve({ code: 0, signal }) } as never;
      },
    });
  assert.equal(await ask("SIGHUP"), false);
  assert.equal(await ask(null), true);
  // Without a shell to ask, a session rather outlives porthole.
  assert.equal(await ask(undefined), true);
  assert.equal(await ask(null, { stdout: true }), false);
  assert.equal(await ask(null, { stderr: true }), false);
  assert.equal(await ask(null, { platform: "windows" }), false);
});
