import assert from "node:assert/strict";
import type { Deps, SignalName } from "../../src/deps.ts";
import { PortholeError } from "../../src/errors.ts";
import type { SessionEnd, StreamSession } from "../../src/session/session.ts";
import {
  runSession,
  runStreamSession,
  type SessionRun,
} from "../../src/terminal/run_session.ts";

const encoder = new TextEncoder();
const PIPED: SessionRun = { interactive: false, readStdin: true };
const NO_STDIN: SessionRun = { interactive: false, readStdin: false };

/** A remote that a test plays by hand. */
function createRemote(
  options: {
    onEnd?: () => void;
    onInput?: (text: string) => void | Promise<void>;
  } = {},
) {
  const output = new TransformStream<Uint8Array, Uint8Array>(
    undefined,
    undefined,
    { highWaterMark: 1000 },
  );
  const writer = output.writable.getWriter();
  const exit = Promise.withResolvers<SessionEnd>();
  const inputEnd = Promise.withResolvers<void>();
  const remote = {
    ends: 0,
    input: "",
    inputEnd: inputEnd.promise,
    print: (text: string) =>
      void writer.write(encoder.encode(text)).catch(() => {}),
    finish: (end: SessionEnd = { kind: "status", status: 0 }) => {
      void writer.close().catch(() => {});
      exit.resolve(end);
    },
  };
  const session: StreamSession = {
    kind: "stream",
    output: output.readable,
    input: new WritableStream({
      async write(bytes) {
        const text = new TextDecoder().decode(bytes);
        await options.onInput?.(text);
        remote.input += text;
      },
      close: () => inputEnd.resolve(),
    }),
    resize: () => {},
    end() {
      remote.ends++;
      options.onEnd?.();
      return Promise.resolve();
    },
    exit: exit.promise,
  };
  return { remote, session };
}

/** An outside that a test plays by hand. */
function createOutside(
  options: {
    onWrite?: (text: string) => void | Promise<void>;
    isTerminal?: boolean;
  } = {},
) {
  const listeners = new Map<SignalName, Set<() => void>>();
  const stdin = new TransformStream<Uint8Array, Uint8Array>(
    undefined,
    undefined,
    { highWaterMark: 0 },
  );
  const typing = stdin.writable.getWriter();
  const naps: { ms: number; wake: () => void }[] = [];
  const outside = {
    stdout: "",
    naps,
    opened: 0,
    listening: () =>
      [...listeners].filter(([, handlers]) => handlers.size > 0).map((
        [signal],
      ) => signal),
    type: (text: string) => typing.write(encoder.encode(text)),
    closeStdin: () => typing.close(),
    breakStdin: (error: Error) => typing.abort(error),
    signal: (signal: SignalName) => {
      for (const handler of listeners.get(signal) ?? []) handler();
    },
  };
  const device = {
    isTerminal: options.isTerminal ?? false,
    async write(bytes: Uint8Array) {
      const text = new TextDecoder().decode(bytes);
      await options.onWrite?.(text);
      outside.stdout += text;
    },
    writeText: () => {},
  };
  const deps: Pick<
    Deps,
    | "platform"
    | "stdin"
    | "stdout"
    | "stderr"
    | "spawn"
    | "sleep"
    | "terminalSize"
    | "onSignal"
  > = {
    platform: "linux",
    stdin: {
      isTerminal: false,
      describe: () => Promise.resolve({ kind: "pipe" }),
      open: () => {
        outside.opened++;
        return stdin.readable;
      },
      setRaw: () => assert.fail("not a terminal"),
    },
    stdout: device,
    stderr: device,
    spawn: () => assert.fail("nothing to spawn"),
    sleep: (ms) => new Promise((wake) => naps.push({ ms, wake })),
    terminalSize: () => undefined,
    onSignal: (signal, handler) => {
      const handlers = listeners.get(signal) ?? new Set();
      listeners.set(signal, handlers.add(handler));
      return () => void handlers.delete(handler);
    },
  };
  return { outside, deps };
}

Deno.test("output, input and its end pass, and are counted", async () => {
  const { remote, session } = createRemote();
  const { outside, deps } = createOutside();
  const outcome = runStreamSession(session, deps, PIPED);
  remote.print("hello ");
  await outside.type("abc");
  await outside.type("de");
  await outside.closeStdin();
  await remote.inputEnd;
  remote.print("world");
  remote.finish({ kind: "status", status: 3 });
  assert.deepEqual(await outcome, {
    kind: "ended",
    end: { kind: "status", status: 3 },
    bytes: { in: 5, out: 11 },
  });
  assert.equal(outside.stdout, "hello world");
  assert.equal(remote.input, "abcde");
  assert.deepEqual(outside.listening(), []);
});

Deno.test("without stdin the remote's input ends at once, and ours is not touched", async () => {
  const { remote, session } = createRemote();
  const { outside, deps } = createOutside();
  const outcome = runStreamSession(session, deps, NO_STDIN);
  await remote.inputEnd;
  assert.equal(outside.opened, 0);
  remote.finish();
  await outcome;
});

Deno.test("a remote that ends early leaves the rest of stdin unread", async () => {
  const { remote, session } = createRemote();
  const { outside, deps } = createOutside();
  const outcome = runStreamSession(session, deps, PIPED);
  await outside.type("first");
  const second = outside.type("second");
  remote.finish({ kind: "unknown" });
  assert.equal((await outcome).kind, "ended");
  await second.catch(() => {});
});

Deno.test("a remote that has ended takes no more of our stdin, even while its output still comes", async () => {
  const { remote, session } = createRemote();
  const { outside, deps } = createOutside();
  const exit = Promise.resolve({ kind: "status", status: 4 } as const);
  const outcome = runStreamSession({ ...session, exit }, deps, PIPED);
  await exit;
  await assert.rejects(outside.type("too late").then(() => outside.type("x")));
  remote.print("the rest");
  remote.finish();
  assert.deepEqual(await outcome, {
    kind: "ended",
    end: { kind: "status", status: 4 },
    bytes: { in: 0, out: 8 },
  });
  assert.equal(remote.input, "");
});

Deno.test("a terminal that is closed is a hang-up, and ends the remote", async () => {
  const { remote, session } = createRemote();
  const { outside, deps } = createOutside();
  const modes: boolean[] = [];
  const outcome = runStreamSession(session, {
    ...deps,
    platform: "windows",
    stdin: { ...deps.stdin, setRaw: (raw) => modes.push(raw) },
  }, { interactive: true, readStdin: true });
  await outside.closeStdin();
  while (remote.ends === 0) await Promise.resolve();
  remote.finish({ kind: "status", status: 0 });
  assert.deepEqual(await outcome, {
    kind: "interrupted",
    signal: "SIGHUP",
    status: 129,
    gaveUp: false,
    bytes: { in: 0, out: 0 },
  });
  assert.deepEqual(modes, [true, false]);
});

Deno.test("a remote that takes no more input may go on printing", async () => {
  const refused = Promise.withResolvers<void>();
  const { remote, session } = createRemote({
    onInput: () => {
      refused.resolve();
      throw new Error("input closed");
    },
  });
  const { outside, deps } = createOutside();
  const outcome = runStreamSession(session, deps, PIPED);
  await outside.type("x");
  await refused.promise;
  remote.print("still here");
  remote.finish();
  assert.equal((await outcome).kind, "ended");
  assert.equal(outside.stdout, "still here");
  assert.equal(remote.ends, 0);
});

Deno.test("a slow remote slows our stdin down", async () => {
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const { remote, session } = createRemote({
    onInput: () => {
      reached.resolve();
      return gate.promise;
    },
  });
  const { outside, deps } = createOutside();
  const outcome = runStreamSession(session, deps, PIPED);
  let taken = 0;
  const typed = (async () => {
    for (let i = 0; i < 10; i++) {
      await outside.type("x");
      taken++;
    }
    await outside.closeStdin();
  })();
  await reached.promise;
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
  assert(taken < 5, `${taken} chunks were taken`);
  gate.resolve();
  await typed;
  await remote.inputEnd;
  assert.equal(remote.input, "x".repeat(10));
  remote.finish();
  await outcome;
});

Deno.test("the first SIGINT ends the remote and waits for its output", async () => {
  const { remote, session } = createRemote();
  const { outside, deps } = createOutside();
  const outcome = runStreamSession(session, deps, PIPED);
  outside.signal("SIGINT");
  assert.equal(remote.ends, 1);
  remote.print("bye");
  remote.finish({ kind: "status", status: 130 });
  assert.deepEqual(await outcome, {
    kind: "interrupted",
    signal: "SIGINT",
    status: 130,
    gaveUp: false,
    bytes: { in: 0, out: 3 },
  });
  assert.deepEqual(outside.naps, []);
});

Deno.test("a second signal gives up within two seconds", async () => {
  const { remote, session } = createRemote();
  const { outside, deps } = createOutside();
  const outcome = runStreamSession(session, deps, PIPED);
  outside.signal("SIGTERM");
  outside.signal("SIGINT");
  assert.equal(remote.ends, 2);
  const [nap] = outside.naps;
  assert(nap && nap.ms <= 2000);
  nap.wake();
  assert.deepEqual(await outcome, {
    kind: "interrupted",
    signal: "SIGTERM",
    status: 143,
    gaveUp: true,
    bytes: { in: 0, out: 0 },
  });
});

Deno.test("without a terminal of keys every signal that would end us ends the remote", async () => {
  for (
    const [signal, status] of [
      ["SIGINT", 130],
      ["SIGQUIT", 131],
      ["SIGTERM", 143],
      ["SIGHUP", 129],
    ] as const
  ) {
    const { remote, session } = createRemote({ onEnd: () => remote.finish() });
    const { outside, deps } = createOutside();
    const outcome = runStreamSession(session, deps, NO_STDIN);
    outside.signal(signal);
    assert.deepEqual(await outcome, {
      kind: "interrupted",
      signal,
      status,
      gaveUp: false,
      bytes: { in: 0, out: 0 },
    });
    assert.equal(remote.ends, 1);
  }
});

Deno.test("when nobody reads our stdout the session ends quietly with 141", async () => {
  const { remote, session } = createRemote({
    onEnd: () => remote.finish({ kind: "unknown" }),
  });
  const { deps } = createOutside({
    onWrite: () => {
      throw new Deno.errors.BrokenPipe("broken pipe");
    },
  });
  const outcome = runStreamSession(session, deps, PIPED);
  remote.print("line 1\n");
  assert.deepEqual(await outcome, {
    kind: "output_closed",
    status: 141,
    bytes: { in: 0, out: 0 },
  });
  assert.equal(remote.ends, 1);
});

Deno.test("a full disk is an error of ours", async () => {
  const { remote, session } = createRemote({ onEnd: () => remote.finish() });
  const { deps } = createOutside({
    onWrite: () => {
      throw new Error("No space left on device (os error 28)");
    },
  });
  const outcome = runStreamSession(session, deps, PIPED);
  remote.print("x");
  const { kind, end } = await outcome as { kind: string; end: SessionEnd };
  assert.equal(kind, "ended");
  assert(end.kind === "failed");
  assert.equal(
    end.error.message,
    "Cannot write the output: No space left on device (os error 28)",
  );
});

Deno.test("a stdin that cannot be read is an error of ours", async () => {
  const { remote, session } = createRemote({ onEnd: () => remote.finish() });
  const { outside, deps } = createOutside();
  const outcome = runStreamSession(session, deps, PIPED);
  await outside.breakStdin(new Error("Is a directory (os error 21)"));
  const { end } = await outcome as { end: SessionEnd };
  assert(end.kind === "failed");
  assert.equal(
    end.error.message,
    "Cannot read standard input: Is a directory (os error 21)",
  );
});

Deno.test("output still on its way is written before the outcome", async () => {
  const gate = Promise.withResolvers<void>();
  const { remote, session } = createRemote();
  const { outside, deps } = createOutside({ onWrite: () => gate.promise });
  const outcome = runStreamSession(session, deps, NO_STDIN);
  remote.print("late");
  remote.finish();
  gate.resolve();
  await outcome;
  assert.equal(outside.stdout, "late");
});

Deno.test("a failed session and an attached one say how they ended", async () => {
  const end: SessionEnd = {
    kind: "failed",
    error: new PortholeError("session_lost", "Cannot continue: it broke"),
  };
  const { remote, session } = createRemote();
  const { deps } = createOutside();
  remote.finish(end);
  assert.deepEqual(await runSession(session, deps, NO_STDIN), {
    kind: "ended",
    end,
    bytes: { in: 0, out: 0 },
  });
  assert.deepEqual(
    await runSession(
      {
        kind: "attached",
        opened: Promise.resolve(),
        end: () => Promise.resolve(),
        exit: Promise.resolve(end),
      },
      deps,
      { interactive: true, readStdin: true },
    ),
    { kind: "ended", end, bytes: { in: 0, out: 0 } },
  );
});
