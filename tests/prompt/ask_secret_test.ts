import assert from "node:assert/strict";
import type { SignalName } from "../../src/deps.ts";
import { PortholeError } from "../../src/errors.ts";
import { askSecret } from "../../src/prompt/ask_secret.ts";

/** A terminal at which these keys are typed; it records what happens to it. */
function open(keys: readonly string[], end = false) {
  const steps: string[] = [];
  const signals = new Map<SignalName, () => void>();
  const asked = askSecret("Token\x1b: ", {
    stdin: {
      isTerminal: true,
      describe: () => Promise.resolve({ kind: "terminal" }),
      open: () =>
        new ReadableStream({
          start(controller) {
            for (const key of keys) {
              controller.enqueue(new TextEncoder().encode(key));
            }
            if (end) controller.close();
          },
          cancel: () => void steps.push("left"),
        }),
      setRaw: (raw) => void steps.push(raw ? "raw" : "cooked"),
    },
    stderr: {
      isTerminal: true,
      write: () => Promise.resolve(),
      writeText: (text) => void steps.push(text),
    },
    onSignal: (signal, handler) => {
      signals.set(signal, handler);
      return () => void signals.delete(signal);
    },
  });
  return { asked, steps, signals };
}

/** Nothing typed is shown, and the terminal is as it was. */
function assertRestored({ steps, signals }: ReturnType<typeof open>): void {
  assert.deepEqual(steps.filter((step) => step !== "left"), [
    "raw",
    "Token\\u001b: ",
    "cooked",
    "\n",
  ]);
  assert.equal(signals.size, 0);
}

Deno.test("a secret is read up to Enter, unseen, with what was erased gone", async () => {
  for (
    const [keys, secret] of [
      [["s3cret\r"], "s3cret"],
      [["s3", "cret", "\n", "more"], "s3cret"],
      [["sx\x7f3y\bcret\r"], "s3cret"],
      [["\x7f\x7fa\r"], "a"],
      [["\r"], ""],
      [["x".repeat(5_000)], "x".repeat(5_000)],
    ] as const
  ) {
    const opened = open(keys);
    assert.equal(await opened.asked, secret);
    assertRestored(opened);
  }
});

Deno.test("Ctrl-C, Ctrl-D, an end and every signal cancel, and leave the terminal as it was", async () => {
  const isCancelled = (error: PortholeError) =>
    error instanceof PortholeError && error.code === "cancelled";
  for (const keys of [["ab\x03\r"], ["\x04\r"], ["ab"]]) {
    const opened = open(keys, true);
    await assert.rejects(opened.asked, isCancelled);
    assertRestored(opened);
  }
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const) {
    const opened = open(["ab"]);
    opened.signals.get(signal)!();
    await assert.rejects(opened.asked, isCancelled, signal);
    assertRestored(opened);
    assert.equal(opened.steps.at(-1), "left");
  }
});
