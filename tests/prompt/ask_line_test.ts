import assert from "node:assert/strict";
import type { InputDevice, SignalName } from "../../src/deps.ts";
import { PortholeError } from "../../src/errors.ts";
import { askLine } from "../../src/prompt/ask_line.ts";

/** A terminal that gives these chunks, one a read, and ends only if told to. */
function terminal(chunks: readonly string[], ends: boolean) {
  let shown = "";
  let interrupt = () => {};
  const left = chunks.map((chunk) => new TextEncoder().encode(chunk));
  const never = Promise.withResolvers<void>();
  const stdin: InputDevice = {
    isTerminal: true,
    describe: () => Promise.resolve({ kind: "terminal" }),
    open: () =>
      new ReadableStream<Uint8Array>({
        async pull(controller) {
          const chunk = left.shift();
          if (chunk !== undefined) controller.enqueue(chunk);
          else if (ends) controller.close();
          else await never.promise;
        },
        cancel: () => never.resolve(),
      }, { highWaterMark: 0 }),
    setRaw: () => assert.fail("the terminal keeps its mode"),
  };
  return {
    deps: {
      stdin,
      stderr: {
        isTerminal: true,
        write: () => Promise.resolve(),
        writeText: (text: string) => void (shown += text),
      },
      onSignal: (signal: SignalName, handler: () => void) => {
        assert.equal(signal, "SIGINT");
        interrupt = handler;
        return () => interrupt = () => assert.fail("nobody listens any more");
      },
    },
    shown: () => shown,
    interrupt: () => interrupt(),
    unread: () => left.length,
  };
}

Deno.test("askLine shows the question and gives the line, and reads no further", async () => {
  const { deps, shown, unread } = terminal(["2\n", "ls\n"], false);
  assert.equal(await askLine("Select task number (1-2): ", deps), "2");
  assert.equal(shown(), "Select task number (1-2): ");
  assert.equal(unread(), 1);
});

Deno.test("askLine takes the line ends of every system, and text in pieces", async () => {
  const bytes = new TextEncoder().encode("é");
  for (const chunks of [["a", "b\r\n"], ["ab\r"], ["ab\n"]]) {
    assert.equal(await askLine("? ", terminal(chunks, false).deps), "ab");
  }
  assert.equal(bytes.length, 2);
  assert.equal(await askLine("? ", terminal(["é\n"], false).deps), "é");
  assert.equal(await askLine("? ", terminal(["\n"], false).deps), "");
});

const cancelled = (error: unknown) =>
  error instanceof PortholeError && error.code === "cancelled";

Deno.test("askLine is cancelled by the end of the input (Ctrl-D)", async () => {
  const { deps, shown } = terminal([], true);
  await assert.rejects(askLine("? ", deps), cancelled);
  assert.equal(shown(), "? \n");
});

Deno.test("askLine is cancelled by an interrupt (Ctrl-C), and listens no more after it", async () => {
  const { deps, shown, interrupt } = terminal([], false);
  const answer = askLine("? ", deps);
  interrupt();
  await assert.rejects(answer, cancelled);
  assert.equal(shown(), "? \n");
});

Deno.test("askLine gives what was typed before the end", async () => {
  assert.equal(await askLine("? ", terminal(["ab"], true).deps), "ab");
});
