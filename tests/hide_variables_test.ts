import assert from "node:assert/strict";
import { hideVariables } from "../src/hide_variables.ts";

const NAMES = [
  "PATH",
  "PORTHOLE_RACK",
  "PORTHOLE_RACK_OF_TOMORROW",
  "PORTHOLE_CLUSTER",
  "AWS_PROFILE",
  "AWS_ENDPOINT_URL_SSMMESSAGES",
  "aws_session_token",
  "AWS_CONFIG_FILE",
  "AWSOME",
];

Deno.test("no program but porthole itself sees the token of a rack", () => {
  const env = hideVariables(NAMES, { withoutAws: false, platform: "linux" });
  assert.deepEqual(env, {
    PORTHOLE_RACK: undefined,
    PORTHOLE_RACK_OF_TOMORROW: undefined,
  });
});

Deno.test("where AWS is hidden, every variable of AWS's is", () => {
  const env = hideVariables(NAMES, { withoutAws: true, platform: "linux" });
  assert.deepEqual(env, {
    PORTHOLE_RACK: undefined,
    PORTHOLE_RACK_OF_TOMORROW: undefined,
    AWS_PROFILE: undefined,
    AWS_ENDPOINT_URL_SSMMESSAGES: undefined,
    aws_session_token: undefined,
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
  });
  const windows = hideVariables([], { withoutAws: true, platform: "windows" });
  assert.equal(windows["AWS_CONFIG_FILE"], "NUL");
});
