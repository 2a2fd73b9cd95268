import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  connectSocket,
  serveSocket,
  type Socket,
  type SocketOptions,
} from "../../../src/session/channel/connect_socket.ts";
import { ConnectFailure } from "../../../src/session/channel/connect_failure.ts";
import {
  encodeFrame,
  Opcode,
} from "../../../src/session/channel/web_socket_frames.ts";
import { startConnectProxy } from "../../sandbox/start_connect_proxy.ts";
import { startTlsFront, testCaFile } from "../../sandbox/start_tls_front.ts";
import {
  type Answer,
  serverFrame,
  startFrameServer,
  upgradeAnswer,
} from "./start_frame_server.ts";

/** What a socket told, as texts; `next` waits for one more. */
function listen() {
  const told: string[] = [];
  const waiting: (() => void)[] = [];
  let alive = 0;
  const tell = (text: string) => {
    told.push(text);
    waiting.shift()?.();
  };
  return {
    told,
    alive: () => alive,
    async next(): Promise<string> {
      while (told.length === 0) {
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
      return told.shift() ?? "";
    },
    events: {
      onText: (text: string) => tell(`text ${text}`),
      onBinary: (bytes: Uint8Array) =>
        tell(
          bytes.length > 50
            ? `binary of ${bytes.length}`
            : `binary ${Buffer.from(bytes).toString("hex")}`,
        ),
      onAlive: () => void alive++,
      onClose: (reason: string) => tell(`close ${reason}`),
    },
  };
}

async function connect(
  url: string,
  options: Partial<SocketOptions> = {},
): Promise<ReturnType<typeof listen> & { socket: Socket }> {
  const heard = listen();
  const socket = await connectSocket(url, heard.events, {
    headers: {},
    env: () => undefined,
    connectTimeoutMs: 5000,
    ...options,
  });
  return { ...heard, socket };
}

/** How a connection fails. */
async function failureOf(
  url: string,
  options: Partial<SocketOptions> = {},
): Promise<ConnectFailure> {
  const error = await connect(url, options).then(
    () => new Error("connected"),
    (error) => error,
  );
  assert.ok(error instanceof ConnectFailure, String(error));
  return error;
}

Deno.test("the request carries path, host and our headers, and both sides can speak", async () => {
  await using server = startFrameServer();
  const headers = { Authorization: "AWS4 x", "x-amz-date": "now", Host: "no" };
  const { socket, next } = await connect(server.url, { headers });
  const agent = await server.accept();
  const [first, ...fields] = agent.head;
  assert.equal(first, "GET /v1/data-channel/s?role=a%2Bb HTTP/1.1");
  for (
    const field of [
      `Host: 127.0.0.1:${server.port}`,
      "Authorization: AWS4 x",
      "x-amz-date: now",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
    ]
  ) assert.ok(fields.includes(field), field);
  assert.ok(!fields.includes("Host: no"));
  assert.ok(!fields.some((field) => /extension|protocol:/i.test(field)));

  socket.send("token");
  socket.send(Uint8Array.of(1, 2, 3));
  socket.ping();
  const sent = [
    await agent.nextFrame(),
    await agent.nextFrame(),
    await agent.nextFrame(),
  ];
  assert.deepEqual(
    sent.map((frame) => [frame?.opcode, frame?.payload.toString("latin1")]),
    [
      [Opcode.text, "token"],
      [Opcode.binary, "\x01\x02\x03"],
      [Opcode.ping, "keepalive"],
    ],
  );
  assert.ok(sent.every((frame) => frame?.masked));
  await agent.write(serverFrame(Opcode.binary, "\x04"));
  assert.equal(await next(), "binary 04");
  socket.close();
  assert.equal(await agent.nextFrame(), undefined);
});

Deno.test("a ping is answered with its own payload, and is a sign of life", async () => {
  await using server = startFrameServer();
  const { socket, alive } = await connect(server.url);
  const agent = await server.accept();
  await agent.write(serverFrame(Opcode.ping, "are you there"));
  const pong = await agent.nextFrame();
  assert.equal(pong?.opcode, Opcode.pong);
  assert.equal(pong?.payload.toString(), "are you there");
  assert.equal(alive(), 1);
  await agent.write(serverFrame(Opcode.pong, ""));
  await agent.write(serverFrame(Opcode.ping, ""));
  await agent.nextFrame();
  assert.equal(alive(), 3);
  socket.close();
});

Deno.test("pongs do not pile up behind a connection that takes nothing", async () => {
  const ping = encodeFrame(Opcode.ping, new Uint8Array(125));
  const pings = new Uint8Array(ping.length * 100);
  let reads = 0;
  const { promise: allRead, resolve: stop } = Promise.withResolvers<null>();
  const socket = serveSocket({
    read(buffer) {
      if (reads++ === 200) {
        stop(null);
        return new Promise(() => {});
      }
      for (let at = 0; at < pings.length; at += ping.length) {
        pings.set(encodeFrame(Opcode.ping, new Uint8Array(125)), at);
      }
      buffer.set(pings);
      return Promise.resolve(pings.length);
    },
    write: () => new Promise(() => {}),
    close: () => {},
  }, {
    onText: () => {},
    onBinary: () => {},
    onAlive: () => {},
    onClose: (reason) => assert.fail(reason),
  });
  await allRead;
  const mebibyte = 1024 * 1024;
  assert(socket.waiting() > mebibyte - 1_000, String(socket.waiting()));
  assert(socket.waiting() < mebibyte + 1_000, String(socket.waiting()));
  socket.close();
});

for (
  const { asked, answered, failure } of [
    { asked: undefined, answered: "x.y", failure: /was not asked for/ },
    { asked: "a.b", answered: "x.y", failure: /does not choose a\.b/ },
    { asked: "a.b", answered: undefined, failure: /does not choose a\.b/ },
  ]
) {
  Deno.test(`asked for the protocol ${asked}, an answer with ${answered} is refused`, async () => {
    await using server = startFrameServer((key) =>
      answered === undefined ? upgradeAnswer(key) : upgradeAnswer(key).replace(
        /\r\n\r\n$/,
        `\r\nSec-WebSocket-Protocol: ${answered}\r\n\r\n`,
      )
    );
    const error = await failureOf(server.url, {
      headers: asked === undefined ? {} : { "Sec-WebSocket-Protocol": asked },
    });
    assert.match(error.message, failure);
  });
}

Deno.test("messages in parts are joined, with a ping between the parts", async () => {
  await using server = startFrameServer();
  const { socket, next } = await connect(server.url);
  const agent = await server.accept();
  await agent.write(Buffer.concat([
    serverFrame(Opcode.binary, "\x01", false),
    serverFrame(Opcode.ping, ""),
    serverFrame(Opcode.continuation, "\x02", false),
    serverFrame(Opcode.continuation, "\x03"),
    serverFrame(Opcode.text, "héllo"),
  ]));
  assert.equal(await next(), "binary 010203");
  assert.equal(await next(), "text héllo");
  socket.close();
});

Deno.test("frames that come byte by byte, or with the answer to the upgrade, are whole", async () => {
  const early = serverFrame(Opcode.binary, "\x01");
  await using server = startFrameServer((key) =>
    Buffer.concat([Buffer.from(upgradeAnswer(key)), early])
  );
  const { socket, next } = await connect(server.url);
  const agent = await server.accept();
  assert.equal(await next(), "binary 01");
  for (const byte of serverFrame(Opcode.binary, "\x02".repeat(40))) {
    await agent.write(Uint8Array.of(byte));
  }
  assert.equal(await next(), `binary ${"02".repeat(40)}`);
  await agent.write(serverFrame(Opcode.binary, Buffer.alloc(300_000)));
  assert.equal(await next(), "binary of 300000");
  socket.close();
});

Deno.test("payloads are whole when they come, in buffers that are used again", async () => {
  await using server = startFrameServer();
  const buffers = new Set<ArrayBufferLike>();
  let count = 0;
  let wrong = 0;
  const { promise: done, resolve: enough } = Promise.withResolvers<void>();
  const socket = await connectSocket(server.url, {
    ...listen().events,
    onBinary(bytes) {
      const expected = count++ % 251;
      if (bytes.length !== 700 || bytes.some((byte) => byte !== expected)) {
        wrong++;
      }
      buffers.add(bytes.buffer);
      if (count === 3000) enough();
    },
  }, { headers: {}, env: () => undefined, connectTimeoutMs: 5000 });
  const agent = await server.accept();
  for (let index = 0; index < 3000; index++) {
    await agent.write(
      serverFrame(Opcode.binary, new Uint8Array(700).fill(index % 251)),
    );
  }
  await done;
  assert.equal(wrong, 0);
  assert.equal(buffers.size, 1);
  socket.close();
});

Deno.test("a socket that is told to pause reads no more until told to go on", async () => {
  await using server = startFrameServer();
  const { socket, told, next } = await connect(server.url);
  const agent = await server.accept();
  await agent.write(serverFrame(Opcode.binary, "\x01"));
  assert.equal(await next(), "binary 01");
  socket.pause();
  // More than the kernel holds: the server's write can end only when it is read.
  let written = false;
  const writing = (async () => {
    for (let count = 0; count < 64; count++) {
      await agent.write(serverFrame(Opcode.binary, Buffer.alloc(1024 * 1024)));
    }
    written = true;
  })();
  // Sending goes on meanwhile.
  socket.send("x");
  await agent.nextFrame();
  assert.ok(told.length <= 1, "at most what was under way");
  assert.ok(!written);
  socket.resume();
  for (let count = 0; count < 64; count++) {
    assert.equal(await next(), "binary of 1048576");
  }
  await writing;
  socket.close();
});

for (
  const [name, bytes, reason] of [
    [
      "a close with a reason",
      serverFrame(Opcode.close, "\x03\xf0no"),
      /^close closed with code/,
    ],
    ["a close without one", serverFrame(Opcode.close, ""), /^close the other/],
    [
      "a masked frame",
      Uint8Array.of(0x82, 0x80, 0, 0, 0, 0),
      /^close a frame cannot be read: it is masked/,
    ],
    [
      "a part of nothing",
      serverFrame(Opcode.continuation, "x"),
      /^close a frame cannot be read/,
    ],
    [
      "a new message within another",
      Buffer.concat([
        serverFrame(Opcode.binary, "x", false),
        serverFrame(Opcode.binary, "x"),
      ]),
      /^close a frame cannot be read/,
    ],
    [
      "an absurd length",
      Uint8Array.of(0x82, 127, 0x7f, 0, 0, 0, 0, 0, 0, 0),
      /^close a frame cannot be read/,
    ],
  ] as const
) {
  Deno.test(`${name} ends the connection, said once`, async () => {
    await using server = startFrameServer();
    const { next, told, socket } = await connect(server.url);
    const agent = await server.accept();
    await agent.write(bytes);
    assert.match(await next(), reason);
    assert.equal(await agent.nextFrame(), undefined);
    socket.send("into the void");
    socket.close();
    assert.deepEqual(told, []);
  });
}

Deno.test("parts without an end do not fill the memory", async () => {
  await using server = startFrameServer();
  const { next } = await connect(server.url);
  const agent = await server.accept();
  const part = Buffer.alloc(1024 * 1024);
  const writing = (async () => {
    await agent.write(serverFrame(Opcode.binary, part, false));
    for (;;) {
      await agent.write(serverFrame(Opcode.continuation, part, false));
    }
  })().catch(() => {});
  assert.match(await next(), /^close a frame cannot be read/);
  await writing;
});

Deno.test("a message in a thousand parts is joined, one in more has no end", async () => {
  await using server = startFrameServer();
  const { socket, next } = await connect(server.url);
  const agent = await server.accept();
  const inParts = (count: number) =>
    Buffer.concat([
      serverFrame(Opcode.binary, "", false),
      ...Array.from(
        { length: count - 2 },
        () => serverFrame(Opcode.continuation, "", false),
      ),
      serverFrame(Opcode.continuation, "\x07"),
    ]);
  await agent.write(inParts(1000));
  assert.equal(await next(), "binary 07");
  await agent.write(inParts(1001));
  assert.equal(
    await next(),
    "close a frame cannot be read: its parts have no end",
  );
  socket.close();
});

Deno.test("what the other side does not read is kept up to 8 MiB, and flows again when it reads", async () => {
  await using server = startFrameServer();
  const { socket } = await connect(server.url);
  const agent = await server.accept();
  const kibibyte = new Uint8Array(1024);
  let most = 0;
  for (let count = 0; count < 64 * 1024; count++) {
    socket.send(kibibyte);
    most = Math.max(most, socket.waiting());
    // A write is under way now and then.
    if (count % 1024 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  assert.ok(most > 4 * 1024 * 1024 && most <= 8 * 1024 * 1024, `${most}`);
  while (socket.waiting() > 0) await agent.nextFrame();
  socket.send("at last");
  for (;;) {
    const frame = await agent.nextFrame();
    assert.ok(frame !== undefined);
    if (frame.opcode === Opcode.text) break;
  }
  socket.close();
});

Deno.test("pings that nobody reads the answers of fill nothing", async () => {
  await using server = startFrameServer();
  const { socket, alive } = await connect(server.url);
  const agent = await server.accept();
  const ping = serverFrame(Opcode.ping, "x".repeat(125));
  const pings = Buffer.concat(Array.from({ length: 1000 }, () => ping));
  for (let count = 0; count < 200; count++) await agent.write(pings);
  while (alive() < 200_000) await new Promise((resolve) => setTimeout(resolve));
  assert.ok(socket.waiting() <= 8 * 1024 * 1024);
  socket.close();
});

Deno.test("a connection that breaks is told once; one that we close is not", async () => {
  await using server = startFrameServer();
  const { next, told, socket } = await connect(server.url);
  (await server.accept()).close();
  assert.match(await next(), /^close /);
  socket.close();

  const second = await connect(server.url);
  const agent = await server.accept();
  second.socket.close();
  second.socket.close();
  assert.equal(await agent.nextFrame(), undefined);
  assert.deepEqual([...told, ...second.told], []);
});

Deno.test("a paused connection can be closed", async () => {
  await using server = startFrameServer();
  const { socket, told } = await connect(server.url);
  const agent = await server.accept();
  socket.pause();
  socket.close();
  assert.equal(await agent.nextFrame(), undefined);
  assert.deepEqual(told, []);
});

// --- refusals

for (
  const [name, answer, status, said] of [
    ["HTTP 403", () => "HTTP/1.1 403 Forbidden\r\n\r\n", 403, /HTTP 403/],
    ["HTTP 500", () => "HTTP/1.1 500 Oh\r\n\r\n", 500, /HTTP 500/],
    ["HTTP 200", () => "HTTP/1.1 200 OK\r\n\r\n", 200, /HTTP 200/],
    ["nonsense", () => "SSH-2.0-x\r\n\r\n", undefined, /nonsense/],
    [
      "an accept for another key",
      () => upgradeAnswer("other"),
      undefined,
      /not a WebSocket/,
    ],
    [
      "a head without an end",
      () => "x".repeat(70_000),
      undefined,
      /has no end/,
    ],
  ] as readonly (readonly [string, Answer, number | undefined, RegExp])[]
) {
  Deno.test(`${name} is a refusal${status ? ` with status ${status}` : ""}`, async () => {
    await using server = startFrameServer(answer);
    const failure = await failureOf(server.url);
    assert.equal(failure.status, status);
    assert.match(failure.message, said);
  });
}

Deno.test("a port where nobody listens is a failure with its reason", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const failure = await failureOf(`ws://127.0.0.1:${port}/`);
  assert.match(failure.message, /refused/i);
  assert.equal(failure.status, undefined);
});

Deno.test("a server that never answers is given up, and its connection closed", async () => {
  await using server = startFrameServer(() => undefined);
  const { port } = new URL(server.url);
  const proxy = { HTTPS_PROXY: `http://127.0.0.1:${port}` };
  for (
    const [url, env] of [
      [server.url, {}],
      [`wss://127.0.0.1:${port}/`, {}],
      ["wss://sandbox.test/", proxy],
    ] as readonly (readonly [string, Record<string, string>])[]
  ) {
    const failure = await failureOf(url, {
      connectTimeoutMs: 20,
      env: (name) => env[name],
    });
    assert.equal(
      failure.message,
      `no answer within 0.02 s${
        env === proxy
          ? ` through the proxy ${proxy.HTTPS_PROXY} (HTTPS_PROXY)`
          : ""
      }`,
    );
  }
});

for (
  const url of [
    "ws://example.com/",
    "ws://127.0.0.1.example.com/",
    "ws://10.0.0.1/",
    "http://127.0.0.1/",
    "nonsense",
    "",
  ]
) {
  Deno.test(`${url || "an empty address"} is refused before anything is dialled`, async () => {
    const failure = await failureOf(url);
    assert.match(failure.message, /its address is/);
    assert.ok(url === "" || !failure.message.includes(url));
  });
}

// --- TLS and the proxy

Deno.test("wss:// with a certificate of AWS_CA_BUNDLE, direct and through a proxy", async () => {
  await using server = startFrameServer();
  const front = startTlsFront(server.port);
  const proxy = await startConnectProxy({
    auth: "me:p@ss",
    hosts: { "ssmmessages.sandbox.test:443": `127.0.0.1:${front.port}` },
  });
  const proxyUrl = proxy.url.replace("me:p@ss", "me:p%40ss");
  const caCertificates = [await Deno.readTextFile(testCaFile)];
  for (
    const [url, env] of [
      [`wss://localhost:${front.port}/x`, {}],
      ["wss://ssmmessages.sandbox.test/x", { HTTPS_PROXY: proxyUrl }],
    ] as readonly (readonly [string, Record<string, string>])[]
  ) {
    const { socket, next } = await connect(url, {
      caCertificates,
      env: (name) => env[name],
    });
    const agent = await server.accept();
    socket.send("over TLS");
    assert.equal((await agent.nextFrame())?.payload.toString(), "over TLS");
    await agent.write(serverFrame(Opcode.binary, "\x01"));
    assert.equal(await next(), "binary 01");
    socket.close();
    await agent.nextFrame();
  }
  assert.deepEqual(proxy.connections(), ["ssmmessages.sandbox.test:443"]);
  await proxy.close();
  await front.close();
});

Deno.test("an unknown certificate is refused with the reason", async () => {
  await using server = startFrameServer();
  const front = startTlsFront(server.port);
  const failure = await failureOf(`wss://localhost:${front.port}/`);
  assert.match(failure.message, /certificate/i);
  await front.close();
});

Deno.test("a proxy that refuses, is not there, or speaks otherwise is named", async () => {
  const proxy = await startConnectProxy({ auth: "me:secret" });
  const closing = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => new Response("hello", { status: 200 }),
  );
  const { host } = new URL(proxy.url);
  const wrong = `127.0.0.1:${closing.addr.port}`;
  const named = (kind: string, host: string) =>
    `the proxy ${kind}://${
      host.replaceAll(/[[\]]/g, "\\$&")
    } \\(HTTPS_PROXY\\)`;
  for (
    const [value, said] of [
      [
        `http://${host}`,
        `${named("http", host)} refused .* HTTP 407, it requires a user`,
      ],
      [
        `http://me:wrong-secret@${host}`,
        `${
          named("http", host)
        } refused .* HTTP 407, it requires other credentials`,
      ],
      [
        `http://me:secret@${host}`,
        `${named("http", host)} refused .* HTTP 502`,
      ],
      [
        "http://127.0.0.1:1",
        `${named("http", "127.0.0.1:1")} cannot be reached`,
      ],
      ["http://[::1]:1", `${named("http", "[::1]:1")} cannot be reached`],
      ["socks5://[::1]:1", `${named("socks5", "[::1]:1")} cannot be reached`],
      [
        `socks5://${wrong}`,
        `${named("socks5", wrong)} refused .* not SOCKS5`,
      ],
      [
        `https://${wrong}`,
        `${named("https", wrong)} cannot be reached`,
      ],
      [`http://${wrong}`, `\\(through ${named("http", wrong)}\\)$`],
    ] as const
  ) {
    const failure = await failureOf("wss://127.0.0.1:1/", {
      env: (name) => name === "HTTPS_PROXY" ? value : undefined,
    });
    assert.match(failure.message, new RegExp(said));
    assert.equal(failure.status, undefined, "a proxy's answer is not AWS's");
    assert.doesNotMatch(failure.message, /secret/);
  }
  await proxy.close();
  await closing.shutdown();
});
