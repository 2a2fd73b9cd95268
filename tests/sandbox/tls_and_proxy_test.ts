import assert from "node:assert/strict";
import { ECSClient, ListClustersCommand } from "@aws-sdk/client-ecs";
import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import { makeSdkConfig } from "./channel_client.ts";
import { startConnectProxy } from "./start_connect_proxy.ts";
import { startSandbox } from "./start_sandbox.ts";

Deno.test("the API answers over TLS, behind a name only a proxy knows", async () => {
  const sandbox = await startSandbox({ tls: true });
  const proxy = await startConnectProxy({
    auth: "me:secret",
    hosts: { "ecs.sandbox.test:443": `127.0.0.1:${sandbox.tlsPort}` },
  });
  const url = new URL(proxy.url);
  using http = Deno.createHttpClient({
    caCerts: [await Deno.readTextFile(sandbox.caFile)],
    proxy: {
      url: url.origin,
      basicAuth: { username: url.username, password: url.password },
    },
  });
  const ecs = new ECSClient({
    ...makeSdkConfig(sandbox),
    endpoint: "https://ecs.sandbox.test",
    requestHandler: new FetchHttpHandler({
      // deno-lint-ignore no-explicit-any
      requestInit: () => ({ client: http } as any),
    }),
  });
  const { clusterArns } = await ecs.send(new ListClustersCommand({}));
  assert.equal(clusterArns?.length, 1);
  assert.deepEqual(proxy.connections(), ["ecs.sandbox.test:443"]);
  await proxy.close();
  await sandbox.close();
});

Deno.test("a proxy refuses callers without its user", async () => {
  const proxy = await startConnectProxy({ auth: "me:secret" });
  using http = Deno.createHttpClient({
    proxy: { url: new URL(proxy.url).origin },
  });
  await assert.rejects(fetch("https://ecs.sandbox.test/", { client: http }));
  assert.deepEqual(proxy.connections(), ["ecs.sandbox.test:443 407"]);
  await proxy.close();
});

Deno.test("the certificate is for localhost too, and the stream URL for ssmmessages", async () => {
  const sandbox = await startSandbox({ tls: true });
  using http = Deno.createHttpClient({
    caCerts: [await Deno.readTextFile(sandbox.caFile)],
  });
  const response = await fetch(`${sandbox.tlsUrl}/`, {
    method: "POST",
    client: http,
    headers: {
      "x-amz-target": "AmazonEC2ContainerServiceV20141113.ListClusters",
    },
    body: "{}",
  });
  assert.equal(response.status, 400);
  assert.match(await response.text(), /MissingAuthenticationToken/);
  await sandbox.close();
});
