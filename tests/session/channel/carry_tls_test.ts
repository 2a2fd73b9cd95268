import assert from "node:assert/strict";
import { carryTls } from "../../../src/session/channel/carry_tls.ts";

/** A TLS connection that brings `text`, and keeps what is written to it. */
function fakeTls(text: string) {
  const closed = Promise.withResolvers<void>();
  const pieces = [new TextEncoder().encode(text)];
  const written: string[] = [];
  const heard = Promise.withResolvers<void>();
  const outer = {
    read(chunk: Uint8Array): Promise<number | null> {
      const piece = pieces.shift();
      if (piece === undefined) return closed.promise.then(() => null);
      chunk.set(piece);
      return Promise.resolve(piece.length);
    },
    write(bytes: Uint8Array): Promise<number> {
      // A connection need not take all at once.
      written.push(new TextDecoder().decode(bytes.subarray(0, 2)));
      heard.resolve();
      return Promise.resolve(Math.min(2, bytes.length));
    },
    close: () => closed.resolve(),
  } as unknown as Deno.TlsConn;
  return { outer, written, heard: heard.promise, closed: closed.promise };
}

/** Runs `body` where these stand before the connections that each listener accepts. */
async function withQueue(
  first: readonly (() => Promise<Deno.TcpConn>)[],
  body: () => Promise<void>,
): Promise<void> {
  const { listen } = Deno;
  Deno.listen = ((options: Deno.TcpListenOptions) => {
    const listener = listen(options);
    const queue = [...first];
    return {
      addr: listener.addr,
      accept: () => queue.shift()?.() ?? listener.accept(),
      [Symbol.dispose]: () => listener.close(),
    };
  }) as typeof Deno.listen;
  try {
    await body();
  } finally {
    Deno.listen = listen;
  }
}

async function readText(connection: Deno.TcpConn): Promise<string> {
  const chunk = new Uint8Array(100);
  const count = await connection.read(chunk);
  return new TextDecoder().decode(chunk.subarray(0, count ?? 0));
}

Deno.test("the bytes of a TLS connection pass both ways, and it ends with what it carries", async () => {
  const { outer, written, heard, closed } = fakeTls("hello");
  const near = await carryTls(outer, new AbortController().signal);
  assert.equal(await readText(near), "hello");
  await near.write(new TextEncoder().encode("abc"));
  await heard;
  near.close();
  await closed;
  assert.equal(written.join(""), "abc");
});

Deno.test("another program that is faster on this machine, or gone again, is not let in", async () => {
  let stranger: { closed: boolean } | undefined;
  const gone = [
    new Deno.errors.NotConnected("gone"),
    new Deno.errors.ConnectionAborted("gone"),
    new Deno.errors.ConnectionReset("gone"),
  ];
  await withQueue([
    ...gone.map((error) => () => Promise.reject(error)),
    () => {
      const other = { closed: false };
      stranger = other;
      return Promise.resolve({
        remoteAddr: { port: 0 },
        close: () => void (other.closed = true),
      } as unknown as Deno.TcpConn);
    },
  ], async () => {
    const { outer, closed } = fakeTls("hello");
    const near = await carryTls(outer, new AbortController().signal);
    assert.equal(await readText(near), "hello");
    assert.deepEqual(stranger, { closed: true });
    near.close();
    await closed;
  });
});

Deno.test("where nothing can be accepted, nothing is left open", async () => {
  await withQueue(
    [() => Promise.reject(new Error("no files left"))],
    async () => {
      const { outer } = fakeTls("");
      await assert.rejects(
        carryTls(outer, new AbortController().signal),
        { message: "no files left" },
      );
    },
  );
});
