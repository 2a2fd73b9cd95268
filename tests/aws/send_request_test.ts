import assert from "node:assert/strict";
import { type ExchangeLimits, LIMITS } from "../../src/aws/exchange.ts";
import { limitRetries } from "../../src/aws/limit_retries.ts";
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

Deno.test("createSender takes JSON for JSON that a stand-in for AWS calls a page", async () => {
  const api = serveApi(() =>
    new Response('{"events": []}', {
      headers: { "content-type": "text/html; charset=utf-8" },
    })
  );
  const response = await createSender()(new Request(api.endpoint));
  assert.deepEqual(await response.json(), { events: [] });
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
    "an answer of nothing",
    () =>
      new Response(null, { headers: { "content-type": "application/json" } }),
    /^an empty answer, status 200$/,
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
  const error = await refusal(
    createSender(undefined, { ...LIMITS, silenceMs: 50 })(request),
  );
  assert.equal(error.kind, "timed_out");
  (await accepted).close();
  listener.close();
});

/** Serves answers whose bodies are `bodies`, in turn, and then the last of them. */
function serveBodies(...bodies: readonly (() => BodyInit)[]) {
  let served = 0;
  return serveApi(() =>
    new Response(bodies[Math.min(served++, bodies.length - 1)]?.(), {
      headers: { "content-type": "application/json" },
    })
  );
}

/** The wait of the stream that pulls, for tests to outlive it. */
let pulling: Promise<unknown> = Promise.resolve();

/** A body that brings `chunk` every millisecond, or never again after the first, until it is stopped. */
function stream(
  chunk: string,
  goesOn: boolean,
  stopped: AbortSignal,
): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(chunk);
  let brought = false;
  return new ReadableStream({
    async pull(controller) {
      if (stopped.aborted || brought && !goesOn) await new Promise(() => {});
      await (pulling = new Promise((resolve) => setTimeout(resolve, 1)));
      brought = true;
      controller.enqueue(bytes);
    },
  });
}

/** The request of an attempt of one call. */
function attempt(endpoint: string, call = "one"): Request {
  return new Request(endpoint, {
    headers: { "amz-sdk-invocation-id": call },
  });
}

const limits: readonly [
  name: string,
  body: (stopped: AbortSignal) => BodyInit,
  limits: Partial<ExchangeLimits>,
  kind: EndpointError["kind"],
  reason: RegExp,
][] = [
  [
    "stops after its head",
    (stopped) => stream("{", false, stopped),
    { silenceMs: 50 },
    "timed_out",
    /^its answer stopped for 0\.05 s$/,
  ],
  [
    "drips",
    (stopped) => stream(" ", true, stopped),
    { totalMs: 100 },
    "timed_out",
    /^no whole answer within 0\.1 s$/,
  ],
  [
    "has no end",
    (stopped) => stream(" ".repeat(10_000), true, stopped),
    { answerBytes: 1024 * 1024 },
    "not_an_api",
    /^it is longer than 1 MiB$/,
  ],
];

for (const [name, body, broken, kind, reason] of limits) {
  Deno.test({
    name: `createSender gives up on an answer that ${name}`,
    // The server's stream is left in its pull.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const stop = new AbortController();
      const api = serveBodies(() => body(stop.signal));
      const send = createSender(undefined, { ...LIMITS, ...broken });
      const error = await refusal(send(new Request(api.endpoint)));
      assert.equal(error.kind, kind);
      assert.match(error.message, reason);
      assert.equal(error.$retryable, undefined);
      assert.equal(error.cause, undefined);
      stop.abort();
      void api.close();
      await pulling;
    },
  });
}

Deno.test("createSender counts what an answer is decompressed to", async () => {
  const zeros = new Blob([new Uint8Array(3 * 1024 * 1024)]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  const bomb = await new Response(zeros).bytes();
  const api = serveApi(() =>
    new Response(bomb, {
      headers: {
        "content-type": "application/json",
        "content-encoding": "gzip",
      },
    })
  );
  const send = createSender(undefined, { ...LIMITS, answerBytes: 1024 * 1024 });
  const error = await refusal(send(new Request(api.endpoint)));
  assert.equal(error.message, "it is longer than 1 MiB");
  await api.close();
});

Deno.test("createSender has an answer that is cut in the middle tried again", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const cutting = (async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(4096));
      await connection.write(new TextEncoder().encode(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
      ));
      connection.close();
    }
  })();
  const error = await refusal(
    createSender()(new Request(`http://127.0.0.1:${listener.addr.port}/`)),
  );
  assert.equal(error.kind, "unreachable");
  assert.match(error.message, /^its answer was cut off/);
  assert.notEqual(error.$retryable, undefined);
  listener.close();
  await cutting;
});

Deno.test({
  name: "the attempts of one call share its limits, and those of two do not",
  // What is given up in mid-answer closes its body a moment later.
  sanitizeResources: false,
  fn: async () => {
    const api = serveBodies(() => " ".repeat(600 * 1024));
    const send = createSender(undefined, {
      ...LIMITS,
      totalBytes: 1024 * 1024,
    });
    await send(attempt(api.endpoint));
    await send(attempt(api.endpoint, "another"));
    const error = await refusal(send(attempt(api.endpoint)));
    assert.equal(error.message, "it is longer than 1 MiB");
    const over = createSender(undefined, { ...LIMITS, totalMs: 0 });
    const late = await refusal(over(attempt(api.endpoint)));
    assert.equal(late.kind, "timed_out");
    await api.close();
  },
});

Deno.test("limitRetries ends a call with what its last attempt failed with", async () => {
  const tokens: object[] = [];
  const token = () => {
    const made = {} as Awaited<
      ReturnType<(typeof own)["acquireInitialRetryToken"]>
    >;
    tokens.push(made);
    return made;
  };
  const own = {
    acquireInitialRetryToken: () => Promise.resolve(token()),
    refreshRetryTokenForRetry: () =>
      tokens.length < 3 ? Promise.resolve(token()) : new Promise(() => {}),
    recordSuccess: () => {},
    mode: "standard",
  } as unknown as Extract<
    Parameters<typeof limitRetries>[0],
    { recordSuccess: unknown }
  >;
  const limited = limitRetries(own, 100) as typeof own;
  assert.equal("mode" in limited, true);
  const first = await limited.acquireInitialRetryToken("");
  const failure = { errorType: "THROTTLING" } as const;
  const second = await limited.refreshRetryTokenForRetry(first, failure);
  const third = await limited.refreshRetryTokenForRetry(second, failure);
  assert.deepEqual([first, second, third], tokens);
  // This one would wait longer than there is time.
  await assert.rejects(limited.refreshRetryTokenForRetry(third, failure));
});

Deno.test("createSender names a damaged AWS_CA_BUNDLE, and only where TLS needs it", async () => {
  const pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  const send = createSender({
    name: "AWS_CA_BUNDLE",
    path: "/etc/bad.pem",
    pem,
  });
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
