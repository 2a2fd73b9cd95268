import assert from "node:assert/strict";
import type { Sessions } from "../../src/access/access.ts";
import { openBuiltinClient } from "../../src/exec/open_client.ts";
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
