import assert from "node:assert/strict";
import type { SignalName, SpawnOptions } from "../../src/deps.ts";
import type { PortholeError } from "../../src/errors.ts";
import { askTerminal } from "../../src/prompt/ask_terminal.ts";
import { canAskTerminal } from "../../src/prompt/can_ask_terminal.ts";

type Exit = { readonly code: number; readonly signal: string | null };

/** A shell that says this and ends so; of a signal it hears by being killed. */
function shell(said: string, exit?: Exit) {
  const kills: string[] = [];
  const started: SpawnOptions[] = [];
  const ended = Promise.withResolvers<Exit>();
  const output = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(said));
      void ended.promise.then(() => controller.close());
    },
  });
  if (exit !== undefined) ended.resolve(exit);
  const spawn = (options: SpawnOptions) => {
    started.push(options);
    return {
      pid: 1,
      stdin: new WritableStream<Uint8Array>(),
      stdout: output,
      stderr: new ReadableStream<Uint8Array>(),
      exit: ended.promise,
      kill(signal: SignalName | "SIGKILL") {
        kills.push(signal);
        ended.resolve({ code: 0, signal: null });
      },
    };
  };
  return { spawn, kills, started };
}

function ask(said: string, exit?: Exit) {
  const one = shell(said, exit);
  const signals = new Map<SignalName, () => void>();
  let shown = "";
  const asked = askTerminal("Which? ", {
    spawn: one.spawn,
    stderr: {
      isTerminal: true,
      write: () => Promise.resolve(),
      writeText: (text) => void (shown += text),
    },
    onSignal: (signal, handler) => {
      signals.set(signal, handler);
      return () => void signals.delete(signal);
    },
  });
  return { ...one, asked, signals, shown: () => shown };
}

const failsWith = (code: string) => (error: PortholeError) =>
  error.code === code;

Deno.test("a line of the terminal is an answer only where the shell that reads it says so", async () => {
  const answered = ask("web 2", { code: 0, signal: null });
  assert.equal(await answered.asked, "web 2");
  assert.equal(answered.shown(), "Which? ");
  assert.equal(answered.signals.size, 0);
  for (
    const [exit, code] of [
      [{ code: 3, signal: null }, "no_choice"],
      [{ code: 2, signal: null }, "no_choice"],
      [{ code: 4, signal: null }, "cancelled"],
      [{ code: 130, signal: null }, "cancelled"],
      [{ code: 2, signal: "SIGINT" }, "cancelled"],
    ] as const
  ) {
    const failed = ask("we", exit);
    await assert.rejects(failed.asked, failsWith(code), JSON.stringify(exit));
    assert.equal(failed.shown(), "Which? \n");
    assert.equal(failed.signals.size, 0);
  }
});

Deno.test("a signal ends the question and its shell, whatever that says then", async () => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const) {
    const opened = ask("half an answer");
    opened.signals.get(signal)!();
    await assert.rejects(opened.asked, failsWith("cancelled"));
    assert.deepEqual(opened.kills, ["SIGKILL"]);
    assert.equal(opened.signals.size, 0);
  }
});

Deno.test("a person can be asked where a shell finds the terminal, or there is no shell to look", async () => {
  const look = (
    exit: Exit | undefined,
    isTerminal: boolean,
    platform: "linux" | "windows" = "linux",
  ) =>
    canAskTerminal({
      platform,
      stdin: { isTerminal } as never,
      spawn: (options) => {
        if (exit === undefined) throw new Deno.errors.NotFound();
        assert.equal(options.tied, true);
        assert.equal(options.args.at(-1) === "stdin", isTerminal);
        return shell("", exit).spawn(options);
      },
    });
  const yes = { code: 0, signal: null };
  const no = { code: 1, signal: null };
  for (const isTerminal of [true, false]) {
    assert.equal(await look(yes, isTerminal), true);
    assert.equal(await look(no, isTerminal), false);
    assert.equal(await look(undefined, isTerminal), isTerminal);
    assert.equal(await look(undefined, isTerminal, "windows"), isTerminal);
  }
});
