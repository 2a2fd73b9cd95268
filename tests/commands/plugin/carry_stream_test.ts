import assert from "node:assert/strict";
import { carryStream } from "../../../src/commands/plugin/carry_stream.ts";
import type { CallTools } from "../../../src/commands/plugin/call_tools.ts";
import type {
  ChannelEnd,
  ChannelEvents,
  DataChannel,
} from "../../../src/session/channel/data_channel.ts";
import type { DeferredChannel } from "../../../src/session/channel/defer_channel.ts";
import { recordLog } from "../../exec/fake_log.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 1));

/** Carries a session whose agent says something, and ends once it has heard `until`. */
async function carry(
  { type = "Standard_Stream", input = "", says = "", exitCode, end, until }: {
    readonly type?: string;
    readonly input?: string;
    readonly says?: string;
    readonly exitCode?: string;
    /** How the session ends; absent: it goes on until it is left. */
    readonly end?: ChannelEnd;
    readonly until?: string;
  },
  { separate = false, raw = false, signal }: {
    readonly separate?: boolean;
    readonly raw?: boolean;
    /** Comes once the session has begun. */
    readonly signal?: string;
  } = {},
) {
  const over = Promise.withResolvers<ChannelEnd>();
  const handlers = new Map<string, () => void>();
  const done: string[] = [];
  let sent = "";
  let stdout = "";
  let stderr = "";
  const hear = (bytes: Uint8Array) => {
    sent += new TextDecoder().decode(bytes);
    if (until !== undefined && sent.includes(until)) over.resolve(end!);
  };
  const channel: DataChannel = {
    write: (bytes) => Promise.resolve(hear(bytes)),
    send: (_type, payload) => hear(payload),
    sendSize() {},
    setReading() {},
    close() {
      done.push("closed");
      over.resolve({ kind: "abandoned" });
    },
    end: over.promise,
  };
  const deferred = {
    attach(events: ChannelEvents) {
      queueMicrotask(() => {
        events.payloads.output?.(encode(says));
        if (exitCode !== undefined) {
          events.payloads.exitCode?.(encode(`EXIT_CODE: ${exitCode}`));
        }
        if (signal !== undefined) {
          void turn().then(() => handlers.get(signal)?.());
        }
        if (end !== undefined && until === undefined) {
          void turn().then(() => over.resolve(end));
        }
      });
      return Promise.resolve(channel);
    },
  } as unknown as DeferredChannel;
  const tools = {
    call: { grant: { sessionId: "s" }, separate },
    access: {
      terminateSession: () => Promise.resolve(void done.push("terminated")),
    },
    deps: {
      platform: "linux",
      terminalSize: () => undefined,
      sleep: (_ms: number, signal?: AbortSignal) =>
        new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, 20);
          signal?.addEventListener("abort", () => {
            clearTimeout(timer);
            resolve();
          });
        }),
      onSignal(name: string, handler: () => void) {
        handlers.set(name, handler);
        return () => handlers.delete(name);
      },
      stdin: {
        isTerminal: false,
        open() {
          done.push("stdin read");
          return ReadableStream.from(input === "" ? [] : [encode(input)]);
        },
      },
      stdout: {
        isTerminal: false,
        write: (bytes: Uint8Array) =>
          Promise.resolve(void (stdout += new TextDecoder().decode(bytes))),
        writeText: (text: string) => stdout += text,
      },
      stderr: {
        isTerminal: false,
        writeText: (text: string) => stderr += text,
      },
    },
    log: recordLog().log,
  } as unknown as CallTools;
  const status = await carryStream(deferred, type, tools, { raw })
    .catch((error) => error);
  return { status, stdout, stderr, sent, done };
}

const CLOSED: ChannelEnd = { kind: "closed", text: "" };

Deno.test("a shell in a pipe gets its input and the end of it, and its output is the remote's alone", async () => {
  const { status, stdout, stderr, sent } = await carry({
    input: "ls\n",
    says: "a\n",
    end: CLOSED,
    until: "\x04",
  });
  assert.deepEqual([status, stdout, sent], [0, "a\n", "ls\n\x04"]);
  assert.match(stderr, /^\nStarting session with SessionId: s\n/);
  assert.match(stderr, /\n\nExiting session with sessionId: s\.\n\n$/);
});

Deno.test("a status is the agent's word for it, and one that should have come and has not is a failure", async () => {
  const rows = [
    [{ exitCode: "3" }, true, 3],
    [{ exitCode: "0" }, true, 0],
    // Streams that are not kept apart have none to tell.
    [{}, false, 0],
    [{}, true, "status_unknown"],
  ] as const;
  for (const [agent, separate, expected] of rows) {
    const { status, sent, done } = await carry({
      type: "NonInteractiveCommands",
      input: "not for it",
      end: CLOSED,
      ...agent,
    }, { separate });
    assert.equal(typeof expected === "string" ? status.code : status, expected);
    assert.equal(sent, "");
    // What a loop reads from it stays there.
    assert(!done.includes("stdin read"));
  }
});

Deno.test("a session that ends badly, or by a signal, is no 0", async () => {
  const refused = await carry({ end: { kind: "closed", text: "no luck" } });
  assert.match(refused.status.message, /no luck/);
  const lost = await carry({ end: { kind: "lost", reason: new Error("cut") } });
  assert.equal(lost.status.code, "session_lost");
  const ended = await carry({ says: "x" }, { signal: "SIGTERM" });
  assert.equal(ended.status.code, "cancelled");
  assert(ended.done.includes("terminated"));
});

Deno.test("one connection has no words of ours in it, and is left when its program has no more to say", async () => {
  const left = await carry({ type: "Port", input: "ask", says: "answer" }, {
    raw: true,
  });
  assert.deepEqual(
    [left.status, left.stdout, left.stderr, left.sent.replace("\x03", "")],
    [0, "answer", "", "ask"],
  );
  assert.deepEqual(left.done.slice(0, 3), [
    "stdin read",
    "terminated",
    "closed",
  ]);
  // ssh hangs up on what it needs no longer.
  const hungUp = await carry({ type: "Port", says: "x" }, {
    raw: true,
    signal: "SIGHUP",
  });
  assert.equal(hungUp.status, 0);
  for (
    const end of [
      { kind: "closed", text: "no luck" },
      { kind: "lost", reason: new Error("cut") },
    ] as const
  ) {
    const failed = await carry({ type: "Port", says: "x", end }, { raw: true });
    assert(failed.status instanceof Error, "what was cut is no 0");
  }
});
