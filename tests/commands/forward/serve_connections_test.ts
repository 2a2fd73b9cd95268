import assert from "node:assert/strict";
import {
  type PortWay,
  serveConnections,
} from "../../../src/commands/forward/serve_connections.ts";
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

/** Serves programs that connect one after the other, each after so many milliseconds, and end at once. */
function serve(
  after: readonly number[],
  open: (number: number) => Promise<Awaited<ReturnType<PortWay["open"]>>>,
) {
  const said: string[] = [];
  const closed: number[] = [];
  let now = 0;
  let accepted = 0;
  const listener = {
    async accept() {
      // Whoever came before is served by now.
      for (let turns = 0; turns < 20; turns++) await null;
      const wait = after[accepted];
      if (wait === undefined) throw new Deno.errors.BadResource("closed");
      now += wait;
      const number = accepted++;
      return {
        setNoDelay() {},
        read: () => Promise.resolve(null),
        write: (bytes: Uint8Array) => Promise.resolve(bytes.length),
        closeWrite: () => Promise.resolve(),
        close: () => closed.push(number),
      };
    },
  };
  let opened = 0;
  const serving = serveConnections(
    { listener, local: 5432 } as unknown as LocalPort,
    () =>
      Promise.resolve({
        container: "app",
        open: () => open(opened++),
        refusal: "nobody there",
      }),
    {
      deps: { now: () => new Date(now), sleep: () => new Promise(() => {}) },
      log: { warn: (text) => void said.push(text), debug: () => {} },
    },
  );
  return { serving, said, closed, accepted: () => accepted };
}

/** The remote end of a connection. */
const remote = (isRefused: boolean) => ({
  read: () => Promise.resolve(undefined),
  write: () => Promise.resolve(),
  closeWrite() {},
  close() {},
  isRefused: () => isRefused,
  cut: new Promise<void>(() => {}),
});

Deno.test("a program whose connection cannot be made is hung up on, and the reason told once a second", async () => {
  const { serving, said, closed } = serve(
    [0, 500, 499, 1],
    () => Promise.reject(new Error("no way")),
  );
  await serving;
  assert.deepEqual(said, ["no way", "no way"]);
  assert.deepEqual(closed, [0, 1, 2, 3]);
});

Deno.test("a connection that the remote has not taken is told of, and one that it has is not", async () => {
  const { serving, said } = serve(
    [0, 2_000],
    (number) => Promise.resolve(remote(number === 0)),
  );
  await serving;
  assert.deepEqual(said, ["nobody there"]);
});

Deno.test("beyond a thousand connections the next ones wait until one has ended", async () => {
  const opening = Promise.withResolvers<ReturnType<typeof remote>>();
  const { serving, accepted } = serve(
    Array(1_002).fill(0),
    (number) =>
      number === 0
        ? opening.promise
        : number < 1_000
        ? new Promise(() => {})
        : Promise.resolve(remote(false)),
  );
  for (let turns = 0; accepted() < 1_000; turns++) {
    assert(turns < 1_000);
    await new Promise((resolve) => setTimeout(resolve));
  }
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(accepted(), 1_000);
  opening.resolve(remote(false));
  await serving;
  assert.equal(accepted(), 1_002);
});
