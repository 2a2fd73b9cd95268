import assert from "node:assert/strict";
import type { Access } from "../../src/access/access.ts";
import type { Aws } from "../../src/aws/create_aws.ts";
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
  const aws: Pick<Aws, "caBundle" | "signUpgrade"> = {
    caBundle: () => Promise.resolve(undefined),
    signUpgrade: (_url, { forceRefresh = false } = {}) => {
      refreshed.push(forceRefresh);
      return Promise.resolve({});
    },
  };
  const access: Pick<Access, "resumeSession" | "terminateSession"> = {
    resumeSession: () => Promise.resolve("token"),
    terminateSession: () => Promise.resolve(),
  };
  const session = await openBuiltinClient(
    { sessionId: "s", streamUrl: server.url, tokenValue: "t", target: "i-1" },
    { wrapped: undefined, interactive: false, keepAlive: false },
    {
      aws: aws as Aws,
      access: access as Access,
      deps: { ...createRealDeps(), sleep: () => Promise.resolve() },
      log: { info: () => {}, warn: () => {} },
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
