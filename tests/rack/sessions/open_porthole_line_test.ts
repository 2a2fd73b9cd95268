import assert from "node:assert/strict";
import type {
  RawSocket,
  SocketEvents,
} from "../../../src/session/channel/connect_socket.ts";
import { openPortholeLine } from "../../../src/rack/sessions/open_porthole_line.ts";
import {
  type ClientMessage,
  decodeRackMessage,
  encodeClientMessage,
} from "../../../src/session/rack/v1/messages.ts";
import type { OpenRequest } from "../../../src/session/rack/v1/open_request.ts";
import {
  FIRST_CREDIT,
  LONGEST_DATA,
} from "../../../src/session/rack/v1/protocol.ts";

const REQUEST: OpenRequest = {
  command: { kind: "argv", argv: ["id"] },
  tty: false,
  env: [],
  stdin: true,
  binary: false,
  bare: false,
  keepAlive: false,
  carriers: ["relay"],
  wrappers: [],
};
const OPEN: ClientMessage = { kind: "open", request: REQUEST };
const SIZE: ClientMessage = { kind: "size", size: { columns: 80, rows: 24 } };

const stdin = (length: number): ClientMessage => ({
  kind: "stdin",
  bytes: new Uint8Array(length).fill(7),
});

/** A line whose client the test speaks for. */
function open() {
  let events: SocketEvents | undefined;
  const sent: Uint8Array[] = [];
  let closed = 0;
  let wake = () => {};
  const line = openPortholeLine((wanted) => {
    events = wanted;
    return {
      send: (bytes) => void sent.push(Uint8Array.from(bytes as Uint8Array)),
      sendRawText: () => {},
      ping: () => {},
      pause: () => {},
      resume: () => {},
      waiting: () => 0,
      drained: () => Promise.resolve(),
      close: () => void closed++,
    } satisfies RawSocket;
  }, {
    now: () => 0,
    sleep: (_, signal) =>
      new Promise((resolve) => {
        wake = resolve;
        signal?.addEventListener("abort", () => resolve());
      }),
  });
  const say = (message: ClientMessage) => {
    const bytes = encodeClientMessage(message);
    events!.onBinary(bytes);
    bytes.fill(0);
  };
  return {
    line,
    say,
    events: events!,
    sent: () => sent.map(decodeRackMessage),
    late: () => wake(),
    closed: () => closed,
  };
}

Deno.test("a line asks once, and what follows is heard in order, what came early too", async () => {
  const { line, say } = open();
  say(OPEN);
  assert.deepEqual((await line.request).command, REQUEST.command);
  say(SIZE);
  say(stdin(3));
  const heard: ClientMessage[] = [];
  line.follow((message) => void heard.push(message));
  say({ kind: "stdin_end" });
  say({ kind: "cancel", signal: "SIGINT" });
  assert.deepEqual(heard.map(({ kind }) => kind), [
    "size",
    "stdin",
    "stdin_end",
    "cancel",
  ]);
  // A copy: the socket's own bytes are overwritten.
  assert.deepEqual(heard[1], stdin(3));
  assert.equal(line.gone.aborted, false);
  line.close();
  assert.equal(line.gone.reason, "it was left");
});

Deno.test("what breaks the protocol ends the line, with why", async () => {
  const send = (count: number) => Array(count).fill(SIZE);
  const most = FIRST_CREDIT / LONGEST_DATA;
  const cases: readonly (readonly [readonly ClientMessage[], string])[] = [
    [[SIZE], "no session was asked for"],
    [[OPEN, OPEN], "a session was asked for twice"],
    [
      [OPEN, { kind: "stdin_end" }, stdin(1)],
      "input came behind its end",
    ],
    [
      [OPEN, ...Array(most).fill(stdin(LONGEST_DATA)), stdin(1)],
      "input came beyond its credit",
    ],
    [[OPEN, ...send(65)], "too much came before the session was opened"],
  ];
  for (const [messages, why] of cases) {
    const { line, say } = open();
    for (const message of messages) {
      assert.equal(line.gone.aborted, false, why);
      say(message);
    }
    assert.equal(line.gone.reason, why);
    await line.send({ kind: "output_end", stream: "stdout" });
    line.close();
  }
  for (
    const [act, why] of [
      [({ events }) => events.onText("x"), "a text came"],
      [({ events }) => events.onClose("reset"), "reset"],
      [({ late }) => late(), "no session was asked for in time"],
    ] as [(opened: ReturnType<typeof open>) => void, string][]
  ) {
    const opened = open();
    act(opened);
    await assert.rejects(opened.line.request, { message: why });
    assert.equal(opened.line.gone.reason, why);
    opened.line.close();
    assert.equal(opened.closed(), 1);
  }
});

Deno.test("a client has the credit that it is given, and the time limit is for the request alone", async () => {
  const { line, say, sent, late } = open();
  say(OPEN);
  late();
  await Promise.resolve();
  line.follow(() => {});
  for (let left = FIRST_CREDIT; left > 0; left -= LONGEST_DATA) {
    say(stdin(LONGEST_DATA));
  }
  line.give(10);
  say(stdin(10));
  assert.equal(line.gone.aborted, false);
  assert.deepEqual(sent(), [{ kind: "credit", bytes: 10 }]);
  say(stdin(1));
  assert.equal(line.gone.reason, "input came beyond its credit");
  line.give(10);
  assert.equal(sent().length, 1);
  line.close();
});
