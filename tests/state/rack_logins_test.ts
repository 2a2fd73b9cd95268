import assert from "node:assert/strict";
import type { PortholeError } from "../../src/errors.ts";
import { openRackLogins, type RackLogin } from "../../src/state/rack_logins.ts";

const LOGIN: RackLogin = {
  url: "https://rack.example.com/",
  token: "s3cret",
  tls: { kind: "public" },
  streamHosts: ["proxy.example.com"],
};

/** The logins of somebody whose folder is in memory. */
function open(home: string | undefined = "/home/ann") {
  const files = new Map<string, string>();
  const logins = openRackLogins({
    platform: "linux",
    env: (name) => name === "HOME" ? home : undefined,
    keepFile: (path, text) => {
      files.set(path, text);
      return Promise.resolve();
    },
    readKeptFile: (path) => {
      const text = files.get(path);
      if (text === undefined) return Promise.reject(new Deno.errors.NotFound());
      return text === "stranger"
        ? Promise.reject(new Error("it is a link, or another user's"))
        : Promise.resolve(text);
    },
    listKeptFiles: () =>
      Promise.resolve([...files.keys()].map((path) => path.split("/").at(-1)!)),
    removeKeptFile: (path) => Promise.resolve(files.delete(path)),
  });
  return { logins, files };
}

const FOLDER = "/home/ann/.config/porthole/racks";

Deno.test("a login is stored by its name, and read, listed, used and removed", async () => {
  const { logins, files } = open();
  await logins.write("blue", LOGIN);
  await logins.write("a.b-c", LOGIN);
  await logins.writeUsed("blue");
  assert.deepEqual([...files.keys()].sort(), [
    `${FOLDER}/a.b-c.json`,
    `${FOLDER}/blue.json`,
    `${FOLDER}/used`,
  ]);
  files.set(`${FOLDER}/-x.json`, "{}");
  assert.deepEqual(await logins.list(), ["a.b-c", "blue"]);
  assert.deepEqual(await logins.read("blue"), LOGIN);
  assert.equal(await logins.readUsed(), "blue");
  assert.equal(await logins.remove("blue"), true);
  assert.equal(await logins.remove("blue"), false);
  assert.equal(await logins.read("blue"), undefined);
});

Deno.test("no name leads out of the folder", async () => {
  const { logins, files } = open();
  const text = JSON.stringify(LOGIN);
  for (const name of ["../x", "a/b", "", ".", "..", "-x", "x".repeat(65)]) {
    files.set(`${FOLDER}/${name}.json`, text);
    files.set(`/home/ann/.config/porthole/${name.slice(3)}.json`, text);
    assert.equal(await logins.read(name), undefined, name);
    assert.equal(await logins.remove(name), false, name);
    await logins.writeUsed(name);
    assert.equal(await logins.readUsed(), undefined, name);
  }
  assert.equal(files.size > 0, true);
});

Deno.test("what is not as a login was stored is not used, and nothing of it is shown", async () => {
  const { logins, files } = open();
  const sha256 = "a".repeat(64);
  const read = async (value: unknown) => {
    files.set(`${FOLDER}/x.json`, JSON.stringify(value));
    return await logins.read("x");
  };
  for (
    const tls of [
      { kind: "public" },
      { kind: "ca", pem: "PEM" },
      { kind: "pin", sha256 },
    ]
  ) assert.deepEqual(await read({ ...LOGIN, tls }), { ...LOGIN, tls });
  const { streamHosts: _, ...older } = LOGIN;
  assert.deepEqual(await read(older), { ...LOGIN, streamHosts: [] });
  for (
    const bad of [
      null,
      [],
      "s3cret",
      { ...LOGIN, url: 1 },
      { ...LOGIN, token: undefined },
      { ...LOGIN, tls: undefined },
      { ...LOGIN, tls: { kind: "none" } },
      { ...LOGIN, tls: { kind: "ca" } },
      { ...LOGIN, tls: { kind: "pin", sha256: sha256.slice(1) } },
      { ...LOGIN, streamHosts: [1] },
    ]
  ) {
    await assert.rejects(
      read(bad),
      (error: PortholeError) =>
        error.code === "io_failed" && !error.message.includes("s3cret"),
      JSON.stringify(bad),
    );
  }
  files.set(`${FOLDER}/x.json`, "{");
  await assert.rejects(logins.read("x"), /it is not a stored login/);
  files.set(`${FOLDER}/x.json`, "stranger");
  await assert.rejects(logins.read("x"), /another user's/);
});

Deno.test("without a home there is nothing, and nowhere to store it", async () => {
  const { logins } = open("");
  assert.deepEqual(await logins.list(), []);
  await assert.rejects(logins.write("x", LOGIN), /Cannot find the place/);
});
