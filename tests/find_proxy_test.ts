import assert from "node:assert/strict";
import { PortholeError } from "../src/errors.ts";
import { checkSessionProxy, findProxy, nameProxy } from "../src/find_proxy.ts";

const HOST = "wss://ssmmessages.us-east-1.amazonaws.com/v1/data-channel/x";

function proxyFor(env: Readonly<Record<string, string>>, address = HOST) {
  return findProxy(new URL(address), (name) => env[name]);
}

/** With the credentials, as a URL would have them. */
function describe(proxy: ReturnType<typeof proxyFor>): string | undefined {
  if (proxy === undefined) return undefined;
  const { credentials: user, host, port, kind } = proxy;
  const before = user === undefined ? "" : `${user.username}:${user.password}@`;
  return `${kind} ${before}${host} ${port}`;
}

for (
  const [env, proxy] of [
    [{}, undefined],
    [{ HTTPS_PROXY: "" }, undefined],
    [{ HTTPS_PROXY: "  " }, undefined],
    [{ HTTPS_PROXY: "http://p:3128" }, "http p 3128"],
    [{ HTTPS_PROXY: " http://p:3128/ \r" }, "http p 3128"],
    [{ https_proxy: "http://p:3128" }, "http p 3128"],
    [{ HTTPS_PROXY: "http://a:1", https_proxy: "http://b:2" }, "http a 1"],
    [{ HTTPS_PROXY: "", https_proxy: "http://b:2" }, "http b 2"],
    [{ ALL_PROXY: "http://p:3128" }, "http p 3128"],
    [{ all_proxy: "socks5://p" }, "socks5 p 1080"],
    [{ HTTPS_PROXY: "http://a:1", ALL_PROXY: "http://b:2" }, "http a 1"],
    [{ https_proxy: "http://a:1", ALL_PROXY: "http://b:2" }, "http a 1"],
    [{ HTTP_PROXY: "http://p:3128" }, undefined],
    [{ HTTPS_PROXY: "p:3128" }, "http p 3128"],
    [{ HTTPS_PROXY: "p" }, "http p 80"],
    [{ HTTPS_PROXY: "HTTP://P:3128/path?x#y" }, "http p 3128"],
    [{ HTTPS_PROXY: "https://me:pw@p" }, "https me:pw@p 443"],
    [{ HTTPS_PROXY: "socks5h://p:9" }, "socks5 p 9"],
    [{ HTTPS_PROXY: "http://[::1]:3128" }, "http ::1 3128"],
    [{ HTTPS_PROXY: "me@p:1" }, "http me:@p 1"],
    [{ HTTPS_PROXY: "http://me:p%40ss@p:1" }, "http me:p@ss@p 1"],
    [{ HTTPS_PROXY: "http://user:100%@p:1" }, "http user:100%@p 1"],
    [{ HTTPS_PROXY: "http://u:%zz%41%@p:1" }, "http u:%zzA%@p 1"],
    [{ HTTPS_PROXY: "http://u:%ff@p:1" }, "http u:%ff@p 1"],
    [{ HTTPS_PROXY: "http://u:%C3%A9@p:1" }, "http u:é@p 1"],
  ] as const
) {
  Deno.test(`${JSON.stringify(env)} chooses ${proxy ?? "no proxy"}`, () => {
    assert.equal(describe(proxyFor(env)), proxy);
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
    [".aws.com", HOST, false],
    [`x.${host}`, HOST, false],
    ["*", HOST, true],
    ["*", "wss://127.0.0.1:8443/", true],
    ["localhost, .internal ,amazonaws.com", HOST, true],
    ["localhost amazonaws.com", HOST, true],
    ["localhost,127.0.0.1", HOST, false],
    ["", HOST, false],
    [",", HOST, false],
    [`${host}:443`, HOST, true],
    [`.amazonaws.com:443`, HOST, true],
    [`*.amazonaws.com:443`, HOST, true],
    [`${host}:8443`, HOST, false],
    [`${host}:8443`, `wss://${host}:8443/`, true],
    [host, `wss://${host}:8443/`, true],
    ["127.0.0.1", "wss://127.0.0.1:8443/", true],
    ["127.0.0.1:8443", "wss://127.0.0.1:8443/", true],
    ["127.0.0.1:443", "wss://127.0.0.1:8443/", false],
    ["7.0.0.1", "wss://127.0.0.1:8443/", false],
    ["0.0.1", "wss://127.0.0.1:8443/", false],
    ["127.0.0.0/8", "wss://127.0.0.1:8443/", true],
    ["10.0.0.0/8", "wss://10.200.3.4/", true],
    ["10.0.0.0/8", "wss://11.0.0.1/", false],
    ["10.1.2.3/32", "wss://10.1.2.3/", true],
    ["10.1.2.3/31", "wss://10.1.2.4/", false],
    ["0.0.0.0/0", "wss://10.1.2.4/", true],
    ["0.0.0.0/0", HOST, false],
    ["10.0.0.0/33", "wss://10.0.0.1/", false],
    ["10.0.0.0/x", "wss://10.0.0.1/", false],
    ["::1", "wss://[::1]:8443/", true],
    ["[::1]", "wss://[::1]:8443/", true],
    ["[::1]:8443", "wss://[::1]:8443/", true],
    ["[::1]:443", "wss://[::1]:8443/", false],
    ["::2", "wss://[::1]:8443/", false],
    ["0:0:0:0:0:0:0:1", "wss://[::1]/", true],
    ["2001:DB8::10", "wss://[2001:db8::10]/", true],
    ["2001:db8::/32", "wss://[2001:db8:1::10]/", true],
    ["2001:db8::/32", "wss://[2001:db9::10]/", false],
    ["::/0", "wss://10.0.0.1/", false],
    ["amazonaws.com.", HOST, true],
    ["amazonaws.com", `wss://${host}./`, true],
    [".", HOST, false],
    ["*.", HOST, false],
    ["http://amazonaws.com", HOST, false],
  ] as const
) {
  Deno.test(`NO_PROXY=${noProxy} ${exempt ? "spares" : "leaves"} ${address}`, () => {
    for (const name of ["NO_PROXY", "no_proxy"]) {
      for (const url of [address, address.replace("wss:", "https:")]) {
        const proxy = proxyFor({
          HTTPS_PROXY: "http://p:3128",
          [name]: noProxy,
        }, url);
        assert.equal(proxy === undefined, exempt);
      }
    }
  });
}

Deno.test("what is not encrypted stays on this machine, and has no proxy", () => {
  const env = { HTTP_PROXY: "http://p:1", ALL_PROXY: "http://p:1" };
  for (const address of ["http://127.0.0.1:80/", "ws://localhost:1/x"]) {
    assert.equal(proxyFor(env, address), undefined);
  }
});

for (
  const value of [
    "http://",
    "http://me:secret@a b",
    "::",
    "http://me:secret@",
    "http://me:secret@p:0",
    "http://me:secret@p:99999",
    "http://me:secret#x@p:1",
    "socks4://me:secret@p:1",
    "socks://me:secret@p:1",
    "ftp://me:secret@p",
    "quic://me:secret@p:1",
  ]
) {
  for (const variable of ["HTTPS_PROXY", "ALL_PROXY"]) {
    Deno.test(`${variable}=${value} is refused with its name, not its secrets`, () => {
      assert.throws(() => proxyFor({ [variable]: value }), (error) => {
        assert.ok(error instanceof PortholeError, String(error));
        assert.equal(error.code, "config_invalid");
        assert.ok(error.message.startsWith(`Cannot use ${variable}: `));
        assert.doesNotMatch(`${error.message} ${error.hint}`, /secret/);
        return true;
      });
      // Where it does not matter it stops nothing.
      assert.equal(
        proxyFor({ [variable]: value, NO_PROXY: "amazonaws.com" }),
        undefined,
      );
    });
  }
}

Deno.test("a session's proxy is checked by the name that the session goes to", () => {
  const check = (region: string, noProxy: string) => () =>
    checkSessionProxy(
      region,
      (name) => ({ HTTPS_PROXY: "gopher://p", NO_PROXY: noProxy })[name],
    );
  assert.throws(check("us-east-1", ""), PortholeError);
  assert.throws(check("us-east-1", "ecs.us-east-1.amazonaws.com"));
  assert.doesNotThrow(check("us-east-1", ".amazonaws.com"));
  assert.throws(check("cn-north-1", ".amazonaws.com"));
  assert.doesNotThrow(check("cn-north-1", ".amazonaws.com.cn"));
});

Deno.test("a proxy is named without its user and password", () => {
  const proxy = proxyFor({ ALL_PROXY: "socks5h://me:secret@[::1]:9" });
  assert.equal(
    nameProxy(proxy!),
    "the proxy socks5://[::1]:9 (ALL_PROXY)",
  );
});
