import assert from "node:assert/strict";
import { serveConnections } from "../../../src/commands/forward/serve_connections.ts";
import type { LocalPort } from "../../../src/commands/forward/listen_on_ports.ts";

/** Serves a listener that fails in these ways, one after the other, and is closed then. */
async function serveFailures(failures: readonly Error[]) {
  const left = [...failures];
  const said: string[] = [];
  const slept: number[] = [];
  const listener = {
    accept: () =>
      Promise.reject(left.shift() ?? new Deno.errors.BadResource("closed")),
  };
  await serveConnections(
    { listener, local: 5432 } as unknown as LocalPort,
    () => Promise.reject(new Error("no connection was accepted")),
    {
      deps: {
        now: () => new Date(0),
        sleep: (ms) => {
          slept.push(ms);
          return Promise.resolve();
        },
      },
      log: { warn: (text) => void said.push(text), debug: () => {} },
    },
  );
  return { said, slept };
}

Deno.test("a program that leaves before its connection is accepted holds no other up", async () => {
  const { said, slept } = await serveFailures([
    new Deno.errors.NotConnected("gone"),
    new Deno.errors.ConnectionAborted("gone"),
    new Deno.errors.ConnectionReset("gone"),
  ]);
  assert.deepEqual(said, []);
  assert.deepEqual(slept, []);
});

Deno.test("a listener that cannot accept says so, and tries again later", async () => {
  const { said, slept } = await serveFailures([
    new Error("Too many open files"),
  ]);
  assert.deepEqual(said, [
    "Cannot accept a connection on port 5432: Too many open files",
  ]);
  assert.deepEqual(slept, [1_000]);
});
