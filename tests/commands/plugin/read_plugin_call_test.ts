import assert from "node:assert/strict";
import fc from "fast-check";
import {
  holdsWholeSession,
  isPluginCall,
  readPluginCall,
} from "../../../src/commands/plugin/read_plugin_call.ts";
import { PortholeError } from "../../../src/errors.ts";

const session = {
  SessionId: "ecs-execute-command-0a1b",
  StreamUrl:
    "wss://ssmmessages.us-east-1.amazonaws.com/v1/data-channel/x?role=y",
  TokenValue: "TOKEN-not-for-showing",
};
const rest = [
  "us-east-1",
  "StartSession",
  "work",
  '{"Target":"ecs:default_1_2","DocumentName":"AWS-StartSSHSession"}',
  "https://ssm.us-east-1.amazonaws.com",
];
const none = () => undefined;

Deno.test("both forms of the AWS CLI, and ECS's names, are the same call", () => {
  const expected = {
    grant: {
      sessionId: session.SessionId,
      streamUrl: session.StreamUrl,
      tokenValue: session.TokenValue,
      target: "ecs:default_1_2",
    },
    region: "us-east-1",
    profile: "work",
    endpoint: "https://ssm.us-east-1.amazonaws.com",
    document: "AWS-StartSSHSession",
    separate: false,
  };
  const small = JSON.stringify({
    sessionId: session.SessionId,
    streamUrl: session.StreamUrl,
    tokenValue: session.TokenValue,
  });
  assert.deepEqual(readPluginCall([small, ...rest], none), expected);
  const name = "AWS_SSM_START_SESSION_RESPONSE_2";
  assert.deepEqual(
    readPluginCall(
      [name, ...rest],
      (variable) => variable === name ? JSON.stringify(session) : undefined,
    ),
    expected,
  );
});

Deno.test("a caller may leave out all but the first three words", () => {
  const { grant, profile, endpoint } = readPluginCall([
    JSON.stringify(session),
    "us-east-1",
    "StartSession",
  ], none);
  assert.deepEqual([grant.target, profile, endpoint], [
    "",
    undefined,
    undefined,
  ]);
  assert.equal(
    readPluginCall([JSON.stringify(session), "r", "s", ""], none).profile,
    undefined,
  );
});

Deno.test("a command whose streams are kept apart is told by its request", () => {
  const separate = (parameters: unknown) =>
    readPluginCall([
      JSON.stringify(session),
      "us-east-1",
      "StartSession",
      "",
      JSON.stringify({ Target: "x", Parameters: parameters }),
    ], none).separate;
  assert(separate({ command: ["ls"], separateOutputStream: ["true"] }));
  assert(separate({ separateOutputStream: ["True"] }));
  for (
    const parameters of [
      undefined,
      null,
      "true",
      {},
      { separateOutputStream: ["false"] },
      { separateOutputStream: [] },
    ]
  ) assert(!separate(parameters), JSON.stringify(parameters));
});

Deno.test("what is no session is refused, and nothing of it is shown", () => {
  const secret = session.TokenValue;
  for (
    const text of [
      `{"TokenValue":"${secret}"`,
      `{"TokenValue":"${secret}"}`,
      JSON.stringify({ ...session, StreamUrl: `http://${secret}.com` }),
      JSON.stringify({ ...session, StreamUrl: `ws://${secret}.com/` }),
      JSON.stringify({ ...session, SessionId: 7 }),
      JSON.stringify({ ...session, StreamUrl: secret }),
    ]
  ) {
    assert.throws(
      () => readPluginCall([text, ...rest], none),
      (error) =>
        error instanceof PortholeError && error.code === "usage" &&
        !error.message.includes(secret) && error.cause === undefined,
    );
  }
});

Deno.test("any words are a call or a usage error", () => {
  fc.assert(fc.property(fc.array(fc.oneof(fc.string(), fc.json())), (words) => {
    try {
      readPluginCall(words, none);
    } catch (error) {
      assert(error instanceof PortholeError && error.code === "usage");
    }
  }));
});

Deno.test("calls of AWS's plugin are told from porthole's own words", () => {
  for (
    const words of [
      [],
      ["--version"],
      ["{}"],
      [" {"],
      ["AWS_SSM_START_SESSION_RESPONSE"],
      ["AWS_SSM_START_SESSION_RESPONSE_X"],
    ]
  ) assert(isPluginCall(words), JSON.stringify(words));
  for (const words of [["install"], ["--help"], ["-h"], ["[]"], ["x"]]) {
    assert(!isPluginCall(words), JSON.stringify(words));
  }
});

Deno.test("a word is a whole session with all three fields, wherever it leads", () => {
  const whole = JSON.stringify(session);
  for (
    const word of [
      whole,
      ` ${whole}`,
      JSON.stringify({ ...session, StreamUrl: "ftp://x/" }),
    ]
  ) assert(holdsWholeSession(word), word);
  for (
    const word of [
      whole.slice(0, -1),
      "{",
      "{}",
      `[${whole}]`,
      JSON.stringify({ ...session, TokenValue: "" }),
      JSON.stringify({ ...session, SessionId: undefined }),
      JSON.stringify({ ...session, StreamUrl: 7 }),
      "AWS_SSM_START_SESSION_RESPONSE",
    ]
  ) assert(!holdsWholeSession(word), word);
});
