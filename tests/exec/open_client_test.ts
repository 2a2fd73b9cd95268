import assert from "node:assert/strict";
import type { Sessions } from "../../src/access/access.ts";
import type { SpawnOptions } from "../../src/deps.ts";
import { openBuiltinClient, openClient } from "../../src/exec/open_client.ts";
import { createRealDeps } from "../../src/real_deps.ts";
import {
  startFrameServer,
  upgradeAnswer,
} from "../session/channel/start_frame_server.ts";

Deno.test("a refused upgrade is signed with refreshed credentials the next time, and only then", async () => {
  const refusals = [false, true, false, false];
  await using server = startFrameServer((key) =>
    refusals.shift() ? "HTTP/1.1 403 Forbidden\r\n\r\n" : upgradeAnswer(key)
  );
  const refreshed: boolean[] = [];
  const access: Omit<Sessions, "open"> = {
    signUpgrade: (_grant, { isRetry }) => {
      refreshed.push(isRetry);
      return Promise.resolve({ headers: {} });
    },
    resumeSession: () => Promise.resolve("token"),
    terminateSession: () => Promise.resolve(),
    createDataKey: () => Promise.reject(new Error("not expected")),
    describePluginSurroundings: () => Promise.reject(new Error("not expected")),
    muteWaits: () => () => {},
  };
  const session = await openBuiltinClient(
    { sessionId: "s", streamUrl: server.url, tokenValue: "t", target: "i-1" },
    { wrapped: undefined, interactive: false, keepAlive: false },
    {
      access,
      deps: { ...createRealDeps(), sleep: () => Promise.resolve() },
      log: { debug: () => {}, info: () => {}, warn: () => {} },
      onStarted: () => {},
    },
  );
  (await server.accept()).close();
  const refused = await server.accept();
  refused.close();
  const second = await server.accept();
  assert.deepEqual(refreshed, [false, false, true]);
  second.close();
  await server.accept();
  assert.deepEqual(refreshed, [false, false, true, false]);
  await session.end();
  await session.exit;
});

Deno.test("the plugin gets the session, and the profile and endpoint to renew it with", async () => {
  const started: SpawnOptions[] = [];
  const joined: Parameters<typeof openClient>[0] = {
    session: {
      config: {
        profile: { value: "prod", source: { kind: "flag", name: "--profile" } },
      },
      streams: { interactive: false, stdin: false, binary: false },
      way: { windows: false },
      access: {
        describePluginSurroundings: () =>
          Promise.resolve({ region: "eu-west-1", ssmEndpoint: "https://ssm" }),
      },
      log: { debug: () => {}, info: () => {}, warn: () => {} },
    } as unknown as Parameters<typeof openClient>[0]["session"],
    client: { kind: "plugin", path: "/bin/plugin", version: "1.2.764.0" },
    grant: {
      sessionId: "s",
      streamUrl: "wss://host/s",
      tokenValue: "secret",
      target: "ecs:c_t_r",
    },
    command: { text: "ls", words: ["ls"] },
  };
  await assert.rejects(
    openClient(joined, {
      deps: {
        ...createRealDeps(),
        spawn(options) {
          started.push(options);
          throw new Error("seen");
        },
      },
      onStarted: () => {},
    }),
    { code: "plugin_failed" },
  );
  const [{ command, args }] = started as [SpawnOptions];
  assert.deepEqual([command, ...args], [
    "/bin/plugin",
    "AWS_SSM_START_SESSION_RESPONSE",
    "eu-west-1",
    "StartSession",
    "prod",
    '{"Target":"ecs:c_t_r"}',
    "https://ssm",
  ]);
});
