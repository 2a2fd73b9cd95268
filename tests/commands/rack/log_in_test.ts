import assert from "node:assert/strict";
import { logIn } from "../../../src/commands/rack/log_in.ts";
import type { Deps } from "../../../src/deps.ts";
import type { PortholeError } from "../../../src/errors.ts";
import { createTestUser, sleep, startRack } from "../../rack/start_rack.ts";

type Login = Parameters<typeof logIn>[0];

/** Logs in with this on standard input; resolves with what was stored. */
async function run(typed: string, login: Partial<Login>, more: object = {}) {
  const stored: [string, string][] = [];
  await logIn(
    {
      kind: "login",
      host: "http://127.0.0.1:1",
      streamHosts: [],
      tokenStdin: true,
      ...login,
    },
    { noInput: true },
    {
      platform: "linux",
      env: (name: string) => name === "HOME" ? "/h" : undefined,
      sleep,
      stdin: {
        isTerminal: false,
        open: () => new Blob([typed]).stream(),
      },
      stderr: { isTerminal: false },
      readTextFile: () => Promise.resolve("no certificate"),
      keepFile: (path: string, text: string) => {
        stored.push([path, text]);
        return Promise.resolve();
      },
      ...more,
    } as unknown as Deps,
  );
  return stored;
}

Deno.test("a token is tried before it is stored: one that the rack does not take is not kept", async () => {
  const ann = createTestUser("ann", ["list:*/*"]);
  await using rack = startRack({ users: [ann], clusters: {} });
  const host = `http://127.0.0.1:${rack.port}`;
  const [[path, text] = [], ...others] = await run(`${ann.token}\n`, {
    host,
    name: "blue",
    streamHosts: ["proxy.example.com:8443"],
  });
  assert.deepEqual(others, []);
  assert.equal(path, "/h/.config/porthole/racks/blue.json");
  assert.deepEqual(JSON.parse(text!), {
    url: `${host}/`,
    token: ann.token,
    tls: { kind: "public" },
    streamHosts: ["proxy.example.com:8443"],
  });
  const stored: string[] = [];
  await assert.rejects(
    run(`${ann.token}x`, { host, name: "blue" }, {
      keepFile: (name: string) => void stored.push(name),
    }),
    (error: PortholeError) =>
      error.code === "access_denied" && !error.message.includes(ann.token),
  );
  assert.deepEqual(stored, []);
});

Deno.test("what cannot be a login is refused before anything is asked, and no token is shown", async () => {
  const cases: readonly (readonly [string, Partial<Login>, RegExp])[] = [
    ["t", { host: "https://x:s3cret@h" }, /it holds a password/],
    ["t", { host: "http://h" }, /unencrypted/],
    ["t", { name: "none" }, /as the name of a rack/],
    ["t", { name: "../x" }, /as the name of a rack/],
    ["t", { streamHosts: ["EVIL.example.com"] }, /--allow-stream-host/],
    ["t", { streamHosts: ["h/path"] }, /--allow-stream-host/],
    ["t", { streamHosts: [""] }, /--allow-stream-host/],
    ["", {}, /it is empty/],
    ["s3cret\nHost: evil", {}, /characters that a request cannot carry/],
    ["s".repeat(5_000), {}, /standard input is too long/],
    ["t", { ca: "ca.pem" }, /it has no certificate in PEM form/],
    ["t", { tokenStdin: false }, /--no-input is set/],
  ];
  for (const [typed, login, why] of cases) {
    await assert.rejects(
      run(typed, login),
      (error: PortholeError) =>
        error.code !== "unreachable" && why.test(error.message) &&
        !error.message.includes("s3cret"),
      `${why}`,
    );
  }
});
