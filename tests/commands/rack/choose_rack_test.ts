import assert from "node:assert/strict";
import { chooseRack } from "../../../src/commands/rack/choose_rack.ts";
import type { PortholeError } from "../../../src/errors.ts";

/** Chooses among stored logins; resolves with the name. */
async function choose(
  stored: readonly string[],
  { name, rack, used }: {
    readonly name?: string;
    readonly rack?: string;
    readonly used?: string;
  } = {},
): Promise<string> {
  const found = await chooseRack(name, {
    rack: rack === undefined
      ? undefined
      : { value: rack, source: { kind: "env", name: "PORTHOLE_RACK" } },
  } as never, {
    platform: "linux",
    env: (name) => name === "HOME" ? "/h" : undefined,
    readTextFile: () => Promise.reject(new Deno.errors.NotFound()),
    readKeptFile: (path) => {
      const file = path.split("/").at(-1)!;
      if (file === "used" && used !== undefined) return Promise.resolve(used);
      if (!stored.includes(file.replace(/\.json$/, ""))) {
        return Promise.reject(new Deno.errors.NotFound());
      }
      return Promise.resolve(JSON.stringify({
        url: `https://${file}`,
        token: "t",
        tls: { kind: "public" },
      }));
    },
    keepFile: () => Promise.resolve(),
    listKeptFiles: () => Promise.resolve(stored.map((one) => `${one}.json`)),
    removeKeptFile: () => Promise.resolve(false),
  });
  return found.name;
}

Deno.test("a rack is the one that is named, else --rack's or the variable's, else the one in use, else the only one", async () => {
  const all = ["a", "b", "c"];
  const everything = { name: "a", rack: "b", used: "c" };
  assert.equal(await choose(all, everything), "a");
  assert.equal(await choose(all, { rack: "b", used: "c" }), "b");
  assert.equal(await choose(all, { used: "c\n" }), "c");
  assert.equal(await choose(["a"]), "a");
  assert.equal(await choose(["a", "b"], { used: "b" }), "b");
});

Deno.test("none is guessed", async () => {
  const fails = (message: RegExp, hint: RegExp) => (error: PortholeError) =>
    error.code === "rack_not_found" && message.test(error.message) &&
    hint.test(error.hint ?? "");
  await assert.rejects(choose([]), fails(/no login is stored/, /rack login/));
  await assert.rejects(
    choose(["a", "b"]),
    fails(/several logins are stored/, /one of a, b$/),
  );
  await assert.rejects(
    choose(["a"], { used: "gone" }),
    fails(/Cannot find rack "gone"/, /./),
  );
});
