import assert from "node:assert/strict";
import type { RackUserAction } from "../../../src/args/rack_server.ts";
import { keepUsers } from "../../../src/commands/rack/keep_users.ts";
import type { PortholeError } from "../../../src/errors.ts";
import { findByToken } from "../../../src/rack/users/token.ts";
import { parseUser } from "../../../src/rack/users/user.ts";
import { recordLog } from "../../exec/fake_log.ts";

const NOW = new Date("2026-01-02T00:00:00Z");
const DAY_MS = 24 * 3_600_000;

type Change = RackUserAction extends infer A
  ? A extends RackUserAction ? Omit<A, "kind" | "users"> : never
  : never;

/** A file of users in memory, and what is done to it. */
function open(now = { at: NOW }) {
  let file: string | undefined;
  const { log, said } = recordLog();
  const change = async (change: Change) => {
    const { stdout, status } = await keepUsers(
      { kind: "user", users: "file:/users.json", ...change } as RackUserAction,
      {} as never,
      {
        now: () => now.at,
        userId: () => 1000,
        readOwnedFile: () =>
          file === undefined
            ? Promise.reject(new Deno.errors.NotFound())
            : Promise.resolve({ text: file, owners: [1000] }),
        writePrivateFile: (_: string, text: string) => {
          file = text;
          return Promise.resolve();
        },
      } as never,
      log,
    );
    assert.equal(status, 0);
    return stdout ?? "";
  };
  return { change, said, file: () => file };
}

const add = (name: string, more: object = {}): Change => ({
  change: "add",
  name,
  allow: ["exec:prod/web"],
  admin: false,
  ...more,
});

Deno.test("a user's token is shown once, opens for as long as was said, and is not kept", async () => {
  const { change, said, file } = open();
  const token = (await change(add("ann", { expiresMs: DAY_MS }))).trim();
  assert.ok(!file()!.includes(token.split(".")[1]!));
  const record = JSON.parse(file()!).users.ann;
  const user = parseUser("ann", record)!;
  assert.equal(findByToken(token, new Map([["ann", user]])), user);
  assert.equal(user.expires?.getTime(), NOW.getTime() + DAY_MS);
  assert.equal(user.admin, false);
  assert.match(said.join(), /the token is shown this once/);
});

Deno.test("the list tells what each may, and until when", async () => {
  const now = { at: NOW };
  const { change, said } = open(now);
  assert.equal(await change({ change: "list" }), "");
  await change(add("bob", { allow: [], admin: true }));
  await change(
    add("ann", { allow: ["run:a/*", "list:*/*"], expiresMs: DAY_MS }),
  );
  const expires = "2026-01-03T00:00:00.000Z";
  const list = (word: string) =>
    `ann  run:a/* list:*/* ${word} ${expires}\nbob  admin\n`;
  assert.equal(await change({ change: "list" }), list("expires"));
  now.at = new Date(NOW.getTime() + DAY_MS);
  assert.equal(await change({ change: "list" }), list("expired"));
  assert.equal(
    await change({ change: "remove", name: "ann" }),
    'Removed user "ann"\n',
  );
  assert.equal(await change({ change: "list" }), "bob  admin\n");
  assert.deepEqual(said.filter((line) => line.startsWith("warn")), []);
});

Deno.test("what cannot be a user is neither added nor removed", async () => {
  const { change, file } = open();
  const isUsage = (error: PortholeError) => error.code === "usage";
  for (const name of ["Ann", "a", "a b", "../x", "x".repeat(33), "-ann"]) {
    await assert.rejects(change(add(name)), isUsage, name);
    await assert.rejects(change({ change: "remove", name }), isUsage, name);
  }
  for (const allow of ["exec:prod", "root:a/b", "exec:a/b/c", "exec:a/we*"]) {
    await assert.rejects(change(add("ann", { allow: [allow] })), isUsage);
  }
  await assert.rejects(change({ change: "remove", name: "ann" }), isUsage);
  assert.equal(file(), undefined);
  await change(add("ann"));
  const before = file();
  await assert.rejects(change(add("ann")), isUsage);
  assert.equal(file(), before);
});
