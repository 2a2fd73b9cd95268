import assert from "node:assert/strict";
import { startConnectProxy } from "../sandbox/start_connect_proxy.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { recordCalls } from "./record_calls.ts";
import { testPorthole } from "./run_porthole.ts";

const sandbox = await startSandbox({ tls: true });
const api = "ecs.sandbox.test:443";
const channel = `ssmmessages.sandbox.test:${sandbox.tlsPort}`;
const behind = `127.0.0.1:${sandbox.tlsPort}`;
Deno.test.afterAll(() => sandbox.close());

// Behind the proxy the names are known, and only there.
const { NO_PROXY: _, ...reachable } = sandbox.env;
const env = { ...reachable, AWS_ENDPOINT_URL: "https://ecs.sandbox.test" };
const command = ["exec", "worker", "--", "cat", "etc/hostname"];

testPorthole(
  "HTTPS_PROXY and AWS_CA_BUNDLE hold for the API and the session",
  async (porthole) => {
    const proxy = await startConnectProxy({
      auth: "me:p%40ss",
      hosts: { [api]: behind, [channel]: behind },
    });
    try {
      const result = await porthole.run(command, {
        env: {
          ...env,
          HTTPS_PROXY: proxy.url.replace("p%40ss", "p%2540ss"),
          AWS_CA_BUNDLE: sandbox.caFile,
        },
      });
      assert.equal(result.text, "worker\n", result.stderr);
      assert.equal(result.status, 0);
      assert.deepEqual([...new Set(proxy.connections())], [api, channel]);
    } finally {
      await proxy.close();
    }
  },
);

testPorthole("without AWS_CA_BUNDLE the error names it", async (porthole) => {
  const proxy = await startConnectProxy({ hosts: { [api]: behind } });
  const calls = recordCalls(sandbox);
  try {
    const result = await porthole.run(command, {
      env: { ...env, HTTPS_PROXY: proxy.url },
    });
    assert.match(
      result.stderr,
      /^error: Cannot reach "https:\/\/ecs\.sandbox\.test".*certificate/m,
    );
    assert.match(result.stderr, /^hint: .*AWS_CA_BUNDLE/m);
    assert.equal(result.text, "");
    assert.equal(result.status, 125);
    assert.deepEqual(calls.names(), []);
  } finally {
    await proxy.close();
  }
});

testPorthole(
  "an AWS_CA_BUNDLE that is not there, or holds no certificate",
  async (porthole) => {
    const empty = await Deno.makeTempFile();
    try {
      for (const AWS_CA_BUNDLE of ["/no/such/bundle.pem", empty]) {
        const result = await porthole.run(command, {
          env: { ...env, AWS_CA_BUNDLE },
        });
        assert.match(result.stderr, /^error: .*AWS_CA_BUNDLE/m);
        assert.equal(result.status, 125);
      }
    } finally {
      await Deno.remove(empty);
    }
  },
);

testPorthole(
  "a proxy that refuses the user, or does not answer, is named",
  async (porthole) => {
    const proxy = await startConnectProxy({ auth: "me:secret" });
    try {
      const { host } = new URL(proxy.url);
      for (
        const HTTPS_PROXY of [
          `http://you:wrong-secret@${host}`,
          "http://127.0.0.1:1",
        ]
      ) {
        const result = await porthole.run(command, {
          env: { ...env, HTTPS_PROXY, AWS_CA_BUNDLE: sandbox.caFile },
        });
        assert.match(result.stderr, /^error: Cannot reach/m);
        assert.match(result.stderr, /proxy/i);
        assert(!result.stderr.includes("wrong-secret"));
        assert.equal(result.status, 125);
      }
    } finally {
      await proxy.close();
    }
  },
);

testPorthole(
  "a proxy that lets only the API through: the session's way is named",
  async (porthole) => {
    const proxy = await startConnectProxy({ hosts: { [api]: behind } });
    try {
      const result = await porthole.run(command, {
        env: { ...env, HTTPS_PROXY: proxy.url, AWS_CA_BUNDLE: sandbox.caFile },
      });
      assert.match(
        result.stderr,
        /^error: Cannot open the session's data channel.*proxy.*502/m,
      );
      assert.equal(result.text, "");
      assert.equal(result.status, 125);
    } finally {
      await proxy.close();
    }
  },
);

testPorthole("NO_PROXY is gone to directly", async (porthole) => {
  const result = await porthole.run(command, {
    env: { ...sandbox.env, HTTPS_PROXY: "http://127.0.0.1:1" },
  });
  assert.equal(result.text, "worker\n", result.stderr);
});
