import assert from "node:assert/strict";
import { createRackClient } from "../../../src/access/rack/create_rack_client.ts";
import { PortholeError } from "../../../src/errors.ts";

const sleep = (_: number, signal?: AbortSignal) =>
  new Promise<void>((resolve) => {
    signal?.addEventListener("abort", () => resolve());
  });

/** A rack that answers what `answer` makes of each request. */
function makeClient(token: string, answer: (request: string) => string) {
  const requests: string[] = [];
  const client = createRackClient({
    name: "prod",
    url: new URL("https://rack.example.com/prefix/"),
    token,
    tls: { kind: "public" },
    streamHosts: [],
  }, {
    sleep,
    connect: () => {
      let waiting: Uint8Array | null = null;
      return Promise.resolve({
        read: () => {
          const next = waiting;
          waiting = null;
          return Promise.resolve(next);
        },
        write: (bytes) => {
          const request = new TextDecoder().decode(bytes);
          requests.push(request);
          waiting = new TextEncoder().encode(answer(request));
          return Promise.resolve();
        },
        closeWrite: () => Promise.resolve(),
        close: () => Promise.resolve(),
      });
    },
  });
  return { client, requests };
}

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n";
const denied =
  "HTTP/1.1 401 Unauthorized\r\nContent-Length: 23\r\n\r\ninvalid authentication\n";
const basic = (password: string) =>
  `Authorization: Basic ${btoa(`convox:${password}`)}`;

Deno.test("a request has the rack's prefix, and its parts are encoded", async () => {
  const { client, requests } = makeClient("secret", () => ok);
  await client.ask({ method: "GET", path: ["apps", "a/b ?", "processes"] });
  assert.match(
    requests[0] ?? "",
    /^GET \/prefix\/apps\/a%2Fb%20%3F\/processes HTTP\/1\.1\r\nHost: rack\.example\.com\r\n/,
  );
  assert.ok(requests[0]?.includes(basic("secret")));
});

Deno.test("a password that Convox's CLI would encode is tried in both forms, and the one that was taken stays", async () => {
  const { client, requests } = makeClient(
    "p@ss",
    (request) => request.includes(basic("p%40ss")) ? ok : denied,
  );
  assert.equal(await client.ask({ method: "GET", path: ["auth"] }), "ok\n");
  await client.ask({ method: "GET", path: ["auth"] });
  assert.equal(requests.length, 3);
  assert.equal(`Authorization: ${client.authorization()}`, basic("p%40ss"));
});

Deno.test("a 401 is told, with how to sign in again, and without the password", async () => {
  const { client } = makeClient("secret", () => denied);
  await assert.rejects(
    client.ask({ method: "GET", path: ["auth"] }),
    (error) =>
      error instanceof PortholeError && error.code === "access_denied" &&
      error.message ===
        'Cannot sign in to rack "prod": invalid authentication' &&
      !error.message.includes("secret"),
  );
});

Deno.test("what keeps a rack from being asked has its own hint", async () => {
  for (
    const [reason, hint] of [
      ["received corrupt message of type InvalidContentType", /not use TLS/],
      ["Connection refused (os error 111)", /reachable from here/],
    ] as const
  ) {
    const client = createRackClient({
      name: "prod",
      url: new URL("https://rack.example.com/"),
      token: "secret",
      tls: { kind: "public" },
      streamHosts: [],
    }, { sleep, connect: () => Promise.reject(new Error(reason)) });
    const error = await client.ask({ method: "GET", path: ["system"] })
      .catch((error: unknown) => error);
    assert(error instanceof PortholeError);
    assert.equal(error.code, "unreachable");
    assert.match(error.hints.join("\n"), hint);
  }
});
