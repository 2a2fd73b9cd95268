import assert from "node:assert/strict";
import { startConnectProxy } from "../sandbox/start_connect_proxy.ts";
import { startSocksProxy } from "../sandbox/start_socks_proxy.ts";
import { startTlsFront } from "../sandbox/start_tls_front.ts";
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

testPorthole(
  "a proxy behind TLS carries the API and the session, TLS within TLS",
  async (porthole) => {
    const proxy = await startConnectProxy({
      hosts: { [api]: behind, [channel]: behind },
    });
    const front = startTlsFront(Number(new URL(proxy.url).port));
    try {
      const result = await porthole.run(
        ["exec", "worker", "--", "seq", "1", "200000"],
        {
          env: {
            ...env,
            HTTPS_PROXY: `https://localhost:${front.port}`,
            AWS_CA_BUNDLE: sandbox.caFile,
          },
        },
      );
      assert.equal(result.stderr.match(/^error.*/m)?.[0], undefined);
      assert.equal(result.status, 0);
      assert.equal(result.text.split("\n").at(-2), "200000");
      assert.equal(result.text.split("\n").length, 200_001);
      assert.deepEqual([...new Set(proxy.connections())], [api, channel]);
    } finally {
      await front.close();
      await proxy.close();
    }
  },
);

testPorthole(
  "a SOCKS proxy with a user carries the API and the session",
  async (porthole) => {
    const proxy = startSocksProxy({
      auth: "me:100%",
      hosts: { [api]: behind, [channel]: behind },
    });
    try {
      const result = await porthole.run(command, {
        env: {
          ...env,
          ALL_PROXY: proxy.url,
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

testPorthole(
  "a proxy that no session could go through is refused before any call; lists go on",
  async (porthole) => {
    const calls = recordCalls(sandbox);
    for (
      const HTTPS_PROXY of [
        "socks4://127.0.0.1:1",
        "http://me:secret@",
        "http://me:secret#x@127.0.0.1:1",
      ]
    ) {
      // The API is on this machine, in plain text: no proxy matters to it.
      const around = { env: { ...sandbox.env, NO_PROXY: "", HTTPS_PROXY } };
      const refused = await porthole.run(command, around);
      assert.match(refused.stderr, /^error: Cannot use HTTPS_PROXY: /m);
      assert.match(refused.stderr, /^hint: write it as http:\/\//m);
      assert(!refused.stderr.includes("secret"));
      assert.equal(refused.status, 125);
      const run = await porthole.run(["run", "worker", "--", "true"], around);
      assert.match(run.stderr, /^error: Cannot use HTTPS_PROXY: /m);
      assert.equal(run.status, 125);
      assert.deepEqual(calls.names(), []);
    }
    const list = await porthole.run(["tasks", "worker"], {
      env: {
        ...sandbox.env,
        NO_PROXY: "",
        HTTPS_PROXY: "socks4://127.0.0.1:1",
      },
    });
    assert.equal(list.status, 0, list.stderr);
    assert.match(list.text, /worker/);
  },
);

testPorthole(
  "NO_PROXY=*.domain spares the API and the session alike",
  async (porthole) => {
    const result = await porthole.run(command, {
      env: {
        ...env,
        NO_PROXY: "*.sandbox.test,127.0.0.0/8",
        HTTPS_PROXY: "http://127.0.0.1:1",
        AWS_CA_BUNDLE: sandbox.caFile,
      },
    });
    // Nobody knows the name here: that it was looked up shows the way.
    assert.match(
      result.stderr,
      /^error: Cannot reach "https:\/\/ecs\.sandbox\.test": /m,
    );
    assert.doesNotMatch(result.stderr, /the proxy/);
    assert.equal(result.status, 125);
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
        const { origin } = new URL(HTTPS_PROXY);
        assert.ok(
          result.stderr.includes(
            `error: Cannot reach "https://ecs.sandbox.test" through the proxy ${origin} (HTTPS_PROXY): `,
          ),
          result.stderr,
        );
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
