import assert from "node:assert/strict";
import type { PortholeError } from "../../src/errors.ts";
import type { Setting } from "../../src/setting.ts";
import { findRack } from "../../src/start/find_rack.ts";

const LOGIN = {
  url: "https://blue.example.com/",
  token: "stored",
  tls: { kind: "pin", sha256: "a".repeat(64) },
  streamHosts: ["s"],
};
const FILES: Readonly<Record<string, string>> = {
  "/h/.config/porthole/racks/blue.json": JSON.stringify(LOGIN),
  "/h/.config/convox/racks/theirs": "https://convox:t0ken@theirs.example.com\n",
  "/h/.config/convox/racks/open": "http://convox:t0ken@theirs.example.com",
  "/h/.config/convox/racks/silent": "https://silent.example.com",
  "/h/.config/convox2/self-managed": '{"old":"old.example.com"}',
  "/h/.config/convox2/auth": '{"old.example.com":"p4ss"}',
};

const SOURCES = {
  flag: { kind: "flag", name: "--rack" },
  env: { kind: "env", name: "PORTHOLE_RACK" },
  file: { kind: "file", path: "ecspresso.yml", line: 1, column: 1 },
} as const satisfies Record<string, Setting<string>["source"]>;

function find(value: string, from: keyof typeof SOURCES) {
  const read = (path: string) =>
    FILES[path] === undefined
      ? Promise.reject(new Deno.errors.NotFound())
      : Promise.resolve(FILES[path]);
  return findRack({ value, source: SOURCES[from] }, {
    platform: "linux",
    env: (name) => name === "HOME" ? "/h" : undefined,
    readTextFile: read,
    readKeptFile: read,
    keepFile: () => Promise.reject(new Error("nothing is kept")),
    listKeptFiles: () => Promise.resolve(["blue.json", "used"]),
    removeKeptFile: () => Promise.resolve(false),
  });
}

const refused =
  (code: string, message = /./) => (error: PortholeError): boolean =>
    error.code === code && message.test(error.message) &&
    !/t0ken|stored-|p4ss|s3cret/.test(`${error.message} ${error.hint}`);

Deno.test("a stored login is found by its name, or by its URL without a password, with what it trusts", async () => {
  for (
    const [value, from] of [
      ["blue", "flag"],
      ["blue", "env"],
      ["blue", "file"],
      ["https://blue.example.com", "flag"],
      ["https://blue.example.com:443/", "env"],
    ] as const
  ) {
    const rack = await find(value, from);
    assert.equal(rack.name, "blue");
    assert.equal(rack.url.origin, "https://blue.example.com");
    assert.equal(rack.token, "stored");
    assert.deepEqual(rack.tls, LOGIN.tls);
    assert.deepEqual(rack.streamHosts, ["s"]);
  }
});

Deno.test("a file chooses among stored logins alone: not a URL, and nothing of Convox's", async () => {
  for (
    const value of [
      "https://blue.example.com",
      "https://x:s3cret@evil.example.com",
      "theirs",
      "old.example.com",
      "none-such",
    ]
  ) {
    await assert.rejects(
      find(value, "file"),
      refused("rack_not_found", /\(ecspresso\.yml/),
      value,
    );
  }
});

Deno.test("a password in a URL is for a variable, and not for others to see in a command line", async () => {
  const url = "https://convox:s3cret@green.example.com:8443/base";
  const rack = await find(url, "env");
  assert.equal(rack.token, "s3cret");
  assert.equal(rack.url.href, "https://green.example.com:8443/base");
  assert.equal(rack.name, "green.example.com:8443");
  assert.deepEqual(rack.tls, { kind: "public" });
  await assert.rejects(find(url, "flag"), refused("usage", /holds a password/));
  for (const from of ["env", "flag"] as const) {
    await assert.rejects(
      find("http://convox:s3cret@green.example.com", from),
      refused("usage", /unencrypted/),
    );
    await assert.rejects(
      find("convox:s3cret@green.example.com", from),
      refused("rack_not_found", /"\.\.\.@green\.example\.com"/),
    );
    await assert.rejects(
      find("https://green.example.com", from),
      refused("rack_not_found", /no login to it is stored/),
    );
  }
});

Deno.test("a rack of Convox's own settings is one, where it has a token and is reached in private", async () => {
  const theirs = await find("theirs", "flag");
  assert.equal(theirs.url.href, "https://theirs.example.com/");
  assert.deepEqual([theirs.name, theirs.token], ["theirs", "t0ken"]);
  const old = await find("old", "env");
  assert.equal(old.url.href, "https://old.example.com/");
  assert.equal(old.token, "p4ss");
  await assert.rejects(find("open", "flag"), refused("usage", /unencrypted/));
  for (const name of ["silent", "../racks/theirs", "bleu"]) {
    await assert.rejects(find(name, "flag"), refused("rack_not_found"), name);
  }
});
