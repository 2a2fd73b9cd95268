import assert from "node:assert/strict";
import { listenOnPorts } from "../../../src/commands/forward/listen_on_ports.ts";
import type { PortWord } from "../../../src/args/parse_port.ts";
import type { Deps } from "../../../src/deps.ts";

/** Listens on ports of which these fail; a port 0 is 40000. */
function listen(
  locals: readonly number[],
  failures: Readonly<Record<number, Error>> = {},
) {
  const asked: string[] = [];
  const closed: number[] = [];
  const listening = () =>
    listenOnPorts({
      address: "127.0.0.1",
      ports: locals.map((local) => ({ local, port: 80 })) as [PortWord],
    }, {
      listen({ hostname, port }: { hostname: string; port: number }) {
        asked.push(`${hostname}:${port}`);
        const failure = failures[port];
        if (failure !== undefined) throw failure;
        return {
          addr: { hostname, port: port || 40_000 },
          close: () => closed.push(port),
        };
      },
    } as unknown as Pick<Deps, "listen">);
  return { listening, asked, closed };
}

Deno.test("each port is listened on at the address, and any that is free has its number", () => {
  const { listening, asked, closed } = listen([5432, 0]);
  assert.deepEqual(listening().map(({ local }) => local), [5432, 40_000]);
  assert.deepEqual(asked, ["127.0.0.1:5432", "127.0.0.1:0"]);
  assert.deepEqual(closed, []);
});

Deno.test("where one port cannot be listened on none is, and the remedy fits the reason", () => {
  const rows = [
    [new Deno.errors.AddrInUse(""), /another program uses it$/, /0:PORT uses/],
    [new Deno.errors.PermissionDenied(""), /does not allow it$/, /below 1024/],
    [new Error("not ours"), /not ours$/, /--address/],
  ] as const;
  for (const [failure, message, hint] of rows) {
    const { listening, asked, closed } = listen([1, 2, 3, 4], { 3: failure });
    assert.throws(listening, { code: "cannot_listen", message, hint });
    assert.equal(asked.length, 3);
    assert.deepEqual(closed, [1, 2]);
  }
});
