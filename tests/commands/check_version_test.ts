import assert from "node:assert/strict";
import { checkVersion } from "../../src/commands/check_version.ts";
import type { Log } from "../../src/log.ts";

const log: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  withPrefix: () => log,
  hush: () => {},
  isQuiet: () => false,
};
const build = {
  version: "0.9.0",
  commit: "abc1234",
  date: "2026-11-22",
  repository: "acme/porthole",
};

async function check(tag_name: string): Promise<string | undefined> {
  const fetch = () => Promise.resolve(Response.json({ tag_name }));
  const { status, stdout } = await checkVersion({ fetch }, log, build);
  assert.equal(status, 0);
  return stdout;
}

Deno.test("a newer version is told with the page to get it from", async () => {
  assert.equal(
    await check("v0.10.0"),
    "porthole 0.9.0 (abc1234, 2026-11-22)\n" +
      "porthole 0.10.0 is newer: https://github.com/acme/porthole/releases/tag/v0.10.0\n" +
      "With Homebrew: brew upgrade porthole. With Scoop: scoop update porthole.\n",
  );
});

Deno.test("without a newer version, or with a pre-release alone, there is nothing to get", async () => {
  for (const latest of ["0.8.9", "0.9.0", "0.9.0-rc.1", "1.0.0-rc.1"]) {
    assert.equal(
      await check(`v${latest}`),
      "porthole 0.9.0 (abc1234, 2026-11-22)\n" +
        `No newer version is published; the latest is ${latest}.\n`,
    );
  }
});
