import assert from "node:assert/strict";
import type { Deps, SpawnOptions } from "../src/deps.ts";
import { tieChildren } from "../src/tie_children.ts";

Deno.test("what is tied and still runs is killed at the end, and nothing else", async () => {
  const killed: string[] = [];
  const ended = Promise.withResolvers<{ code: number; signal: null }>();
  const { deps, endTied } = tieChildren({
    env: () => undefined,
    spawn: ({ command }: SpawnOptions) => ({
      exit: command === "ended" ? ended.promise : new Promise(() => {}),
      kill: (signal: string) => killed.push(`${command} ${signal}`),
    }),
  } as unknown as Deps);
  const start = (command: string, more: Partial<SpawnOptions> = {}) =>
    deps.spawn({
      command,
      args: [],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      ...more,
    });
  start("hangs", { tied: true });
  start("ended", { tied: true });
  start("session", { detached: true });
  ended.resolve({ code: 0, signal: null });
  await new Promise((resolve) => setTimeout(resolve));
  endTied();
  assert.deepEqual(killed, ["hangs SIGKILL"]);
});
