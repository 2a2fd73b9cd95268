import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  ECSClient,
  ExecuteCommandCommand,
  ListClustersCommand,
} from "@aws-sdk/client-ecs";
import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import { makeSdkConfig, signUpgrade } from "./channel_client.ts";
import { decodeMessage, payloadTypes } from "./message_codec.ts";
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

Deno.test("the data channel is dialled over TLS, through the proxy too", async () => {
  const sandbox = await startSandbox({ tls: true });
  const stream = `ssmmessages.sandbox.test:${sandbox.tlsPort}`;
  const proxy = await startConnectProxy({
    hosts: { [stream]: `127.0.0.1:${sandbox.tlsPort}` },
  });
  const caCerts = [await Deno.readTextFile(sandbox.caFile)];
  using direct = Deno.createHttpClient({ caCerts });
  const ecs = new ECSClient({
    ...makeSdkConfig(sandbox),
    endpoint: sandbox.tlsUrl ?? "",
    requestHandler: new FetchHttpHandler({
      // deno-lint-ignore no-explicit-any
      requestInit: () => ({ client: direct } as any),
    }),
  });
  const { session } = await ecs.send(
    new ExecuteCommandCommand({
      task: sandbox.tasks("worker")[0]?.taskId,
      command: "echo over TLS",
      interactive: true,
    }),
  );
  const url = session?.streamUrl ?? "";
  assert.ok(url.startsWith(`wss://${stream}/v1/data-channel/`), url);
  using through = Deno.createHttpClient({
    caCerts,
    proxy: { url: proxy.url },
  });
  const socket = new WebSocket(url, {
    headers: await signUpgrade(sandbox, url),
    client: through,
  });
  socket.binaryType = "arraybuffer";
  const output = await new Promise<string>((resolve, reject) => {
    socket.onerror = () => reject(new Error("Cannot open the data channel"));
    socket.onopen = () =>
      socket.send(JSON.stringify({ TokenValue: session?.tokenValue }));
    socket.onmessage = ({ data }) => {
      const decoded = decodeMessage(Buffer.from(data as ArrayBuffer));
      if (decoded.kind !== "message") return;
      const { message } = decoded;
      if (message.payloadType === payloadTypes.output) {
        resolve(message.payload.toString());
      }
    };
  });
  assert.equal(output, "over TLS\r\n");
  assert.deepEqual(proxy.connections(), [stream]);
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.close();
  await closed;
  await proxy.close();
  await sandbox.close();
});

Deno.test("the certificate is for localhost too", async () => {
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
