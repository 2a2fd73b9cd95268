import assert from "node:assert/strict";
import { PortholeError } from "../../../src/errors.ts";
import type { DecidedSession } from "../../../src/exec/decide_way.ts";
import { Refusal } from "../../../src/rack/refusal.ts";
import { chooseCarrier, handOff } from "../../../src/rack/sessions/hand_off.ts";
import type { ExecCall } from "../../../src/rack/sessions/session_call.ts";
import type { SessionPorts } from "../../../src/rack/sessions/session_ports.ts";
import type { Carrier } from "../../../src/session/rack/v1/open_request.ts";
import { WRAPPER_VERSION } from "../../../src/session/wrap_command.ts";
import { recordLog } from "../../exec/fake_log.ts";

const CALL = {
  caller: { name: "ann", id: "id-of-ann", address: "192.0.2.1" },
  place: { app: "prod", service: "web", isRun: true },
} as unknown as ExecCall;

/** A session that is decided, and what AWS was asked of it. */
function decide(way: object = {}) {
  const calls: string[] = [];
  const decided = {
    access: {
      open: ({ command }: { command: string }) => {
        calls.push(`open ${command}`);
        const grant = {
          sessionId: "s1",
          streamUrl: "wss://stream",
          tokenValue: "T0KEN",
          target: "ecs:prod_1_1-1",
        };
        return Promise.resolve({ kind: "grant", grant });
      },
      terminateSession: (id: string) => {
        calls.push(`terminate ${id}`);
        return Promise.resolve();
      },
    },
    target: {
      cluster: "prod",
      task: { id: "1", clusterArn: "arn" },
      container: { name: "main" },
      notes: [],
    },
    way: {
      route: { kind: "ecs_exec", because: "it can" },
      windows: false,
      onInstance: false,
      client: { kind: "builtin" },
      ...way,
    },
    invocation: {
      command: { kind: "argv", argv: ["id"] },
      env: [],
      noShell: true,
    },
    config: {},
    streams: { interactive: false, stdin: false, binary: false },
    log: recordLog().log,
  } as unknown as DecidedSession;
  return { decided, calls };
}

function portsOf(more: object = {}, sessions: object = {}): SessionPorts {
  return {
    handoff: "porthole",
    region: "us-east-1",
    sessionsOf: () => ({
      isEncrypted: () => Promise.resolve(false),
      presign: (url: string) => Promise.resolve(`${url}?signed`),
      ...sessions,
    }),
    signTicket: (facts: object) => Promise.resolve(JSON.stringify(facts)),
    deps: {
      now: () => new Date(5_000),
      sleep: () => new Promise(() => {}),
    },
    log: recordLog().log,
    ...more,
  } as unknown as SessionPorts;
}

const BOTH: readonly Carrier[] = ["handoff", "relay"];
const REQUEST: Parameters<typeof chooseCarrier>[0] = {
  carriers: BOTH,
  wrappers: [WRAPPER_VERSION],
  bare: false,
};

Deno.test("a client carries what it can and may; Docker's and encrypted sessions are the rack's", async () => {
  const choose = (
    request: Partial<typeof REQUEST>,
    way: object = {},
    ports = portsOf(),
  ) =>
    chooseCarrier({ ...REQUEST, ...request }, decide(way).decided, CALL, ports);
  assert.equal(await choose({}), "handoff");
  assert.equal(await choose({}, {}, portsOf({ handoff: "always" })), "handoff");
  assert.equal(await choose({ carriers: ["handoff"] }), "handoff");
  assert.equal(await choose({ wrappers: [], bare: true }), "handoff");
  assert.equal(await choose({ wrappers: [] }, { windows: true }), "handoff");
  const relayed = [
    [{}, {}, portsOf({ handoff: "never" })],
    [{}, { route: { kind: "docker" } }],
    [{}, { onInstance: true }],
    [{ wrappers: [WRAPPER_VERSION - 1] }],
    [{}, {}, portsOf({}, { isEncrypted: () => Promise.resolve(true) })],
  ] as const;
  for (const [request, way, ports] of relayed) {
    assert.equal(await choose(request, way, ports), "relay");
    await assert.rejects(
      choose({ ...request, carriers: ["handoff"] }, way, ports),
      (error: Refusal) => error.status === 409,
    );
  }
  assert.equal(await choose({ carriers: ["relay"] }), "relay");
});

Deno.test("a hand-off is the session, a signed address, and a ticket of whose it is", async () => {
  const { decided, calls } = decide();
  const { signal: over } = new AbortController();
  const handoff = await handOff({ env: [] }, decided, {
    call: CALL,
    ports: portsOf(),
    over,
  });
  const { ticket, ...rest } = handoff;
  assert.deepEqual(rest, {
    sessionId: "s1",
    streamUrl: "wss://stream?signed",
    tokenValue: "T0KEN",
    target: "ecs:prod_1_1-1",
    region: "us-east-1",
    wrapper: null,
  });
  assert.deepEqual(JSON.parse(ticket), {
    app: "prod",
    service: "web",
    run: true,
    sessionId: "s1",
    target: "ecs:prod_1_1-1",
    task: "1",
    container: "main",
    user: "id-of-ann",
    opened: new Date(5_000).toISOString(),
  });
  assert.deepEqual(calls, ["open id"]);
});

Deno.test("a session that nobody will hear of is ended", async () => {
  const over = new AbortController();
  const fails: readonly [SessionPorts, RegExp][] = [
    [
      portsOf({ signTicket: () => Promise.reject(new Error("no key")) }),
      /no key/,
    ],
    [
      portsOf({}, {
        presign: (url: string) => {
          over.abort();
          return Promise.resolve(url);
        },
      }),
      /nobody waits for it any more/,
    ],
  ];
  for (const [ports, why] of fails) {
    const { decided, calls } = decide();
    await assert.rejects(
      handOff({ env: [] }, decided, { call: CALL, ports, over: over.signal }),
      (error: PortholeError) => why.test(error.message),
    );
    assert.deepEqual(calls, ["open id", "terminate s1"]);
  }
});
