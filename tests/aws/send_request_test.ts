import assert from "node:assert/strict";
import { createSender, EndpointError } from "../../src/aws/send_request.ts";
import { PortholeError } from "../../src/errors.ts";
import { serveApi } from "./api_server.ts";

async function refusal(send: Promise<Response>): Promise<EndpointError> {
  try {
    await send;
  } catch (error) {
    assert.ok(error instanceof EndpointError, String(error));
    return error;
  }
  throw new Error("it was answered");
}

Deno.test("createSender passes an API's answer through", async () => {
  const api = serveApi(() => ({ taskArns: [] }));
  const response = await createSender()(
    new Request(api.endpoint, { method: "POST", body: "{}" }),
  );
  assert.deepEqual(await response.json(), { taskArns: [] });
  await api.close();
});

const oddities: readonly [string, () => Response, RegExp, boolean][] = [
  [
    "an HTML page",
    () => page(200, "text/html; charset=utf-8"),
    /^an HTML page, status 200$/,
    false,
  ],
  ["a gateway's HTML", () => page(502, "text/html"), /status 502$/, true],
  [
    "plain text",
    () => page(200, "text/plain"),
    /^a document of type "text\/plain"/,
    false,
  ],
  [
    "a redirect",
    () => Response.redirect("http://127.0.0.1:1/", 302),
    /^a redirect/,
    false,
  ],
];

for (const [name, answer, reason, retried] of oddities) {
  Deno.test(`createSender refuses ${name}`, async () => {
    const api = serveApi(answer);
    const error = await refusal(createSender()(new Request(api.endpoint)));
    assert.equal(error.kind, "not_an_api");
    assert.equal(error.endpoint, api.endpoint);
    assert.match(error.message, reason);
    assert.equal(error.$retryable !== undefined, retried);
    await api.close();
  });
}

Deno.test("createSender sends plain HTTP to this machine alone", async () => {
  for (
    const host of [
      "example.com",
      "10.0.0.1",
      "127.evil.example",
      "localhost.example",
    ]
  ) {
    const error = await refusal(createSender()(new Request(`http://${host}/`)));
    assert.equal(error.kind, "plain_http", host);
  }
});

Deno.test("createSender tells why an endpoint cannot be reached", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  const error = await refusal(
    createSender()(new Request(`http://127.0.0.1:${port}/`)),
  );
  assert.equal(error.kind, "unreachable");
  assert.equal(error.message, "Connection refused");
  assert.equal(error.$retryable, undefined);
});

Deno.test("createSender has a connection tried again that was closed without an answer", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const closing = (async () => {
    // Deno tries once more by itself.
    for await (const connection of listener) connection.close();
  })();
  const error = await refusal(
    createSender()(new Request(`http://127.0.0.1:${listener.addr.port}/`)),
  );
  assert.notEqual(error.$retryable, undefined);
  listener.close();
  await closing;
});

Deno.test("createSender gives up on an endpoint that keeps silent", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const accepted = listener.accept();
  const request = new Request(`http://127.0.0.1:${listener.addr.port}/`);
  const error = await refusal(createSender(undefined, 50)(request));
  assert.equal(error.kind, "timed_out");
  (await accepted).close();
  listener.close();
});

Deno.test("createSender names a damaged AWS_CA_BUNDLE, and only where TLS needs it", async () => {
  const pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  const send = createSender({ path: "/etc/bad.pem", pem });
  await assert.rejects(
    send(new Request("https://127.0.0.1:1/")),
    (error) =>
      error instanceof PortholeError &&
      error.message.includes('"/etc/bad.pem"'),
  );
  const api = serveApi(() => ({}));
  await (await send(new Request(api.endpoint))).body?.cancel();
  await api.close();
});

function page(status: number, type: string): Response {
  return new Response("<html>", { status, headers: { "content-type": type } });
}
