import assert from "node:assert/strict";
import { isThere } from "../../scripts/install_packages.ts";
import {
  completeInShell,
  type RealShell,
} from "../output/completion/complete_in_shell.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { chooseOne, testOnce } from "./test_once.ts";

// Deno's own cache, for the variant that runs from source, is not to move with the shell's home.
const denoDir = Deno.env.get("DENO_DIR") ??
  `${Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`}/deno`;
const sandbox = await startSandbox();
Deno.test.afterAll(() => sandbox.close());

/** The program itself, with more time than a person has who is typing. */
const porthole = `#!/bin/sh
echo "$@" >>"\${0%/*}/../asked"
exec ${
  chooseOne().command([]).map((word) => `'${word}'`).join(" ")
} "$@" --timeout 20s
`;

for (const shell of ["bash", "zsh", "fish"] as const satisfies RealShell[]) {
  const there = await isThere(shell);
  testOnce(
    `${shell} completes what there is in ECS`,
    async () => {
      const { completed } = await completeInShell(shell, [
        "porthole exec wo",
        "porthole exec default/l",
        "porthole exec web -c ",
        "porthole exec --cluster d",
      ], { porthole, env: { ...sandbox.env, DENO_DIR: denoDir } });
      assert.deepEqual(completed.map(({ words }) => words), [
        ["worker"],
        ["default/legacy"],
        ["sidecar", "web"],
        ["default"],
      ]);
    },
    { ignore: !there },
  );
}

testOnce("completion prints what the shell is to run", async (porthole) => {
  const { status, stderr, text } = await porthole.run(["completion", "bash"]);
  assert.equal(stderr, "");
  assert.equal(status, 0);
  assert.match(text, /^complete -F _porthole porthole$/m);
});

testOnce("completion of an unknown shell is a mistake", async (porthole) => {
  const { status, stderr, text } = await porthole.run(["completion", "tcsh"]);
  assert.match(stderr, /^error: Cannot write a completion for "tcsh"/);
  assert.equal(status, 2);
  assert.equal(text, "");
});

testOnce(
  "version --check fails where nobody can be asked",
  async (porthole) => {
    const { status, stderr, text } = await porthole.run(
      ["version", "--check"],
      {
        // Nothing listens there.
        env: { HTTPS_PROXY: "http://127.0.0.1:1" },
      },
    );
    assert.match(stderr, /^error: Cannot check for a newer version: /);
    assert.equal(status, 1);
    assert.equal(text, "");
  },
);
