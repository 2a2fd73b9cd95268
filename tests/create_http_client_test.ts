import assert from "node:assert/strict";
import { createHttpClientFinder } from "../src/create_http_client.ts";

/** Whether a URL gets a client of its own; Deno's reads the variables in its own way. */
function hasOwn(
  env: Readonly<Record<string, string>>,
  url = "https://ecs.us-east-1.amazonaws.com",
): boolean {
  const find = createHttpClientFinder((name) => env[name]);
  const client = find(new URL(url));
  try {
    assert.equal(find(new URL(url)), client);
    return client !== undefined;
  } finally {
    client?.close();
  }
}

Deno.test("where a variable names a proxy, in capitals or not, the way is ours to choose: also for what goes directly", () => {
  const proxy = "http://127.0.0.1:3128";
  for (
    const name of ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "http_proxy"]
  ) {
    assert.equal(hasOwn({ [name]: proxy }), true, name);
    assert.equal(hasOwn({ [name]: proxy, no_proxy: "*" }), true, name);
    assert.equal(hasOwn({ [name]: proxy }, "http://127.0.0.1"), true, name);
  }
  assert.equal(hasOwn({}), false);
  assert.equal(hasOwn({ NO_PROXY: "*" }), false);
});

Deno.test("the variables stand as they did once a client is made", () => {
  const before = Deno.env.get("HTTPS_PROXY");
  Deno.env.set("HTTPS_PROXY", "http://127.0.0.1:1");
  try {
    assert.equal(hasOwn({ HTTPS_PROXY: "http://127.0.0.1:2" }), true);
    assert.equal(Deno.env.get("HTTPS_PROXY"), "http://127.0.0.1:1");
  } finally {
    if (before === undefined) Deno.env.delete("HTTPS_PROXY");
    else Deno.env.set("HTTPS_PROXY", before);
  }
});
