import assert from "node:assert/strict";
import { ConnectFailure } from "../../../src/session/channel/open_connection.ts";
import { findProxy } from "../../../src/session/channel/find_proxy.ts";

const HOST = "wss://ssmmessages.us-east-1.amazonaws.com/v1/data-channel/x";

function proxyFor(
  env: Readonly<Record<string, string>>,
  address = HOST,
): string | undefined {
  return findProxy(new URL(address), (name) => env[name])?.href;
}

for (
  const [env, proxy] of [
    [{}, undefined],
    [{ HTTPS_PROXY: "" }, undefined],
    [{ HTTPS_PROXY: "http://p:3128" }, "http://p:3128/"],
    [{ https_proxy: "http://p:3128" }, "http://p:3128/"],
    [{ ALL_PROXY: "http://p:3128" }, "http://p:3128/"],
    [{ all_proxy: "http://p:3128" }, "http://p:3128/"],
    [{ HTTPS_PROXY: "http://a:1", ALL_PROXY: "http://b:2" }, "http://a:1/"],
    [{ HTTP_PROXY: "http://p:3128" }, undefined],
    [{ HTTPS_PROXY: "p:3128" }, "http://p:3128/"],
    [{ HTTPS_PROXY: "https://me:pw@p" }, "https://me:pw@p/"],
    [{ HTTPS_PROXY: "http://[::1]:3128" }, "http://[::1]:3128/"],
  ] as const
) {
  Deno.test(`${JSON.stringify(env)} chooses ${proxy ?? "no proxy"}`, () => {
    assert.equal(proxyFor(env), proxy);
  });
}

const host = "ssmmessages.us-east-1.amazonaws.com";
for (
  const [noProxy, address, exempt] of [
    [host, HOST, true],
    [host.toUpperCase(), HOST, true],
    ["amazonaws.com", HOST, true],
    [".amazonaws.com", HOST, true],
    ["*.amazonaws.com", HOST, true],
    ["aws.com", HOST, false],
    [`x.${host}`, HOST, false],
    ["*", HOST, true],
    ["localhost, .internal ,amazonaws.com", HOST, true],
    ["localhost amazonaws.com", HOST, true],
    ["localhost,127.0.0.1", HOST, false],
    ["", HOST, false],
    [",", HOST, false],
    [`${host}:443`, HOST, true],
    [`${host}:8443`, HOST, false],
    [`${host}:8443`, `wss://${host}:8443/`, true],
    ["127.0.0.1", "wss://127.0.0.1:8443/", true],
    ["7.0.0.1", "wss://127.0.0.1:8443/", false],
    ["::1", "wss://[::1]:8443/", true],
    ["[::1]", "wss://[::1]:8443/", true],
    ["[::1]:8443", "wss://[::1]:8443/", true],
    ["[::1]:443", "wss://[::1]:8443/", false],
    ["::2", "wss://[::1]:8443/", false],
    ["0:0:0:0:0:0:0:1", "wss://[::1]/", true],
    ["2001:DB8::10", "wss://[2001:db8::10]/", true],
    ["amazonaws.com.", HOST, true],
    [".", HOST, false],
  ] as const
) {
  Deno.test(`NO_PROXY=${noProxy} ${exempt ? "spares" : "leaves"} ${address}`, () => {
    for (const name of ["NO_PROXY", "no_proxy"]) {
      const proxy = proxyFor({
        HTTPS_PROXY: "http://p:3128",
        [name]: noProxy,
      }, address);
      assert.equal(proxy === undefined, exempt);
    }
  });
}

for (
  const value of ["http://", "http://me:secret@a b", "::"]
) {
  Deno.test(`HTTPS_PROXY=${value} is refused with its name, not its secrets`, () => {
    assert.throws(() => proxyFor({ HTTPS_PROXY: value }), (error) => {
      assert.ok(error instanceof ConnectFailure, String(error));
      assert.match(error.message, /^HTTPS_PROXY /);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });
}
