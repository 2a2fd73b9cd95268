import assert from "node:assert/strict";
import { startConnectProxy } from "../sandbox/start_connect_proxy.ts";

const TLS = `${import.meta.dirname}/../sandbox/tls`;

/** An ECS API behind TLS, and a proxy. */
async function startNetwork() {
  const api = Deno.serve({
    port: 0,
    hostname: "127.0.0.1",
    cert: await Deno.readTextFile(`${TLS}/server.crt`),
    key: await Deno.readTextFile(`${TLS}/server.key`),
    onListen() {},
  }, () => Response.json({ clusterArns: ["arn:x:cluster/main"] }));
  const proxy = await startConnectProxy();
  return {
    endpoint: `https://localhost:${api.addr.port}`,
    proxy: proxy.url,
    tunnels: proxy.connections,
    close: async () => {
      await proxy.close();
      await api.shutdown();
    },
  };
}

async function call(env: Readonly<Record<string, string>>): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `${import.meta.dirname}/call_program.ts`],
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      HOME: Deno.env.get("HOME") ?? "",
      // Deno itself would go through the proxy too.
      DENO_NO_UPDATE_CHECK: "1",
      ...(Deno.env.get("DENO_DIR") && {
        DENO_DIR: Deno.env.get("DENO_DIR") ?? "",
      }),
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
      AWS_ACCESS_KEY_ID: "A",
      AWS_SECRET_ACCESS_KEY: "B",
      ...env,
    },
  }).output();
  return `${new TextDecoder().decode(stdout)}${
    new TextDecoder().decode(stderr)
  }`;
}

Deno.test({
  name: "AWS_CA_BUNDLE, HTTPS_PROXY and NO_PROXY hold for the API",
  // The tunnels end with the connections, whenever those are dropped.
  sanitizeResources: false,
  sanitizeOps: false,
  async fn(test) {
    const network = await startNetwork();
    const { endpoint: AWS_ENDPOINT_URL, proxy: HTTPS_PROXY, tunnels } = network;
    const AWS_CA_BUNDLE = `${TLS}/ca.crt`;

    await test.step("an unknown certificate is refused, and AWS_CA_BUNDLE named", async () => {
      const said = await call({ AWS_ENDPOINT_URL });
      assert.match(said, /^unreachable: .*certificate.*; .*AWS_CA_BUNDLE/);
    });
    await test.step("a certificate of AWS_CA_BUNDLE is trusted", async () => {
      assert.equal(
        await call({ AWS_ENDPOINT_URL, AWS_CA_BUNDLE }),
        '["main"]\n',
      );
      assert.deepEqual(tunnels(), []);
    });
    await test.step("HTTPS_PROXY is gone through", async () => {
      const said = await call({ AWS_ENDPOINT_URL, AWS_CA_BUNDLE, HTTPS_PROXY });
      assert.equal(said, '["main"]\n');
      assert.deepEqual(tunnels(), [new URL(AWS_ENDPOINT_URL).host]);
    });
    await test.step("NO_PROXY is gone to directly", async () => {
      const env = { AWS_ENDPOINT_URL, AWS_CA_BUNDLE, HTTPS_PROXY };
      assert.equal(await call({ ...env, NO_PROXY: "localhost" }), '["main"]\n');
      assert.equal(tunnels().length, 1);
    });
    await network.close();
  },
});
