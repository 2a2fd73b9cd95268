import assert from "node:assert/strict";
import { joinConnection } from "../../../src/session/port/join_connection.ts";
import type { PortStream } from "../../../src/session/port/port_stream.ts";

/** Two ends and what is done to them, in order. */
function setUp({ isRefused = false, sendsOn = false, fails = {} }: {
  readonly isRefused?: boolean;
  /** The program does not end its side. */
  readonly sendsOn?: boolean;
  readonly fails?: { readonly read?: boolean; readonly write?: boolean };
} = {}) {
  const done: string[] = [];
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const encode = (text: string) => new TextEncoder().encode(text);
  const sent = [encode("up"), ...(sendsOn ? [] : [null])];
  const localClosed = Promise.withResolvers<null>();
  const local = {
    async read(buffer: Uint8Array) {
      if (fails.read) throw new Error("reset");
      const bytes = sent.length > 0 ? sent.shift()! : await localClosed.promise;
      if (bytes === null) return null;
      buffer.set(bytes);
      return bytes.length;
    },
    write(bytes: Uint8Array) {
      if (fails.write) return Promise.reject(new Error("broken pipe"));
      // A connection need not take all at once.
      done.push(`local gets ${decode(bytes.subarray(0, 3))}`);
      return Promise.resolve(Math.min(3, bytes.length));
    },
    closeWrite() {
      done.push("local end");
      return Promise.resolve();
    },
    close() {
      done.push("local closed");
      localClosed.resolve(null);
    },
  };
  const came: (Uint8Array | undefined)[] = [];
  let wake = () => {};
  const bring = (text: string | undefined) => {
    came.push(text === undefined ? undefined : encode(text));
    wake();
  };
  const cut = Promise.withResolvers<void>();
  const remote: PortStream = {
    async read() {
      while (came.length === 0) {
        await new Promise<void>((resolve) => wake = resolve);
      }
      return came.shift();
    },
    write(bytes) {
      done.push(`remote gets ${decode(bytes)}`);
      return Promise.resolve();
    },
    closeWrite: () => void done.push("remote end"),
    close() {
      done.push("remote closed");
      bring(undefined);
    },
    isRefused: () => isRefused,
    cut: cut.promise,
  };
  const naps: number[] = [];
  let pass = () => {};
  const joined = joinConnection(local, remote, {
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        naps.push(ms);
        pass = resolve;
        signal?.addEventListener("abort", () => resolve());
      }),
  });
  return { joined, done, bring, cut: cut.resolve, naps, pass: () => pass() };
}

const settle = () => new Promise<void>((resolve) => setTimeout(resolve));

Deno.test("bytes pass both ways, and each end is passed on before both are closed", async () => {
  const { joined, done, bring } = setUp();
  await settle();
  assert.deepEqual(done, ["remote gets up", "remote end"]);
  bring("answer");
  bring(undefined);
  await joined;
  assert.deepEqual(done.slice(2), [
    "local gets ans",
    "local gets wer",
    "local end",
    "remote closed",
    "local closed",
  ]);
});

Deno.test("a program that sends on after the remote's end has some seconds to read the answer", async () => {
  const { joined, done, bring, naps, pass } = setUp({ sendsOn: true });
  bring("bye");
  bring(undefined);
  await settle();
  assert.deepEqual(done, ["remote gets up", "local gets bye", "local end"]);
  assert.deepEqual(naps, [5_000]);
  pass();
  await joined;
  assert.deepEqual(done.slice(3, 5), ["remote closed", "local closed"]);
});

Deno.test("a connection that the remote has not taken is closed at once, not ended", async () => {
  const { joined, done, bring, naps } = setUp({
    isRefused: true,
    sendsOn: true,
  });
  bring(undefined);
  await joined;
  assert.deepEqual(naps, []);
  assert(!done.includes("local end"));
  assert(done.includes("local closed"));
});

Deno.test("a program that is gone ends the remote, whichever way that shows", async () => {
  const unread = setUp({ fails: { read: true } });
  await unread.joined;
  assert.equal(unread.done[0], "remote closed");
  const unwritten = setUp({ fails: { write: true }, sendsOn: true });
  unwritten.bring("bye");
  await settle();
  assert.equal(unwritten.done[1], "remote closed");
  unwritten.pass();
  await unwritten.joined;
});

Deno.test("a connection that is cut off is closed, whatever waits to be read", async () => {
  const { joined, done, bring, cut } = setUp({ sendsOn: true });
  await settle();
  cut();
  await settle();
  assert(done.includes("local closed"));
  bring(undefined);
  await joined;
});
