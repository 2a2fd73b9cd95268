import assert from "node:assert/strict";
import { captureOutput } from "../../src/report/capture_output.ts";
import type { Deps } from "../../src/deps.ts";

const device = {
  isTerminal: true,
  write: () => Promise.reject(new Error("must not be written")),
  writeText: () => {},
};
const deps = { stdout: device, stderr: device } as unknown as Deps;

async function capture(chunks: readonly string[], limit?: number) {
  const { stdio: { stdout }, taken } = captureOutput(deps, limit);
  for (const chunk of chunks) {
    await stdout.write(new TextEncoder().encode(chunk));
  }
  const { stdout: bytes, truncated } = taken(false);
  return [new TextDecoder().decode(bytes), truncated];
}

Deno.test("what is written is kept, up to the limit", async () => {
  assert.deepEqual(await capture(["ab", "", "cd"]), ["abcd", false]);
  assert.deepEqual(await capture(["ab", "cd"], 4), ["abcd", false]);
  assert.deepEqual(await capture(["ab", "cde"], 4), ["abcd", true]);
  assert.deepEqual(await capture(["abcde", "f", "g"], 4), ["abcd", true]);
  assert.deepEqual(await capture([]), ["", false]);
});

Deno.test("stderr is told apart only where it is apart", async () => {
  const merged = captureOutput(deps);
  assert.equal(merged.taken(false).stderr, undefined);
  // What comes on it all the same is not thrown away.
  const other = captureOutput(deps);
  await other.stdio.stderr.write(Uint8Array.of(7));
  assert.deepEqual(other.taken(false).stderr, Uint8Array.of(7));
  const split = captureOutput(deps, 2);
  await split.stdio.stderr.write(Uint8Array.of(1, 2, 3));
  assert.deepEqual(split.taken(true), {
    stdout: new Uint8Array(),
    stderr: Uint8Array.of(1, 2),
    truncated: true,
  });
});

Deno.test("what is kept stays when the writer uses its buffer again", async () => {
  const { stdio: { stdout }, taken } = captureOutput(deps);
  const buffer = Uint8Array.of(1);
  await stdout.write(buffer);
  buffer[0] = 2;
  assert.deepEqual(taken(false).stdout, Uint8Array.of(1));
});

Deno.test("what several keep together has a limit of its own", async () => {
  const allowance = { left: 5 };
  const first = captureOutput(deps, 4, allowance);
  const second = captureOutput(deps, 4, allowance);
  const write = (to: typeof first, text: string) =>
    to.stdio.stdout.write(new TextEncoder().encode(text));
  await write(first, "abc");
  await write(second, "def");
  await write(first, "g");
  const told = [first, second].map(({ taken }) => {
    const { stdout, truncated } = taken(false);
    return [new TextDecoder().decode(stdout), truncated];
  });
  assert.deepEqual(told, [["abc", true], ["de", true]]);
});
