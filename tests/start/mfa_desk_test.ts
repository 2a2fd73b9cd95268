import assert from "node:assert/strict";
import type { PortholeError } from "../../src/errors.ts";
import { openMfaDesk } from "../../src/start/mfa_desk.ts";

/** A desk at which these lines are typed, one a question. */
function open(
  lines: readonly string[],
  { noInput = false, stdin = true, stderr = true, platform = "linux" }: {
    readonly noInput?: boolean;
    readonly stdin?: boolean;
    readonly stderr?: boolean;
    readonly platform?: "linux" | "windows";
  } = {},
) {
  const left = [...lines];
  let shown = "";
  const desk = openMfaDesk({ noInput }, {
    platform,
    stdin: {
      isTerminal: stdin,
      describe: () => Promise.resolve({ kind: "terminal" }),
      open: () => new Blob([`${left.shift() ?? ""}\n`]).stream(),
      setRaw: () => {},
    },
    stderr: {
      isTerminal: stderr,
      write: () => Promise.resolve(),
      writeText: (text) => void (shown += text),
    },
    onSignal: () => () => {},
    spawn: () => {
      throw new Error("nothing is started");
    },
  });
  return { desk, left, shown: () => shown };
}

const DEVICE = { serial: "arn:mfa/ann", profile: "prod" };

Deno.test("a code has six digits, and three tries", async () => {
  const { desk, shown } = open(["12345", "1234567", " 123 456 "]);
  assert.equal(await desk!.askCode(DEVICE), "123456");
  const question = "MFA code for arn:mfa/ann (profile prod): ";
  const complaint = "An MFA code has six digits\n";
  assert.equal(shown(), `${question}${complaint}`.repeat(2) + question);
  const wrong = open(["a", "b", "c", "123456"]);
  await assert.rejects(
    wrong.desk!.askCode(DEVICE),
    (error: PortholeError) =>
      error.code === "no_credentials" && /in 3 tries/.test(error.message),
  );
  assert.deepEqual(wrong.left, ["123456"]);
});

Deno.test("nobody is asked without a terminal, or where that is forbidden", () => {
  const isOpen = (options: Parameters<typeof open>[1]) =>
    open([], options).desk !== undefined;
  assert.equal(isOpen({}), true);
  assert.equal(isOpen({ noInput: true }), false);
  assert.equal(isOpen({ stderr: false }), false);
  // The terminal is asked past a pipe, which Windows cannot do.
  assert.equal(isOpen({ stdin: false }), true);
  assert.equal(isOpen({ stdin: false, platform: "windows" }), false);
  assert.equal(isOpen({ platform: "windows" }), true);
});
