import assert from "node:assert/strict";
import { layOutPluginCall } from "../../../src/session/plugin/plugin_call.ts";

const REQUEST = {
  grant: {
    sessionId: "ecs-execute-command-0abc",
    streamUrl:
      "wss://ssmmessages.eu-west-1.amazonaws.com/v1/data-channel/ecs-execute-command-0abc",
    tokenValue: "secret",
    target: "ecs:default_1234_1234-5678",
  },
  region: "eu-west-1",
  ssmEndpoint: "https://ssm.eu-west-1.amazonaws.com",
};
const SESSION =
  `{"SessionId":"ecs-execute-command-0abc","StreamUrl":"wss://ssmmessages.eu-west-1.amazonaws.com/v1/data-channel/ecs-execute-command-0abc","TokenValue":"secret"}`;
const REST = [
  "eu-west-1",
  "StartSession",
  "",
  '{"Target":"ecs:default_1234_1234-5678"}',
  "https://ssm.eu-west-1.amazonaws.com",
];

Deno.test("the session travels in the environment, the arguments hold no secret", () => {
  assert.deepEqual(layOutPluginCall({ ...REQUEST }), {
    args: ["AWS_SSM_START_SESSION_RESPONSE", ...REST],
    env: { AWS_SSM_START_SESSION_RESPONSE: SESSION },
  });
});

Deno.test("an old plugin gets the session as its first argument", () => {
  assert.deepEqual(
    layOutPluginCall({ ...REQUEST, version: "1.2.497.0" }),
    { args: [SESSION, ...REST], env: {} },
  );
});

Deno.test("the profile is argument four", () => {
  assert.equal(
    layOutPluginCall({ ...REQUEST, profile: "dev" })
      .args[3],
    "dev",
  );
});
