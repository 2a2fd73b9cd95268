import assert from "node:assert/strict";
import { createSender, EndpointError } from "../src/aws/send_request.ts";
import { PortholeError } from "../src/errors.ts";
import { connectSocket } from "../src/session/channel/connect_socket.ts";
import { ConnectFailure } from "../src/session/channel/connect_failure.ts";
import { startConnectProxy } from "./sandbox/start_connect_proxy.ts";
import { startSocksProxy } from "./sandbox/start_socks_proxy.ts";
import { startTlsFront, testCaFile } from "./sandbox/start_tls_front.ts";

const pem = await Deno.readTextFile(testCaFile);

/** What an API and the data channel answer, on one port. */
const server = Deno.serve(
  { port: 0, hostname: "127.0.0.1", onListen() {} },
  (request) => {
    if (request.headers.get("upgrade") !== "websocket") {
      return Response.json({ clusterArns: [] });
    }
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onopen = () => socket.send("hello");
    return response;
  },
);
const front = startTlsFront(server.addr.port);
const port = front.port;
const hosts = {
  "ecs.sandbox.test:443": `127.0.0.1:${port}`,
  [`ecs.sandbox.test:${port}`]: `127.0.0.1:${port}`,
  "[2001:db8::1]:443": `127.0.0.1:${port}`,
  "[2001:0db8:0000:0000:0000:0000:0000:0001]:443": `127.0.0.1:${port}`,
};
const http = await startConnectProxy({ hosts, auth: "me:100%" });
const behindTls = await startConnectProxy({ hosts });
const tlsFront = startTlsFront(Number(new URL(behindTls.url).port));
const socks = startSocksProxy({ hosts });
const guarded = startSocksProxy({ hosts, auth: "us er:p@ss" });
const own = (text: string) => text.replace(/^.*@|^.*:\/\//, "");

const H = `http://me:100%@${own(http.url)}`;
const T = `https://localhost:${tlsFront.port}`;
const S = `socks5://${own(socks.url)}`;
const G = `socks5h://us%20er:p%40ss@${own(guarded.url)}`;
const NAMED = "ecs.sandbox.test";
const LOCAL = `localhost:${port}`;
const ADDRESS = `127.0.0.1:${port}`;

Deno.test.afterAll(async () => {
  await Promise.all([http, behindTls, socks, guarded].map((it) => it.close()));
  await tlsFront.close();
  await front.close();
  await server.shutdown();
});

const proxies = { http, https: behindTls, socks, guarded };

/** Where it went, or how it failed. */
async function goes(go: () => Promise<void>): Promise<string> {
  const before = Object.values(proxies).map((it) => it.connections().length);
  let said = "direct";
  try {
    await go();
  } catch (error) {
    said = tell(error);
  }
  const through = Object.entries(proxies).find(([, it], index) =>
    it.connections().slice(before[index]).some((to) => !/ \d|ref/.test(to))
  );
  return through?.[0] ?? said;
}

/** An API's call and a data channel. */
async function goBothWays(
  host: string,
  variables: Readonly<Record<string, string>>,
): Promise<readonly [string, string]> {
  const env = (name: string) => variables[name];
  const api = await goes(async () => {
    const send = createSender(
      { name: "AWS_CA_BUNDLE", path: "ca", pem },
      undefined,
      env,
    );
    const response = await send(
      new Request(`https://${host}/`, { method: "POST", body: "{}" }),
    );
    await response.json();
  });
  const channel = await goes(async () => {
    const heard = Promise.withResolvers<string>();
    const socket = await connectSocket(`wss://${host}/`, {
      onText: heard.resolve,
      onBinary() {},
      onAlive() {},
      onClose: heard.resolve,
    }, { headers: {}, env, caCertificates: [pem], connectTimeoutMs: 10_000 });
    assert.equal(await heard.promise, "hello");
    socket.close();
  });
  return [api, channel];
}

function tell(error: unknown): string {
  if (error instanceof PortholeError) return error.message;
  assert.ok(
    error instanceof EndpointError || error instanceof ConnectFailure,
    String(error),
  );
  const proxy = /the proxy (\S+) \((\w+)\)/.exec(
    error instanceof EndpointError ? error.proxy ?? "" : error.message,
  );
  // The certificate is for names alone: an address was reached for all that.
  if (proxy === null && /certificate/.test(error.message)) return "direct";
  return proxy === null ? error.message : `fails at ${proxy[1]} (${proxy[2]})`;
}

const DEAD = "http://127.0.0.1:1";
const BROKEN = "Cannot use HTTPS_PROXY: its value is not a valid proxy URL";

const ROWS: readonly (readonly [
  host: string,
  env: Readonly<Record<string, string>>,
  way: string,
])[] = [
  [LOCAL, {}, "direct"],
  [LOCAL, { HTTP_PROXY: DEAD }, "direct"],
  [LOCAL, { HTTPS_PROXY: "" }, "direct"],
  [LOCAL, { HTTPS_PROXY: H }, "http"],
  [LOCAL, { https_proxy: H }, "http"],
  [LOCAL, { HTTPS_PROXY: H.replace("http://", "") }, "http"],
  [LOCAL, { ALL_PROXY: S }, "socks"],
  [LOCAL, { all_proxy: S }, "socks"],
  [LOCAL, { HTTPS_PROXY: H, ALL_PROXY: S }, "http"],
  [LOCAL, { https_proxy: T, ALL_PROXY: S }, "https"],
  [LOCAL, { HTTPS_PROXY: T }, "https"],
  [LOCAL, { HTTPS_PROXY: G }, "guarded"],
  [ADDRESS, { HTTPS_PROXY: H }, "http"],
  [ADDRESS, { HTTPS_PROXY: T }, "https"],
  [ADDRESS, { HTTPS_PROXY: S }, "socks"],
  // Only the proxy knows the name.
  [NAMED, { HTTPS_PROXY: H }, "http"],
  [NAMED, { HTTPS_PROXY: T }, "https"],
  [NAMED, { HTTPS_PROXY: S }, "socks"],
  [NAMED, { HTTPS_PROXY: S.replace("socks5:", "socks5h:") }, "socks"],
  [`${NAMED}:${port}`, { HTTPS_PROXY: G }, "guarded"],
  ["[2001:db8::1]", { HTTPS_PROXY: H }, "http"],
  ["[2001:db8::1]", { HTTPS_PROXY: T }, "https"],
  ["[2001:db8::1]", { HTTPS_PROXY: S }, "socks"],
  // Exempt.
  [LOCAL, { HTTPS_PROXY: DEAD, NO_PROXY: "localhost" }, "direct"],
  [LOCAL, { HTTPS_PROXY: DEAD, no_proxy: "LOCALHOST" }, "direct"],
  [LOCAL, { HTTPS_PROXY: DEAD, NO_PROXY: ".localhost" }, "direct"],
  [LOCAL, { HTTPS_PROXY: DEAD, NO_PROXY: "*.localhost" }, "direct"],
  [LOCAL, { HTTPS_PROXY: DEAD, NO_PROXY: LOCAL }, "direct"],
  [LOCAL, { HTTPS_PROXY: DEAD, NO_PROXY: "a.test b.test,localhost" }, "direct"],
  [LOCAL, { HTTPS_PROXY: DEAD, NO_PROXY: "*" }, "direct"],
  [ADDRESS, { HTTPS_PROXY: DEAD, NO_PROXY: "*" }, "direct"],
  [ADDRESS, { HTTPS_PROXY: DEAD, NO_PROXY: "127.0.0.1" }, "direct"],
  [ADDRESS, { HTTPS_PROXY: DEAD, NO_PROXY: "127.0.0.0/8" }, "direct"],
  [ADDRESS, { HTTPS_PROXY: DEAD, NO_PROXY: ADDRESS }, "direct"],
  [LOCAL, { HTTPS_PROXY: "nonsense://", NO_PROXY: "localhost" }, "direct"],
  // Not exempt.
  [LOCAL, { HTTPS_PROXY: H, NO_PROXY: "localhost:1" }, "http"],
  [LOCAL, { HTTPS_PROXY: H, NO_PROXY: "host" }, "http"],
  [LOCAL, { HTTPS_PROXY: H, NO_PROXY: "x.localhost" }, "http"],
  [ADDRESS, { HTTPS_PROXY: H, NO_PROXY: "localhost" }, "http"],
  [ADDRESS, { HTTPS_PROXY: H, NO_PROXY: "10.0.0.0/8,0.0.1" }, "http"],
  [NAMED, { HTTPS_PROXY: H, NO_PROXY: "dbox.test,*.other.test" }, "http"],
  // Nothing that could be used.
  [LOCAL, { HTTPS_PROXY: DEAD }, `fails at ${DEAD} (HTTPS_PROXY)`],
  [LOCAL, { ALL_PROXY: DEAD }, `fails at ${DEAD} (ALL_PROXY)`],
  [
    LOCAL,
    { HTTPS_PROXY: `http://${own(http.url)}` },
    `fails at http://${own(http.url)} (HTTPS_PROXY)`,
  ],
  [
    LOCAL,
    { HTTPS_PROXY: `socks5://me:no@${own(guarded.url)}` },
    `fails at socks5://${own(guarded.url)} (HTTPS_PROXY)`,
  ],
  // Its certificate is not for the address.
  [
    LOCAL,
    { HTTPS_PROXY: T.replace("localhost", "127.0.0.1") },
    `fails at ${T.replace("localhost", "127.0.0.1")} (HTTPS_PROXY)`,
  ],
  [
    "gone.test:1",
    { HTTPS_PROXY: S },
    `fails at ${S} (HTTPS_PROXY)`,
  ],
  [LOCAL, { HTTPS_PROXY: "http://me:secret@" }, BROKEN],
  [
    LOCAL,
    { HTTPS_PROXY: "socks4://127.0.0.1:1" },
    'Cannot use HTTPS_PROXY: it names a proxy of the kind "socks4://", and only http://, https://, socks5:// and socks5h:// are supported',
  ],
];

for (const [host, env, way] of ROWS) {
  Deno.test({
    name: `${host.replace(`:${port}`, "")} with ${
      JSON.stringify(env).replaceAll(/:\d{4,5}/g, "")
    }: both ways are ${way.replaceAll(/:\d{4,5}/g, "")}`,
    // The API's connections are kept for the next call.
    sanitizeResources: false,
    sanitizeOps: false,
    async fn() {
      // What Deno itself reads must not matter.
      for (const [name, value] of Object.entries(env)) {
        Deno.env.set(name, value);
      }
      try {
        assert.deepEqual(await goBothWays(host, env), [way, way]);
        for (const [name, value] of Object.entries(env)) {
          assert.equal(Deno.env.get(name), value, "children have it");
        }
      } finally {
        for (const name of Object.keys(env)) Deno.env.delete(name);
      }
    },
  });
}
