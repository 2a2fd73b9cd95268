import assert from "node:assert/strict";
import { updateTap } from "../../../scripts/release/update_tap.ts";
import { runProgram } from "./run_program.ts";

Deno.test("a tap gets a commit with the formula, and none where nothing changed", async () => {
  const root = await Deno.makeTempDir();
  const git = async (...args: string[]) => {
    const { status, stdout, stderr } = await runProgram(["git", ...args], {
      cwd: root,
    });
    assert.equal(status, 0, stderr);
    return stdout;
  };
  try {
    await git("init", "--quiet", "--bare", "-b", "main", "origin.git");
    await git("clone", "--quiet", "origin.git", "tap");
    // An empty repository has no branch to push to yet.
    const me = ["-c", "user.name=a", "-c", "user.email=a@b"];
    await git("-C", "tap", ...me, "commit", "-qm", "x", "--allow-empty");
    await git("-C", "tap", "push", "-q", "origin", "HEAD:main");
    await git("-C", "tap", "branch", "-M", "main");
    await git("-C", "tap", "branch", "-q", "--set-upstream-to=origin/main");

    const formula = `${root}/porthole.rb`;
    const update = (version: string) =>
      updateTap(formula, `${root}/tap/Formula`, version);
    await Deno.writeTextFile(formula, "one\n");
    assert.equal(await update("1.0.0"), true);
    assert.equal(await update("1.0.0"), false);
    await Deno.writeTextFile(formula, "two\n");
    assert.equal(await update("1.1.0"), true);

    const pushed = (...args: string[]) => git("-C", "origin.git", ...args);
    assert.equal(
      await pushed("log", "--format=%s", "main"),
      "porthole 1.1.0\nporthole 1.0.0\nx\n",
    );
    assert.equal(await pushed("show", "main:Formula/porthole.rb"), "two\n");
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
