import assert from "node:assert/strict";
import type { RackAction } from "../../src/args/invocation.ts";
import { expectUsageError, parse } from "./parse.ts";

const DIGITS = "0123456789abcdef".repeat(4);
const USERS = ["--users", "file:u.json"];

function parseRack(...words: readonly string[]): RackAction {
  const invocation = parse(["rack", ...words]);
  assert.ok(invocation.kind === "rack");
  return invocation.action;
}

Deno.test("a login trusts a certificate by its CA or its fingerprint, as openssl writes it", () => {
  assert.deepEqual(parseRack("login", "rack.example.com"), {
    kind: "login",
    host: "rack.example.com",
    streamHosts: [],
    tokenStdin: false,
  });
  const colons = DIGITS.toUpperCase().match(/../g)!.join(":");
  for (const pin of [DIGITS, colons, `SHA256:${DIGITS}`, `sha256=${colons}`]) {
    const action = parseRack("login", "h", "--pin", pin, "--token-stdin");
    assert.ok(action.kind === "login");
    assert.deepEqual([action.pin, action.tokenStdin], [DIGITS, true]);
  }
  for (
    const pin of ["x", DIGITS.slice(1), `${DIGITS}0`, DIGITS.slice(1) + "g"]
  ) {
    expectUsageError(
      ["rack", "login", "h", "--pin", pin],
      "it is not a SHA-256 fingerprint",
    );
  }
  expectUsageError(
    ["rack", "login", "h", "--pin", DIGITS, "--ca", "f"],
    'Cannot use "--ca" with "--pin"',
  );
  const hosts = ["--allow-stream-host", "a", "--allow-stream-host", "b"];
  const action = parseRack("login", "h", ...hosts, "--ca", "f", "--name", "n");
  assert.deepEqual(action, {
    kind: "login",
    host: "h",
    name: "n",
    ca: "f",
    streamHosts: ["a", "b"],
    tokenStdin: false,
  });
});

Deno.test("a flag of one subcommand is none of the others", () => {
  for (
    const words of [
      ["list", "--rack", "x"],
      ["use", "x", "--pin", DIGITS],
      ["logout", "--wait"],
      ["show", "--admin"],
      ["login", "h", "--allow-run"],
      ["params", "--users", "file:x"],
      ["user", "list", ...USERS, "--allow-params"],
    ]
  ) expectUsageError(["rack", ...words], `with "rack ${words[0]}"`);
});

Deno.test("what is missing or too many is a mistake", () => {
  for (
    const [words, message] of [
      [[], "a subcommand is missing"],
      [["lgin"], "has no such subcommand"],
      [["login"], "HOST is missing"],
      [["use"], "NAME is missing"],
      [["update"], "VERSION is missing"],
      [["params", "set"], "KEY=VALUE is missing"],
      [["params", "get"], 'Cannot understand "get"'],
      [["list", "x"], 'Cannot understand "x"'],
      [["serve", "x"], 'Cannot understand "x"'],
      [["show", "a", "b"], 'Cannot understand "b"'],
    ] as const
  ) expectUsageError(["rack", ...words], message);
  assert.deepEqual(parseRack("params", "set", "A=b", "C=d", "--wait"), {
    kind: "params",
    set: ["A=b", "C=d"],
    wait: true,
  });
  assert.deepEqual(parseRack("update", "1.2.3"), {
    kind: "update",
    version: "1.2.3",
    wait: false,
  });
});

Deno.test("a user is added with something to be allowed, and may be for a time", () => {
  const add = (...words: readonly string[]) =>
    parseRack("user", "add", "ann", ...USERS, ...words);
  assert.deepEqual(add("--allow", "exec:a/b", "--allow", "list:*/*"), {
    kind: "user",
    users: "file:u.json",
    change: "add",
    name: "ann",
    allow: ["exec:a/b", "list:*/*"],
    admin: false,
  });
  for (
    const [text, ms] of [
      ["90d", 90 * 24 * 3_600_000],
      ["12h", 12 * 3_600_000],
      ["1m30s", 90_000],
    ] as const
  ) {
    const action = add("--admin", "--expires", text);
    assert.ok(action.kind === "user" && action.change === "add");
    assert.deepEqual([action.admin, action.expiresMs], [true, ms]);
  }
  const words = ["rack", "user", "add", "ann", ...USERS];
  expectUsageError(words, "the token would allow nothing");
  for (const text of ["0", "0d", "-1h", "soon", "90", "1.5d"]) {
    expectUsageError(
      [...words, "--admin", `--expires=${text}`],
      "it is not a time from now",
    );
  }
});

Deno.test("users are listed and removed where they are kept, without what only an addition has", () => {
  assert.deepEqual(parseRack("user", "list", ...USERS), {
    kind: "user",
    users: "file:u.json",
    change: "list",
  });
  assert.deepEqual(parseRack("user", "remove", "ann", ...USERS), {
    kind: "user",
    users: "file:u.json",
    change: "remove",
    name: "ann",
  });
  for (
    const [words, message] of [
      [["list"], "--users is missing"],
      [["add", "ann", "--admin"], "--users is missing"],
      [["add", ...USERS, "--admin"], "NAME is missing"],
      [["remove", ...USERS], "NAME is missing"],
      [["list", "ann", ...USERS], 'Cannot understand "ann"'],
      [["remove", "ann", "bob", ...USERS], 'Cannot understand "bob"'],
      [["list", ...USERS, "--admin"], 'Cannot use "--admin"'],
      [["remove", "a", ...USERS, "--expires", "1d"], 'Cannot use "--expires"'],
      [["remove", "a", ...USERS, "--allow", "exec:a/b"], '"--allow"'],
      [["rename"], 'Cannot understand "rename"'],
      [[], "a subcommand is missing"],
    ] as const
  ) expectUsageError(["rack", "user", ...words], message);
});
