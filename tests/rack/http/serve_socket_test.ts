import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  type SocketEvents,
  upgradeConnection,
} from "../../../src/session/channel/connect_socket.ts";
import { createTask, createTestUser, startRack } from "../start_rack.ts";

Deno.test("an upgraded connection brings texts of any bytes both ways, exact", async () => {
  const ann = createTestUser("ann", ["exec:prod/web"]);
  await using rack = startRack({
    users: [ann],
    clusters: {
      prod: { web: [createTask("prod", "1", { group: "service:web" })] },
    },
    exec: async ({ accept }) => {
      const left = Promise.withResolvers<void>();
      const socket = accept({
        onText: () => {},
        onRawText: (bytes) => socket.sendRawText(bytes.slice()),
        onBinary: (bytes) => socket.send(bytes.slice()),
        onAlive: () => {},
        onClose: () => left.resolve(),
      });
      await left.promise;
      socket.close();
    },
  });
  const every = Uint8Array.from({ length: 256 }, (_, at) => at);
  const sizes = [0, 1, 125, 126, 256, 65_535, 65_536, 300_000];
  const got: Buffer[] = [];
  const all = Promise.withResolvers<void>();
  const take = (bytes: Uint8Array) => {
    got.push(Buffer.from(bytes));
    if (got.length === 2 * sizes.length) all.resolve();
  };
  const events: SocketEvents = {
    onText: () => {},
    onRawText: take,
    onBinary: take,
    onAlive: () => {},
    onClose: (reason) => all.reject(new Error(reason)),
  };
  const connection = await Deno.connect({
    hostname: "127.0.0.1",
    port: rack.port,
  });
  const socket = await upgradeConnection(
    connection,
    new URL(
      `http://rack.example.com/apps/prod/processes/000000000001/exec`,
    ),
    { Authorization: `Basic ${btoa(`x:${ann.token}`)}`, Command: "id" },
    events,
  );
  const sent = sizes.map((size) =>
    Buffer.alloc(size, size === 0 ? undefined : every)
  );
  for (const bytes of sent) {
    socket.sendRawText(bytes);
    socket.send(bytes);
  }
  await all.promise;
  assert.deepEqual(got, sent.flatMap((bytes) => [bytes, bytes]));
  socket.close();
});
