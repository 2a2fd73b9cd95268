import assert from "node:assert/strict";
import type { Deps, SignalName } from "../../src/deps.ts";
import { separateLines } from "../../src/terminal/separate_lines.ts";

/** A terminal, or a pipe for stderr, on which `screen` is what was written. */
function open({ stderrIsTerminal = true } = {}) {
  let screen = "";
  const handlers = new Map<SignalName, () => void>();
  const device = (isTerminal: boolean) => ({
    isTerminal,
    write: (bytes: Uint8Array) => {
      screen += new TextDecoder().decode(bytes);
      return Promise.resolve();
    },
    writeText: (text: string) => void (screen += text),
  });
  const lines = separateLines({
    stdin: { isTerminal: true, setRaw() {} },
    stdout: device(true),
    stderr: device(stderrIsTerminal),
    onSignal: (signal: SignalName, handler: () => void) => {
      handlers.set(signal, handler);
      return () => {};
    },
  } as unknown as Deps);
  lines.deps.onSignal("SIGINT", () => {});
  return {
    ...lines,
    pressKey: () => handlers.get("SIGINT")?.(),
    screen: () => screen,
  };
}

Deno.test("a key that was the end is ended by a line feed, once, and only on a terminal", () => {
  const terminal = open();
  terminal.endLine();
  assert.equal(terminal.screen(), "");
  terminal.pressKey();
  terminal.endLine();
  terminal.endLine();
  assert.equal(terminal.screen(), "\n");
  const pipe = open({ stderrIsTerminal: false });
  pipe.pressKey();
  pipe.endLine();
  assert.equal(pipe.screen(), "");
});

Deno.test("what is said behind a key stands on a line of its own, and needs no other end", () => {
  const { deps, endLine, pressKey, screen } = open();
  pressKey();
  deps.stderr.writeText("error: Cancelled\n");
  endLine();
  assert.equal(screen(), "\nerror: Cancelled\n");
});

Deno.test("output without an end of line is left as it is", async () => {
  const { deps, endLine, screen } = open();
  await deps.stdout.write(new TextEncoder().encode("no end"));
  endLine();
  assert.equal(screen(), "no end");
});

Deno.test("on a raw terminal a signal is no key: the remote echoes its keys itself", () => {
  const { deps, endLine, pressKey, screen } = open();
  deps.stdin.setRaw(true);
  pressKey();
  endLine();
  assert.equal(screen(), "");
});
