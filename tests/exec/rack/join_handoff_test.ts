import assert from "node:assert/strict";
import type { RackRequest } from "../../../src/access/rack/create_rack_client.ts";
import { PortholeError } from "../../../src/errors.ts";
import { joinHandoff } from "../../../src/exec/rack/join_handoff.ts";
import type { OpenRequest } from "../../../src/session/rack/v1/open_request.ts";
import type { Handoff } from "../../../src/session/rack/v1/opened.ts";
import { WRAPPER_VERSION } from "../../../src/session/wrap_command.ts";
import { recordLog } from "../fake_log.ts";

const REQUEST: OpenRequest = {
  command: { kind: "argv", argv: ["id"] },
  tty: false,
  env: [{ name: "A", value: "s3cret" }],
  stdin: true,
  binary: true,
  stderr: "split",
  bare: false,
  keepAlive: false,
  carriers: ["handoff"],
  wrappers: [WRAPPER_VERSION],
};

const OPTIONS = {
  interactive: false,
  stdin: true,
  binary: true,
  splitStderr: true,
  variables: 1,
} as never as NonNullable<Handoff["wrapper"]>["options"];

const WRAPPER: NonNullable<Handoff["wrapper"]> = {
  version: WRAPPER_VERSION,
  nonce: "n".repeat(32),
  options: OPTIONS,
};

const HANDOFF: Handoff = {
  route: { kind: "ecs_exec", because: "it can" },
  container: "main",
  runtimeId: "r",
  session: "s1",
  warnings: [],
  sessionId: "s1",
  streamUrl: "wss://ssmmessages.us-east-1.amazonaws.com/v1/data-channel/s1",
  tokenValue: "T0KEN",
  target: "ecs:prod_1_r",
  region: "us-east-1",
  ticket: "ticket",
  wrapper: WRAPPER,
};

/** Joins a session, as far as that goes without a network; resolves with the error, and what the rack was asked. */
async function join(handoff: Partial<Handoff>, request: Partial<OpenRequest>) {
  const asked: string[] = [];
  const error = await joinHandoff(
    {
      rack: {
        name: "blue",
        url: new URL("https://blue.example.com"),
        token: "t",
        tls: { kind: "public" },
        streamHosts: [],
      },
      ask: ({ path, headers }: RackRequest) => {
        asked.push(`${path.join("/")} ${headers?.["Porthole-Ticket"]}`);
        return Promise.resolve("ok\n");
      },
      urlOf: () => new URL("https://blue.example.com"),
      authorization: () => "",
    },
    { ...HANDOFF, ...handoff },
    {
      request: { ...REQUEST, ...request },
      client: { kind: "plugin", path: "/none", version: undefined } as never,
    },
    {
      deps: {
        sleep: () => new Promise(() => {}),
        spawn: () => {
          throw new PortholeError("plugin_failed", "it would be joined");
        },
        env: () => undefined,
        envNames: () => [],
        platform: "linux",
        now: () => new Date(0),
      } as never,
      log: recordLog().log,
      onStarted: () => {},
    },
  ).then(() => undefined, (error) => error as PortholeError);
  return { error, asked };
}

const with_ = (options: object) => ({
  wrapper: { ...WRAPPER, options: { ...OPTIONS, ...options } },
});

Deno.test("a hand-off whose command is not run as it was asked for is not joined, and is ended", async () => {
  const cases: readonly (readonly [
    Partial<Handoff>,
    Partial<OpenRequest>,
    string,
  ])[] = [
    [{ wrapper: null }, {}, "nothing around the command tells its status"],
    [{}, { bare: true }, "something is around the command"],
    [
      { wrapper: { ...WRAPPER, version: WRAPPER_VERSION + 1 } },
      { wrappers: [WRAPPER_VERSION, WRAPPER_VERSION + 1] },
      "what is around the command is not known here",
    ],
    [{}, { wrappers: [] }, "what is around the command is not known here"],
    ...[
      { interactive: true },
      { stdin: false },
      { binary: false },
      { splitStderr: false },
      { variables: 0 },
      { variables: 2 },
    ].map((options) =>
      [
        with_(options),
        {},
        "the command is not run as it was asked for",
      ] as const
    ),
    [
      {},
      { stderr: "merge" },
      "the command is not run as it was asked for",
    ],
    [{}, { tty: true }, "the command is not run as it was asked for"],
  ];
  for (const [handoff, request, why] of cases) {
    const { error, asked } = await join(handoff, request);
    assert.equal(error?.code, "session_refused", why);
    assert.equal(
      error.message,
      `Cannot use the session that rack "blue" hands off: ${why}`,
    );
    assert.deepEqual(asked, ["porthole/terminate ticket"]);
  }
});

Deno.test("a stream that leads elsewhere is not joined", async () => {
  for (
    const streamUrl of [
      "wss://evil.example.com/v1/data-channel/s1",
      "ws://ssmmessages.us-east-1.amazonaws.com/v1/data-channel/s1",
      "wss://ssmmessages.us-east-1.amazonaws.com/v1/data-channel/s2",
      "wss://ssmmessages.eu-west-1.amazonaws.com/v1/data-channel/s1",
    ]
  ) {
    const { error } = await join({ streamUrl }, {});
    assert.equal(error?.code, "session_refused", streamUrl);
    assert.doesNotMatch(error.message, /T0KEN|s3cret/);
  }
});

Deno.test("what is as it was asked for is joined; where that fails, the rack is told to end it", async () => {
  const cases: readonly (readonly [Partial<Handoff>, Partial<OpenRequest>])[] =
    [
      [{}, {}],
      [{ wrapper: null }, { bare: true, env: [] }],
      // A terminal has one stream each way, whatever else was asked.
      [with_({ interactive: true, stdin: false }), { tty: true }],
    ];
  for (const [handoff, request] of cases) {
    const { error, asked } = await join(handoff, request);
    assert.notEqual(error?.code, "session_refused");
    assert.deepEqual(asked, ["porthole/terminate ticket"]);
  }
});
