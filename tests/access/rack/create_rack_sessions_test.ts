import assert from "node:assert/strict";
import type { RackClient } from "../../../src/access/rack/create_rack_client.ts";
import {
  createRackSessions,
  type RackOpening,
  type RackSessionRequest,
} from "../../../src/access/rack/create_rack_sessions.ts";
import type { PortholeError } from "../../../src/errors.ts";

const HANDOFF = {
  sessionId: "s1",
  streamUrl: "wss://ssmmessages.cn-north-1.amazonaws.com.cn/v1/data-channel/s1",
  tokenValue: "T0KEN",
  region: "cn-north-1",
};

function open(opening: RackOpening<string>) {
  const dialed: [string, Readonly<Record<string, string>>][] = [];
  const sessions = createRackSessions(
    {
      rack: {
        name: "blue",
        url: new URL("https://blue.example.com/base"),
        token: "s3cret",
        tls: { kind: "public" },
        streamHosts: [],
      },
      urlOf: (path) =>
        new URL(`https://blue.example.com/base/${path.join("/")}`),
      authorization: () => "Basic x",
      ask: () => Promise.reject(new Error("not asked for")),
    } satisfies RackClient,
    (url, headers) => {
      dialed.push([url.href, headers]);
      return Promise.resolve(opening);
    },
  );
  const ask = (more: Partial<RackSessionRequest> = {}) =>
    sessions.open({
      cluster: "prod",
      task: { id: "0123456789ab" },
      command: "echo s3cret",
      ...more,
    } as RackSessionRequest);
  return { sessions, dialed, ask };
}

Deno.test("a rack is asked in headers, which nobody writes down: the command is in no URL", async () => {
  const { dialed, ask } = open({ kind: "relay", line: "line" });
  assert.deepEqual(await ask(), { kind: "stream", stream: "line" });
  await ask({ size: { columns: 99, rows: 50 }, entrypoint: true });
  const url =
    "https://blue.example.com/base/apps/prod/processes/0123456789ab/exec";
  const headers = {
    Authorization: "Basic x",
    Origin: "https://blue.example.com",
    "User-Agent": "porthole",
    Command: "echo s3cret",
  };
  assert.deepEqual(dialed, [
    [url, headers],
    [url, { ...headers, Height: "50", Width: "99", Entrypoint: "true" }],
  ]);
});

Deno.test("a session that is handed off is AWS's own of its region, and not signed by us", async () => {
  const { sessions, ask } = open({
    kind: "handoff",
    text: JSON.stringify(HANDOFF),
  });
  const opened = await ask();
  const { region, ...grant } = HANDOFF;
  assert.deepEqual(opened, {
    kind: "grant",
    grant: { ...grant, target: "s1" },
    region,
  });
  assert.deepEqual(await sessions.describePluginSurroundings(), {
    region,
    ssmEndpoint: "https://ssm.cn-north-1.amazonaws.com.cn",
  });
  const signing = { isRetry: false };
  assert.deepEqual(
    await sessions.signUpgrade({ ...grant, target: "s1" }, signing),
    { headers: {} },
  );
  const evil = open({
    kind: "handoff",
    text: JSON.stringify({ ...HANDOFF, streamUrl: "wss://evil/s1" }),
  });
  await assert.rejects(
    evil.ask(),
    (error: PortholeError) =>
      error.code === "session_refused" && !/T0KEN|evil/.test(error.message),
  );
});
