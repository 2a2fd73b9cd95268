import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import {
  type ClientMessage,
  decodeClientMessage,
  decodeRackMessage,
  encodeClientMessage,
  encodeRackMessage,
  type RackMessage,
} from "../../../../src/session/rack/v1/messages.ts";
import type { Handoff } from "../../../../src/session/rack/v1/opened.ts";
import type { OpenRequest } from "../../../../src/session/rack/v1/open_request.ts";
import {
  Channel,
  LONGEST_DATA,
  LONGEST_JSON,
  LONGEST_OPEN,
  ProtocolError,
} from "../../../../src/session/rack/v1/protocol.ts";
import { propertyRuns } from "../../property_runs.ts";

const request: OpenRequest = {
  command: { kind: "argv", argv: ["printf", "%s\n", "é", ""] },
  tty: true,
  size: { columns: 80, rows: 24 },
  container: "web",
  user: "app:app",
  workdir: "/srv",
  env: [{ name: "A", value: "b'\nc" }],
  stdin: true,
  binary: false,
  stderr: "split",
  bare: false,
  keepAlive: true,
  carriers: ["handoff", "relay"],
  wrappers: [1],
};

const opened = {
  route: { kind: "ecs_exec", because: "the task was started with ECS Exec" },
  container: "web",
  runtimeId: "abc-1",
  session: "ecs-execute-command-1",
  warnings: ["careful"],
} as const;

const handoff: Handoff = {
  ...opened,
  sessionId: "ecs-execute-command-1",
  streamUrl: "wss://ssmmessages.us-east-1.amazonaws.com/v1/data-channel/x",
  tokenValue: "AAEAA",
  region: "us-east-1",
  target: "ecs:default_1_abc-1",
  ticket: "t.i.c",
  wrapper: {
    version: 1,
    nonce: "0123456789abcdef",
    options: {
      interactive: false,
      stdin: true,
      binary: true,
      splitStderr: false,
      variables: 2,
    },
  },
};

const clientMessages: readonly ClientMessage[] = [
  { kind: "open", request },
  {
    kind: "open",
    request: { ...request, command: { kind: "line", line: "a" } },
  },
  { kind: "open", request: { ...request, command: { kind: "shell" } } },
  {
    kind: "open",
    request: { ...request, command: { kind: "shell" }, shell: "zsh -l" },
  },
  { kind: "stdin", bytes: Uint8Array.of(0, 255, 10) },
  { kind: "stdin_end" },
  { kind: "size", size: { columns: 0, rows: 65_535 } },
  { kind: "cancel", signal: "SIGTERM" },
];

const rackMessages: readonly RackMessage[] = [
  { kind: "opened", opened },
  {
    kind: "opened",
    opened: { ...opened, runtimeId: undefined, session: undefined },
  },
  { kind: "handoff", handoff },
  { kind: "handoff", handoff: { ...handoff, wrapper: null } },
  { kind: "stdout", bytes: Uint8Array.of(1, 2) },
  { kind: "stderr", bytes: Uint8Array.of() },
  { kind: "output_end", stream: "stdout" },
  { kind: "output_end", stream: "stderr" },
  { kind: "credit", bytes: 1 },
  { kind: "last_word", word: { kind: "status", status: 0 } },
  { kind: "last_word", word: { kind: "status", status: 255 } },
  { kind: "last_word", word: { kind: "unknown" } },
  { kind: "last_word", word: { kind: "unseen" } },
  {
    kind: "last_word",
    word: {
      kind: "error",
      code: "cannot_start",
      message: "Cannot start",
      hint: "try",
      retry: true,
    },
  },
];

Deno.test("every message is read as it was written", () => {
  for (const message of clientMessages) {
    assert.deepEqual(
      decodeClientMessage(encodeClientMessage(message)),
      message,
    );
  }
  for (const message of rackMessages) {
    assert.deepEqual(decodeRackMessage(encodeRackMessage(message)), message);
  }
});

Deno.test("channels 0 to 4 and 255 are those of remotecommand v5", () => {
  assert.deepEqual(
    encodeClientMessage({ kind: "stdin", bytes: Buffer.from("a") }),
    Uint8Array.of(0, 97),
  );
  assert.deepEqual(
    encodeClientMessage({ kind: "stdin_end" }),
    Uint8Array.of(255, 0),
  );
  assert.equal(
    Buffer.from(
      encodeClientMessage({ kind: "size", size: { columns: 80, rows: 24 } }),
    ).toString("latin1"),
    '\x04{"cols":80,"rows":24}',
  );
  assert.equal(
    Buffer.from(
      encodeRackMessage({
        kind: "last_word",
        word: { kind: "status", status: 7 },
      }),
    ).toString("latin1"),
    '\x03{"status":7}',
  );
});

for (
  const text of [
    "",
    "0",
    "null",
    "[]",
    "{}",
    '{"status":0,"error":{"code":"usage","message":"x"}}',
    '{"status":0,"ended":false}',
    '{"ended":true}',
    '{"status":"0"}',
    '{"status":-0.5}',
    '{"status":256}',
    '{"status":-1}',
    '{"status":1e99}',
    '{"status":false}',
    '{"Status":0}',
    '{"status":0',
    "\ufeff0",
  ]
) {
  Deno.test(`no status is read from ${JSON.stringify(text)}`, () => {
    assert.throws(
      () =>
        decodeRackMessage(
          Buffer.concat([Uint8Array.of(Channel.lastWord), Buffer.from(text)]),
        ),
      ProtocolError,
    );
  });
}

Deno.test("messages have their limits", () => {
  const of = (channel: number, length: number) => {
    const bytes = new Uint8Array(1 + length).fill(32);
    bytes[0] = channel;
    return bytes;
  };
  for (
    const [decode, channel, longest] of [
      [decodeClientMessage, Channel.stdin, LONGEST_DATA],
      [decodeRackMessage, Channel.stdout, LONGEST_DATA],
      [decodeRackMessage, Channel.stderr, LONGEST_DATA],
    ] as const
  ) {
    assert.ok(decode(of(channel, longest)));
    assert.throws(() => decode(of(channel, longest + 1)), /more than/);
  }
  for (
    const [decode, channel, longest] of [
      [decodeClientMessage, Channel.open, LONGEST_OPEN],
      [decodeClientMessage, Channel.size, 256],
      [decodeClientMessage, Channel.cancel, 256],
      [decodeRackMessage, Channel.credit, 256],
      [decodeRackMessage, Channel.opened, LONGEST_JSON],
      [decodeRackMessage, Channel.handoff, LONGEST_JSON],
      [decodeRackMessage, Channel.lastWord, LONGEST_JSON],
    ] as const
  ) {
    assert.throws(() => decode(of(channel, longest)), /is not JSON/);
    assert.throws(() => decode(of(channel, longest + 1)), /longer than/);
  }
  assert.throws(
    () =>
      encodeClientMessage({
        kind: "open",
        request: {
          ...request,
          command: { kind: "line", line: "x".repeat(LONGEST_OPEN) },
        },
      }),
    /the request is longer than/,
  );
});

for (
  const [what, change] of [
    ["two commands", { line: "a" }],
    ["no command", { words: undefined }],
    ["no words", { words: [] }],
    ["an empty program", { words: ["  "] }],
    ["a NUL in a word", { words: ["a\0b"] }],
    ["a NUL in a variable", { env: [{ name: "A", value: "\0" }] }],
    ["a name that a shell would read", { env: [{ name: "A'", value: "" }] }],
    ["a user that is an option", { user: "-x" }],
    ["a user that a shell would read", { user: "a;b" }],
    ["a container that is a path", { container: "../x" }],
    ["no carrier", { carriers: [] }],
    ["only unknown carriers", { carriers: ["pigeon"] }],
    ["a size that is none", { size: { cols: -1, rows: 2 } }],
    ["an endless size", { size: { cols: 70_000, rows: 2 } }],
  ] as const
) {
  Deno.test(`a request with ${what} is refused, and its values not shown`, () => {
    const wire = {
      words: ["secret"],
      tty: false,
      carriers: ["relay"],
      env: [{ name: "SECRET", value: "secret" }],
      ...change,
    };
    assert.throws(
      () =>
        decodeClientMessage(
          Buffer.concat([
            Uint8Array.of(Channel.open),
            Buffer.from(JSON.stringify(wire)),
          ]),
        ),
      (error: Error) =>
        error instanceof ProtocolError && !/secret/i.test(error.message),
    );
  });
}

Deno.test("a hand-off that lacks anything is refused, and its values not shown", () => {
  const bytes = encodeRackMessage({ kind: "handoff", handoff });
  const wire = JSON.parse(Buffer.from(bytes.subarray(1)).toString());
  for (
    const key of [
      "sessionId",
      "streamUrl",
      "tokenValue",
      "region",
      "target",
      "ticket",
      "wrapper",
      "route",
      "container",
    ]
  ) {
    for (const value of [undefined, 7, "a b\n"]) {
      assert.throws(
        () =>
          decodeRackMessage(
            Buffer.concat([
              Uint8Array.of(Channel.handoff),
              Buffer.from(JSON.stringify({ ...wire, [key]: value })),
            ]),
          ),
        (error: Error) =>
          // A URL that is text is judged by whoever dials it.
          error instanceof ProtocolError &&
          !/AAEAA|t\.i\.c/.test(error.message),
        key === "streamUrl" && value === "a b\n" ? undefined : key,
      );
      if (key === "streamUrl") break;
    }
  }
});

Deno.test("whatever comes is read, or refused with ProtocolError", () => {
  const text = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.json({ maxDepth: 3 }).map((json) => new Uint8Array(Buffer.from(json))),
    fc.constantFrom(
      ...clientMessages.map((one) => encodeClientMessage(one).slice(1)),
      ...rackMessages.map((one) => encodeRackMessage(one).slice(1)),
    ).chain((bytes) =>
      fc.tuple(fc.nat(Math.max(0, bytes.length - 1)), fc.nat(255)).map((
        [at, byte],
      ) => {
        const changed = Uint8Array.from(bytes);
        if (changed.length > 0) changed[at] = byte;
        return changed;
      })
    ),
  );
  const channel = fc.oneof(fc.nat(10), fc.constant(255), fc.nat(255));
  fc.assert(
    fc.property(channel, text, (channel, payload) => {
      const bytes = Uint8Array.of(channel, ...payload);
      for (const decode of [decodeClientMessage, decodeRackMessage]) {
        try {
          const message = decode(bytes);
          if (message.kind !== "last_word") continue;
          if (message.word.kind !== "status") continue;
          // A status is one only where nothing else is said.
          const { status, error, ended } = JSON.parse(
            Buffer.from(payload).toString(),
          );
          assert.equal(status, message.word.status);
          assert.ok(error === undefined && ended === undefined);
        } catch (error) {
          assert.ok(error instanceof ProtocolError, String(error));
        }
      }
    }),
    propertyRuns(),
  );
});
