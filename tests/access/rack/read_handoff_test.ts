import assert from "node:assert/strict";
import { PortholeError } from "../../../src/errors.ts";
import type { Rack } from "../../../src/access/rack/rack.ts";
import { readHandoff } from "../../../src/access/rack/read_handoff.ts";

const rack: Rack = {
  name: "prod",
  url: new URL("https://rack.example.com"),
  token: "secret",
  tls: { kind: "public" },
  streamHosts: ["streams.example.com"],
};
const right = {
  sessionId: "ecs-execute-command-0abc",
  streamUrl:
    "wss://ssmmessages.eu-west-1.amazonaws.com/v1/data-channel/ecs-execute-command-0abc?role=publish_subscribe",
  tokenValue: "AAEAA/abc+=",
  region: "eu-west-1",
};
const withUrl = (streamUrl: string) => ({ ...right, streamUrl });
const PATH = "/v1/data-channel/ecs-execute-command-0abc";

Deno.test("a hand-off to AWS's own stream of the session is used", () => {
  const { grant, region } = readHandoff(
    JSON.stringify({ ...right, more: 1 }),
    rack,
  );
  assert.equal(region, "eu-west-1");
  assert.equal(grant.streamUrl, right.streamUrl);
  for (
    const good of [
      withUrl(`wss://streams.example.com${PATH}`),
      {
        ...withUrl(`wss://ssmmessages.cn-north-1.amazonaws.com.cn${PATH}`),
        region: "cn-north-1",
      },
      {
        ...withUrl(`wss://ssmmessages.us-gov-west-1.amazonaws.com${PATH}`),
        region: "us-gov-west-1",
      },
    ]
  ) readHandoff(JSON.stringify(good), rack);
});

Deno.test("to this machine only from a rack on it", () => {
  const local = JSON.stringify(withUrl(`ws://127.0.0.1:81${PATH}`));
  assert.throws(() => readHandoff(local, rack), /this machine/);
  readHandoff(local, { ...rack, url: new URL("http://127.0.0.1:80") });
});

for (
  const [name, value] of [
    ["no JSON", "{"],
    ["no object", "7"],
    ["nothing", {}],
    ["an empty session id", { ...right, sessionId: "" }],
    ["a session id with a slash", { ...right, sessionId: "a/b" }],
    ["a session id with an escape", { ...right, sessionId: "a\x1b[2J" }],
    ["a session id that is a list", { ...right, sessionId: ["a"] }],
    ["another session", { ...right, sessionId: "ecs-execute-command-1" }],
    ["ws://", withUrl(right.streamUrl.replace("wss:", "ws:"))],
    ["https://", withUrl(right.streamUrl.replace("wss:", "https:"))],
    ["another host", withUrl(`wss://evil.example.com${PATH}`)],
    [
      "a host that begins so",
      withUrl(`wss://ssmmessages.eu-west-1.amazonaws.com.evil.com${PATH}`),
    ],
    [
      "a host that ends so",
      withUrl(`wss://x.ssmmessages.eu-west-1.amazonaws.com${PATH}`),
    ],
    [
      "another port",
      withUrl(`wss://ssmmessages.eu-west-1.amazonaws.com:444${PATH}`),
    ],
    [
      "a user before the host",
      withUrl(`wss://a@ssmmessages.eu-west-1.amazonaws.com${PATH}`),
    ],
    [
      "another region",
      withUrl(`wss://ssmmessages.us-east-1.amazonaws.com${PATH}`),
    ],
    ["no URL", withUrl("ssmmessages")],
    ["an empty token", { ...right, tokenValue: "" }],
    ["a token with a line feed", { ...right, tokenValue: "a\nb" }],
    ["a token of 20 KB", { ...right, tokenValue: "x".repeat(20_000) }],
    ["a region that is a host", { ...right, region: "evil.example.com" }],
    ["a region with a slash", { ...right, region: "eu-west-1/x" }],
    ["no region", { ...right, region: undefined }],
  ] as const
) {
  Deno.test(`a hand-off with ${name} is refused, and shows nothing of it`, () => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    assert.throws(
      () => readHandoff(text, rack),
      (error) =>
        error instanceof PortholeError && error.code === "session_refused" &&
        !error.message.includes("evil") &&
        !error.message.includes(right.tokenValue),
    );
  });
}
