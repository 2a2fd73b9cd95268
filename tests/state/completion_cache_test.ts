import assert from "node:assert/strict";
import { openCompletionCache } from "../../src/state/completion_cache.ts";

const WEB = [{ value: "web", description: "" }];

/** A folder in memory, and a clock. */
function openFake({ readOnly = false } = {}) {
  const files = new Map<string, string>();
  let time = 0;
  const cache = openCompletionCache({
    platform: "linux",
    env: (name) => name === "HOME" ? "/home/me" : undefined,
    now: () => new Date(time),
    readKeptFile: (path) => {
      const text = files.get(path);
      return text === undefined
        ? Promise.reject(new Deno.errors.NotFound())
        : Promise.resolve(text);
    },
    keepFile: (path, text) => {
      if (readOnly) return Promise.reject(new Deno.errors.PermissionDenied());
      files.set(path, text);
      return Promise.resolve();
    },
  });
  return { cache, files, wait: (ms: number) => time += ms };
}

const FILE = "/home/me/.cache/porthole/completion.json";

Deno.test("an answer is known for a minute, to whoever asks the same", async () => {
  const { cache, wait } = openFake();
  assert.equal(await cache.read("a"), undefined);
  await cache.write("a", WEB);
  assert.deepEqual(await cache.read("a"), WEB);
  assert.equal(await cache.read("b"), undefined);
  wait(59_999);
  assert.deepEqual(await cache.read("a"), WEB);
  wait(1);
  assert.equal(await cache.read("a"), undefined);
});

Deno.test("old entries go when another is written", async () => {
  const { cache, files, wait } = openFake();
  await cache.write("a", WEB);
  wait(30_000);
  await cache.write("b", []);
  assert.deepEqual(await cache.read("a"), WEB);
  wait(31_000);
  await cache.write("c", []);
  assert.equal(Object.keys(JSON.parse(files.get(FILE) ?? "")).length, 2);
  assert.deepEqual(await cache.read("b"), []);
});

Deno.test("one at a time looks for the same, and only where it can be kept", async () => {
  const { cache, wait } = openFake();
  assert.equal(await cache.claim("a"), true);
  assert.equal(await cache.claim("a"), false);
  assert.equal(await cache.claim("b"), true);
  assert.equal(await cache.read("a"), undefined);
  wait(10_000);
  assert.equal(await cache.claim("a"), true);
  assert.equal(await openFake({ readOnly: true }).cache.claim("a"), false);
});

Deno.test("the file tells nothing of the keys", async () => {
  const { cache, files } = openFake();
  await cache.write("AKIAEXAMPLE", WEB);
  assert.ok(!files.get(FILE)?.includes("AKIA"));
});

Deno.test("a file that is broken, or somebody else's, is no answer", async () => {
  const { cache, files, wait } = openFake();
  await cache.write("a", WEB);
  const good = files.get(FILE) ?? "";
  for (
    const text of [
      "",
      "{",
      "null",
      "[]",
      good.replace('"web"', "7"),
      good.replace('"at":0', '"at":"0"'),
      good.replace(/\[.*\]/, "{}"),
    ]
  ) {
    files.set(FILE, text);
    assert.equal(await cache.read("a"), undefined, text);
  }
  files.set(FILE, good);
  wait(-1);
  assert.equal(await cache.read("a"), undefined, "from the future");
});

Deno.test("what cannot be kept is no failure", async () => {
  const { cache } = openFake({ readOnly: true });
  await cache.write("a", WEB);
  assert.equal(await cache.read("a"), undefined);
  const homeless = openCompletionCache({
    platform: "linux",
    env: () => undefined,
    now: () => new Date(0),
    readKeptFile: () => Promise.reject(new Error("not expected")),
    keepFile: () => Promise.reject(new Error("not expected")),
  });
  await homeless.write("a", WEB);
  assert.equal(await homeless.read("a"), undefined);
});
