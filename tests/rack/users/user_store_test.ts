import assert from "node:assert/strict";
import { PortholeError } from "../../../src/errors.ts";
import { createRealDeps } from "../../../src/real_deps.ts";
import {
  createFileStore,
  createSsmStore,
  parseUserPlace,
  type UserStore,
} from "../../../src/rack/users/user_store.ts";
import { createTestUser } from "../start_rack.ts";

const ann = createTestUser("ann", ["exec:prod/web", "list:*/*"], {
  expires: new Date("2030-01-01T00:00:00Z"),
}).user;
const root = createTestUser("root", [], { admin: true }).user;

async function checkStore(store: UserStore): Promise<void> {
  assert.deepEqual(await store.read(), { users: [], unreadable: [] });
  await store.add(ann);
  await store.add(root);
  const { users, unreadable } = await store.read();
  assert.deepEqual(users, [ann, root]);
  assert.deepEqual(unreadable, []);
  await assert.rejects(
    store.add({ ...ann, id: root.id }),
    (error: PortholeError) => /there is one of that name/.test(error.message),
  );
  assert.equal(await store.remove("nobody"), false);
  // Every object of JavaScript has something of that name.
  assert.equal(await store.remove("constructor"), false);
  assert.equal(await store.remove("ann"), true);
  assert.deepEqual((await store.read()).users, [root]);
}

Deno.test("users in a file: added, read, removed, for their owner's eyes", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/users.json`;
    await checkStore(createFileStore(path, createRealDeps()));
    assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
    const text = await Deno.readTextFile(path);
    assert.ok(text.includes(root.sha256));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a file that is not one of users is refused as a whole; a record, by itself", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/users.json`;
    const store = createFileStore(path, createRealDeps());
    for (
      const text of ["", "x", "[]", "{}", '{"users":[]}', '{"users":null}']
    ) {
      await Deno.writeTextFile(path, text);
      await assert.rejects(store.read(), PortholeError, text);
    }
    await store.remove("x").catch(() => {});
    await Deno.remove(path);
    await store.add(ann);
    const { users } = JSON.parse(await Deno.readTextFile(path));
    const good = users.ann;
    const bad = {
      Upper: good,
      a: good,
      noid: { ...good, id: undefined },
      noscope: { ...good, allow: ["exec:prod"] },
      noarray: { ...good, allow: "exec:*/*" },
      nohash: { ...good, sha256: "x" },
      nodate: { ...good, expires: "soon" },
      more: { ...good, extra: 1 },
      text: "text",
      nothing: null,
    };
    await Deno.writeTextFile(
      path,
      JSON.stringify({ users: { ...bad, ann: good } }),
    );
    const read = await store.read();
    assert.deepEqual(read.users, [ann]);
    assert.deepEqual(read.unreadable.toSorted(), Object.keys(bad).toSorted());
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a file that cannot be read, or is another's too, is no empty one: nothing is written", async () => {
  const written: string[] = [];
  const create = (
    answer: { readonly owners: readonly number[] } | Error,
    userId: number | undefined = 1000,
  ) =>
    createFileStore("/users.json", {
      readOwnedFile: () =>
        answer instanceof Error
          ? Promise.reject(answer)
          : Promise.resolve({ text: '{"users":{}}', ...answer }),
      writePrivateFile: (_, text) => {
        written.push(text);
        return Promise.resolve();
      },
      userId: () => userId,
    });
  for (
    const answer of [
      new Deno.errors.PermissionDenied("permission denied"),
      new Error("it is larger than 4 MiB"),
      { owners: [1001] },
      { owners: [1000, 1001] },
      { owners: [1001, 0] },
    ]
  ) {
    const store = create(answer);
    const isRefusal = (error: PortholeError) => error.code === "io_failed";
    await assert.rejects(store.read(), isRefusal);
    await assert.rejects(store.add(ann), isRefusal);
    await assert.rejects(store.remove("ann"), isRefusal);
  }
  assert.deepEqual(written, []);
  const empty = { users: [], unreadable: [] };
  for (
    const store of [
      create(new Deno.errors.NotFound("there is no such file")),
      create({ owners: [1000, 0] }),
      create({ owners: [] }, undefined),
    ]
  ) assert.deepEqual(await store.read(), empty);
});

Deno.test("users in the Parameter Store: a String each, page by page", async () => {
  const parameters = new Map<string, { Value: string; Type: string }>();
  const fail = (name: string): never => {
    throw new PortholeError("aws_refused", name, {
      cause: Object.assign(new Error(name), { name }),
    });
  };
  const call = (
    _: string,
    operation: string,
    input: Record<string, string>,
  ) => {
    const name = input.Name ?? "";
    switch (operation) {
      case "getParametersByPath": {
        assert.equal(input.Path, "/rack/users");
        const all = [...parameters].map(([Name, rest]) => ({ Name, ...rest }));
        const at = Number(input.NextToken ?? 0);
        return Promise.resolve({
          Parameters: all.slice(at, at + 1),
          ...(at + 1 < all.length ? { NextToken: `${at + 1}` } : {}),
        });
      }
      case "putParameter":
        if (parameters.has(name)) return fail("ParameterAlreadyExists");
        assert.equal(input.Type, "String");
        // Of two who add one name at once, the second is refused.
        assert.equal((input as { Overwrite?: unknown }).Overwrite, false);
        parameters.set(name, { Value: input.Value ?? "", Type: "String" });
        return Promise.resolve({});
      default:
        if (!parameters.delete(name)) return fail("ParameterNotFound");
        return Promise.resolve({});
    }
  };
  const store = createSsmStore("/rack/users", { call: call as never });
  await checkStore(store);
  const { Value } = parameters.get("/rack/users/root")!;
  parameters.set("/rack/users/sealed", { Value, Type: "SecureString" });
  parameters.set("/rack/users/deeper/ann", parameters.get("/rack/users/root")!);
  assert.deepEqual((await store.read()).unreadable, ["sealed", "deeper/ann"]);
});

Deno.test("a place of users is a path of the Parameter Store, or a file", () => {
  assert.deepEqual(parseUserPlace("ssm:/a/b"), { kind: "ssm", path: "/a/b" });
  assert.deepEqual(parseUserPlace("file:x y"), { kind: "file", path: "x y" });
  for (
    const text of ["", "x", "ssm:", "ssm:a", "ssm:/a/", "ssm:/a b", "file:"]
  ) {
    assert.equal(parseUserPlace(text), undefined, text);
  }
});
