import assert from "node:assert/strict";
import { startBalancer } from "./start_balancer.ts";

/** A target that says its name, and then everything back. */
function startTarget(name: string) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving: Promise<unknown>[] = [];
  const accepting = (async () => {
    for await (const connection of listener) {
      await connection.write(new TextEncoder().encode(name));
      serving.push(connection.readable.pipeTo(connection.writable));
    }
  })().catch(() => {});
  return {
    port: listener.addr.port,
    async close() {
      listener.close();
      await accepting;
      await Promise.allSettled(serving);
    },
  };
}

async function read(connection: Deno.Conn): Promise<string> {
  const bytes = new Uint8Array(100);
  const count = await connection.read(bytes);
  return count === null
    ? ""
    : new TextDecoder().decode(bytes.subarray(0, count));
}

Deno.test("new connections leave a target once it is settled that it goes, and those that are there stay", async () => {
  const [one, other] = [startTarget("a"), startTarget("b")];
  const balancer = startBalancer(0);
  const dial = () =>
    Deno.connect({ hostname: "127.0.0.1", port: balancer.port });
  try {
    balancer.register(one.port);
    const first = await dial();
    assert.equal(await read(first), "a");
    balancer.register(other.port);
    balancer.deregister(one.port);
    await new Promise((resolve) => setTimeout(resolve, 5));
    for (let count = 0; count < 4; count++) {
      const next = await dial();
      assert.equal(await read(next), "b");
      next.close();
    }
    await first.write(new TextEncoder().encode("still here"));
    assert.equal(await read(first), "still here");
    // The end of one direction goes through, and does not take the other with it.
    await first.closeWrite();
    assert.equal(await read(first), "");
    first.close();
  } finally {
    await balancer.close();
    await one.close();
    await other.close();
  }
});

Deno.test("until it is settled a target that goes still gets connections", async () => {
  const target = startTarget("a");
  const balancer = startBalancer();
  try {
    balancer.register(target.port);
    balancer.deregister(target.port);
    const connection = await Deno.connect({
      hostname: "127.0.0.1",
      port: balancer.port,
    });
    assert.equal(await read(connection), "a");
    connection.close();
  } finally {
    await balancer.close();
    await target.close();
  }
});
