import assert from "node:assert/strict";
import type { RackServeAction } from "../../src/args/rack_server.ts";
import { expectUsageError, parse } from "./parse.ts";

const USERS = ["--users", "file:u.json"];
const LOCAL = ["--clusters", "prod", ...USERS, "--listen", "127.0.0.1:0"];

function parseServe(words: readonly string[]): RackServeAction {
  const invocation = parse(["rack", "serve", ...words]);
  assert.ok(invocation.kind === "rack" && invocation.action.kind === "serve");
  return invocation.action;
}

Deno.test("a rack serves what it is told to, within the usual limits", () => {
  assert.deepEqual(
    parseServe([
      "--clusters",
      "a,b",
      "--clusters",
      "c",
      "--gen1",
      "c,d",
      ...USERS,
      "--behind-balancer",
    ]),
    {
      kind: "serve",
      clusters: ["a", "b", "c", "d"],
      gen1: ["c", "d"],
      name: "porthole",
      listen: { hostname: "0.0.0.0", port: 5443 },
      behindBalancer: true,
      behindProxy: [],
      users: "file:u.json",
      handoff: "porthole",
      allowRun: false,
      allowParams: false,
      allowUpdate: false,
      maxSessionMs: 12 * 3_600_000,
      drainMs: 110_000,
      ecsExec: "No",
      sessionsPerUser: 20,
      sessions: 500,
      lookUpsPerSecond: 5,
    },
  );
  const more = parseServe([
    ...LOCAL,
    "--name",
    "dev",
    "--handoff",
    "never",
    "--allow-run",
    "--drain",
    "0",
    "--max-session",
    "1h",
    "--param",
    "ECSExec=Yes",
    "--ticket-key",
    "k",
    "--session-role",
    "arn:aws:iam::111122223333:role/a/b",
    "--max-lookups",
    "9",
  ]);
  assert.equal(more.name, "dev");
  assert.equal(more.handoff, "never");
  assert.equal(more.allowRun, true);
  assert.equal(more.drainMs, 0);
  assert.equal(more.maxSessionMs, 3_600_000);
  assert.equal(more.ecsExec, "Yes");
  assert.equal(more.ticketKey, "k");
  assert.equal(more.sessionRole, "arn:aws:iam::111122223333:role/a/b");
  assert.equal(more.lookUpsPerSecond, 9);
  assert.deepEqual(
    parseServe([...LOCAL.slice(0, 4), "--listen", "[::1]:80"]).listen,
    { hostname: "::1", port: 80 },
  );
});

Deno.test("what cannot be served is a usage error", () => {
  const rows: [readonly string[], string][] = [
    [[], "no cluster is named"],
    [["--clusters", "prod"], "--users is missing"],
    [["--clusters", "a/b", ...USERS], "not a cluster's name"],
    [["--clusters", "..", ...USERS], "not a cluster's name"],
    [["--clusters", "prod", ...USERS], 'plain http on "0.0.0.0"'],
    [[...LOCAL, "--listen", "10.0.0.1:80"], 'plain http on "10.0.0.1"'],
    [[...LOCAL, "--listen", "nowhere"], "it is not HOST:PORT"],
    [[...LOCAL, "--listen", "a:99999"], "it is not HOST:PORT"],
    [
      [...LOCAL, "--behind-balancer", "--behind-proxy", "::/0"],
      '"--behind-proxy"',
    ],
    [[...LOCAL, "--tls-cert", "x"], 'without "--tls-key"'],
    [[...LOCAL, "--tls-key", "x"], 'without "--tls-cert"'],
    [[...LOCAL, "--param", "ECSExec=Maybe"], "--param"],
    [[...LOCAL, "--param", "Other=Yes"], "--param"],
    [[...LOCAL, "--session-role", "role"], "not a role's ARN"],
    [[...LOCAL, "--max-sessions", "0"], "nothing could be done"],
    [[...LOCAL, "--max-sessions", "many"], "not a whole number"],
    [[...LOCAL, "--name", "a b"], "as the name of a rack"],
    [[...LOCAL, "--handoff", "sometimes"], "--handoff"],
    [[...LOCAL, "--admin"], 'Cannot use "--admin" with "rack serve"'],
    [[...LOCAL, "--wait"], 'Cannot use "--wait" with "rack serve"'],
    [[...LOCAL, "prod"], "prod"],
  ];
  for (const [words, says] of rows) {
    expectUsageError(["rack", "serve", ...words], says);
  }
  expectUsageError(["rack", "list", "--clusters", "a"], 'with "rack list"');
});

Deno.test("a user is added with scopes, until a time, listed, and removed", () => {
  const read = (...words: string[]) => {
    const invocation = parse(["rack", "user", ...words, ...USERS]);
    assert.ok(invocation.kind === "rack");
    return invocation.action;
  };
  assert.deepEqual(
    read(
      "add",
      "ann",
      "--allow",
      "exec:a/b",
      "--allow",
      "list:*/*",
      "--expires",
      "90d",
    ),
    {
      kind: "user",
      users: "file:u.json",
      change: "add",
      name: "ann",
      allow: ["exec:a/b", "list:*/*"],
      admin: false,
      expiresMs: 90 * 24 * 3_600_000,
    },
  );
  assert.deepEqual(read("list"), {
    kind: "user",
    users: "file:u.json",
    change: "list",
  });
  assert.deepEqual(read("remove", "ann"), {
    kind: "user",
    users: "file:u.json",
    change: "remove",
    name: "ann",
  });
  const rows: [readonly string[], string][] = [
    [USERS, "a subcommand is missing"],
    [["change", ...USERS], '"change"'],
    [["add", "ann", "--admin"], "--users is missing"],
    [["add", ...USERS], "NAME is missing"],
    [["remove", ...USERS], "NAME is missing"],
    [["add", "ann", ...USERS], "the token would allow nothing"],
    [["add", "ann", "bob", "--admin", ...USERS], '"bob"'],
    [["list", "ann", ...USERS], '"ann"'],
    [
      ["add", "ann", "--admin", "--expires", "soon", ...USERS],
      "not a time from now",
    ],
    [
      ["add", "ann", "--admin", "--expires", "0", ...USERS],
      "not a time from now",
    ],
    [["add", "ann", "--admin", "--expires", "-1h", ...USERS], "--expires"],
    [
      ["list", "--admin", ...USERS],
      'Cannot use "--admin" with "rack user list"',
    ],
    [
      ["list", "--clusters", "a", ...USERS],
      'Cannot use "--clusters" with "rack user"',
    ],
  ];
  for (const [words, says] of rows) {
    expectUsageError(["rack", "user", ...words], says);
  }
});
