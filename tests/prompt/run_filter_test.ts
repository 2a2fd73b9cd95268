import assert from "node:assert/strict";
import { PortholeError } from "../../src/errors.ts";
import { runFilter as runIt } from "../../src/prompt/run_filter.ts";
import { createRealDeps } from "../../src/real_deps.ts";

function runFilter(
  command: string,
  ...rest: [readonly string[], Parameters<typeof runIt>[2]]
): Promise<string> {
  return runIt({ command, setBy: "--filter-command" }, ...rest);
}

const deps = createRealDeps();

function testFilter(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: Deno.build.os === "windows", fn });
}

async function refusal(command: string): Promise<PortholeError> {
  try {
    await runFilter(command, ["web\t2/2 running", "worker"], deps);
  } catch (error) {
    assert.ok(error instanceof PortholeError, String(error));
    return error;
  }
  throw new Error("it did not fail");
}

testFilter("the first field of a filter's answer is the choice", async () => {
  const candidates = ["web\t2/2 running", "worker\t1/1 running"];
  assert.equal(await runFilter("tail -n 1", candidates, deps), "worker");
  // Without a space it is a program, not a shell line; it gets every line whole.
  assert.equal(await runFilter("cat", candidates, deps), "web");
});

testFilter("a filter with a space in it is a shell line", async () => {
  assert.equal(
    await runFilter("sort -r | head -n 1", ["a", "c", "b"], deps),
    "c",
  );
});

testFilter(
  "a filter may choose before it has read all candidates",
  async () => {
    const candidates = Array.from(
      { length: 50_000 },
      (_, index) => `task-${index}`,
    );
    assert.equal(await runFilter("head -n 1", candidates, deps), "task-0");
  },
);

for (const command of ["true", "exit 130;  ", "kill -INT $$"]) {
  testFilter(`a filter that chooses nothing cancels: ${command}`, async () => {
    const error = await refusal(command);
    assert.equal(error.code, "cancelled");
    assert.match(
      error.message,
      /^Cancelled: filter command ".+" chose nothing$/,
    );
  });
}

for (
  const [command, reason] of [
    ["false", "it exited with status 1"],
    ["echo web; exit 2", "it exited with status 2"],
    ["no-such-filter", 'there is no "no-such-filter" in PATH'],
    ["no-such-filter --ansi", "it exited with status 127"],
  ]
) {
  testFilter(`a filter that fails is named: ${command}`, async () => {
    const error = await refusal(command ?? "");
    assert.equal(error.code, "no_choice");
    assert.equal(
      error.message,
      `Cannot choose with filter command "${command}": ${reason}`,
    );
    assert.match(error.hint ?? "", /--filter-command/);
  });
}

Deno.test({
  name:
    "a filter that answers without end is read to its first line, and let go",
  ignore: Deno.build.os === "windows",
  async fn() {
    await assert.rejects(
      runFilter("exec yes task-0", ["task-0", "task-1"], deps),
      // It dies of the pipe that nobody reads, which is no choice.
      (error) => error instanceof PortholeError && error.code === "cancelled",
    );
  },
});
