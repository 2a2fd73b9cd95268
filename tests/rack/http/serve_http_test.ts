import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { parseBlock } from "../../../src/rack/http/http_address.ts";
import {
  createHttpServer,
  type Exchange,
  type Front,
  HTTP_LIMITS,
  type HttpConnection,
} from "../../../src/rack/http/serve_http.ts";

/** A connection whose bytes come when the test says so. */
function openConnection(hostname: string) {
  const incoming: (Uint8Array | null)[] = [];
  let reader: PromiseWithResolvers<void> | undefined;
  let closed = false;
  const written: Uint8Array[] = [];
  const connection: HttpConnection = {
    remoteAddr: { transport: "tcp", hostname, port: 1 },
    async read(into) {
      while (incoming.length === 0) {
        if (closed) throw new Error("closed");
        reader = Promise.withResolvers();
        await reader.promise;
      }
      const next = incoming[0];
      if (next === null || next === undefined) return null;
      const count = Math.min(into.length, next.length);
      into.set(next.subarray(0, count));
      if (count === next.length) incoming.shift();
      else incoming[0] = next.subarray(count);
      return count;
    },
    write(bytes) {
      if (closed) return Promise.reject(new Error("closed"));
      written.push(bytes.slice());
      return Promise.resolve(bytes.length);
    },
    close() {
      closed = true;
      reader?.resolve();
    },
  };
  return {
    connection,
    isClosed: () => closed,
    send(text: string | null) {
      incoming.push(text === null ? null : Buffer.from(text, "latin1"));
      reader?.resolve();
    },
    said: () => Buffer.concat(written).toString(),
  };
}

/** Sleeps that end when the test says so. */
function createSleeps() {
  const sleeping = new Set<{ ms: number; wake: () => void }>();
  return {
    sleep: (ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        const one = { ms, wake: () => (sleeping.delete(one), resolve()) };
        sleeping.add(one);
        signal?.addEventListener("abort", one.wake);
      }),
    pass: (ms: number) => {
      for (const one of sleeping) if (one.ms === ms) one.wake();
    },
  };
}

function start(
  front: Front = { kind: "direct" },
  handle: (exchange: Exchange) => Promise<void> = (exchange) =>
    exchange.answer({ status: 200, body: `${exchange.address}\n` }),
) {
  const sleeps = createSleeps();
  const server = createHttpServer({ front, handle, sleep: sleeps.sleep });
  return {
    server,
    sleeps,
    open(hostname: string) {
      const opened = openConnection(hostname);
      return { ...opened, over: server.serve(opened.connection) };
    },
  };
}

const HEAD = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

Deno.test("one address has 16 connections without a head, and loses its own oldest", async () => {
  const { open, server } = start();
  const other = open("10.0.0.2");
  const held = Array.from({ length: 17 }, () => open("10.0.0.1"));
  assert.deepEqual(held.map(({ isClosed }) => isClosed()).indexOf(true), 0);
  assert.equal(held.filter(({ isClosed }) => isClosed()).length, 1);
  assert.equal(other.isClosed(), false);
  assert.equal(server.strangers(), 17);
  for (const one of [other, ...held]) one.send(null);
  await Promise.all([other, ...held].map(({ over }) => over));
  assert.equal(server.strangers(), 0);
});

Deno.test("of 256 connections the oldest without a head goes; those who ask are answered", async () => {
  const { open, server } = start();
  const held = Array.from(
    { length: HTTP_LIMITS.connections + 100 },
    (_, at) => open(`10.0.${at >> 4}.1`),
  );
  assert.equal(server.strangers(), HTTP_LIMITS.connections);
  assert.deepEqual(
    held.map(({ isClosed }) => isClosed()),
    held.map((_, at) => at < 100),
  );
  const asking = open("10.9.9.9");
  asking.send(HEAD);
  await asking.over;
  assert.match(asking.said(), /^HTTP\/1\.1 200 OK\r\n.*10\.9\.9\.9\n$/s);
  for (const one of held) one.send(null);
  await Promise.all(held.map(({ over }) => over));
});

Deno.test("a head has 10 s, a body 30 s", async () => {
  const bodies: string[] = [];
  const { open, sleeps } = start({ kind: "direct" }, async (exchange) => {
    bodies.push(Buffer.from(await exchange.readBody()).toString());
    await exchange.answer({ status: 200, body: "" });
  });
  const slow = open("10.0.0.1");
  slow.send("GET / HT");
  await Promise.resolve();
  sleeps.pass(HTTP_LIMITS.headMs);
  await slow.over;
  assert.ok(slow.isClosed());
  assert.equal(slow.said(), "");

  const post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab";
  const late = open("10.0.0.1");
  late.send(post);
  await new Promise((resolve) => setTimeout(resolve));
  sleeps.pass(HTTP_LIMITS.headMs);
  assert.equal(late.isClosed(), false);
  sleeps.pass(HTTP_LIMITS.bodyMs);
  await late.over;
  assert.ok(late.isClosed());

  const whole = open("10.0.0.1");
  whole.send(post);
  whole.send("cd");
  await whole.over;
  assert.deepEqual(bodies, ["abcd"]);
  assert.match(whole.said(), /^HTTP\/1\.1 200 OK/);

  const more = open("10.0.0.1");
  more.send(`${post}cde`);
  more.send(null);
  await more.over;
  assert.match(more.said(), /^HTTP\/1\.1 400 Bad Request/);

  const later = open("10.0.0.1");
  later.send(post);
  await new Promise((resolve) => setTimeout(resolve));
  later.send("cde");
  later.send(null);
  await later.over;
  assert.match(later.said(), /^HTTP\/1\.1 400 Bad Request/);
  assert.deepEqual(bodies, ["abcd"]);
});

Deno.test("what comes behind a request without a body is refused with it; a HEAD gets no body", async () => {
  const seen: string[] = [];
  const { open } = start({ kind: "direct" }, async (exchange) => {
    seen.push(exchange.head.method);
    await exchange.answer({ status: 200, body: "body" });
  });
  const two = open("10.0.0.1");
  two.send(`${HEAD}${HEAD}`);
  two.send(null);
  await two.over;
  assert.match(two.said(), /^HTTP\/1\.1 400 Bad Request/);
  assert.deepEqual(seen, []);
  const head = open("10.0.0.1");
  head.send(HEAD.replace("GET", "HEAD"));
  await head.over;
  assert.deepEqual(seen, ["HEAD"]);
  assert.match(head.said(), /\r\nContent-Length: 4\r\n.*\r\n\r\n$/s);
});

Deno.test("who has sent a head and waits for the answer stays when room is made, before those without one", async () => {
  const done = Promise.withResolvers<void>();
  const { open } = start({ kind: "direct" }, async (exchange) => {
    await done.promise;
    await exchange.answer({ status: 200, body: "" });
  });
  const asking = open("10.0.0.1");
  asking.send(HEAD);
  await new Promise((resolve) => setTimeout(resolve));
  const held = Array.from(
    { length: HTTP_LIMITS.perAddress },
    () => open("10.0.0.1"),
  );
  assert.equal(asking.isClosed(), false);
  assert.deepEqual(
    held.map(({ isClosed }) => isClosed()),
    held.map((_, at) => at === 0),
  );
  done.resolve();
  await asking.over;
  assert.match(asking.said(), /^HTTP\/1\.1 200 OK/);
  for (const one of held) one.send(null);
  await Promise.all(held.map(({ over }) => over));
});

Deno.test("a body that nobody reads is read before the connection is closed", async () => {
  const { open } = start();
  const one = open("10.0.0.1");
  one.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n");
  await new Promise((resolve) => setTimeout(resolve));
  assert.match(one.said(), /^HTTP\/1\.1 200 OK/);
  assert.equal(one.isClosed(), false);
  one.send("abcd");
  await one.over;
  assert.ok(one.isClosed());
});

Deno.test("a proxy names its client; only a proxy in its block may", async () => {
  const seen: string[] = [];
  const { open } = start(
    { kind: "proxy", blocks: [parseBlock("10.0.0.0/24")!] },
    async (exchange) => {
      seen.push(exchange.address);
      await exchange.answer({ status: 200, body: "" });
    },
  );
  const foreign = open("10.0.1.1");
  await foreign.over;
  assert.ok(foreign.isClosed());
  const ask = async (header: string) => {
    const one = open("10.0.0.9");
    one.send(`GET / HTTP/1.1\r\nHost: a\r\n${header}\r\n`);
    one.send(null);
    await one.over;
    return one.said().slice(9, 12);
  };
  assert.equal(await ask("X-Forwarded-For: 6.6.6.6, 1.2.3.4\r\n"), "200");
  assert.equal(await ask("X-Forwarded-For: 2001:db8::1\r\n"), "200");
  for (
    const header of [
      "",
      "X-Forwarded-For:\r\n",
      "X-Forwarded-For: unknown\r\n",
      "X-Forwarded-For: 1.2.3.4, \r\n",
      "X-Forwarded-For: 1.2.3.4:5\r\n",
    ]
  ) assert.equal(await ask(header), "400", header);
  assert.deepEqual(seen, ["1.2.3.4", "2001:db8::1"]);
  // Behind a balancer that keeps addresses the header is the client's word, and none of ours.
  const balanced = start({ kind: "balancer" });
  const one = balanced.open("7.7.7.7");
  one.send("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.1.1.1\r\n\r\n");
  await one.over;
  assert.match(one.said(), /7\.7\.7\.7\n$/);
});

Deno.test("those whose token was right no longer count", async () => {
  const done = Promise.withResolvers<void>();
  const { open, server } = start({ kind: "direct" }, async (exchange) => {
    exchange.admit();
    await done.promise;
    await exchange.answer({ status: 200, body: "" });
  });
  const known: ReturnType<typeof open>[] = [];
  for (let at = 0; at < 40; at++) {
    const one = open("10.0.0.1");
    one.send(HEAD);
    known.push(one);
    await new Promise((resolve) => setTimeout(resolve));
  }
  assert.equal(server.strangers(), 0);
  assert.ok(known.every(({ isClosed }) => !isClosed()));
  done.resolve();
  await Promise.all(known.map(({ over }) => over));
});

Deno.test("a request has one answer: nothing follows it, or an upgrade", async () => {
  const { open } = start({ kind: "direct" }, async (exchange) => {
    if (exchange.head.path === "/twice") {
      await exchange.answer({ status: 200, body: "first\n" });
      assert.throws(() => exchange.upgrade(events, { key: "" }));
    } else exchange.upgrade(events, { key: "" });
    await exchange.answer({ status: 503, body: "second\n" });
  });
  const events = { onText() {}, onBinary() {}, onAlive() {}, onClose() {} };
  for (
    const [path, status, end] of [
      ["/twice", /^HTTP\/1\.1 200 OK/, "\r\n\r\nfirst\n"],
      ["/upgrade", /^HTTP\/1\.1 101 Switching Protocols/, "\r\n\r\n"],
    ] as const
  ) {
    const one = open("10.0.0.1");
    one.send(HEAD.replace("/", path));
    await one.over;
    assert.match(one.said(), status);
    assert.ok(one.said().endsWith(end), one.said());
    one.send(null);
  }
});
