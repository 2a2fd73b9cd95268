import assert from "node:assert/strict";
import type { DockerConnection } from "../../src/docker/docker_connection.ts";
import {
  type DockerClient,
  openDockerClient,
} from "../../src/docker/docker_client.ts";
import { createRealDeps } from "../../src/real_deps.ts";

/** A request as a daemon sees it. */
interface Seen {
  /** Which connection it came on, from 0. */
  readonly connection: number;
  readonly head: string;
  readonly body: string;
}

const PONG = answerWith("OK", "Api-Version: 1.41");

/** An answer in plain text. */
function answerWith(body: string, ...headers: readonly string[]): string {
  return [
    "HTTP/1.1 200 OK",
    `Content-Length: ${new TextEncoder().encode(body).length}`,
    ...headers,
    "",
    body,
  ].join("\r\n");
}

/** A daemon on loopback that answers each request so; undefined hangs up. */
function startDaemon(answer: (seen: Seen) => string | undefined) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const requests: Seen[] = [];
  const closed: number[] = [];
  const open = new Set<Deno.TcpConn>();
  const serve = async (connection: Deno.TcpConn, number: number) => {
    const chunk = new Uint8Array(65_536);
    let text = "";
    try {
      for (;;) {
        const count = await connection.read(chunk);
        if (count === null) break;
        text += new TextDecoder().decode(chunk.subarray(0, count));
        const [head = "", body = ""] = text.split("\r\n\r\n");
        const length = Number(/^Content-Length: (\d+)$/m.exec(head)?.[1] ?? 0);
        if (new TextEncoder().encode(body).length < length) continue;
        text = "";
        const seen = { connection: number, head, body };
        requests.push(seen);
        const said = answer(seen);
        if (said === undefined) break;
        await connection.write(new TextEncoder().encode(said));
      }
    } catch {
      // The client has gone.
    }
    closed.push(number);
    if (open.delete(connection)) connection.close();
  };
  const serving = (async () => {
    const all: Promise<void>[] = [];
    for await (const connection of listener) {
      open.add(connection);
      all.push(serve(connection, all.length));
    }
    await Promise.all(all);
  })();
  return {
    requests,
    closed,
    port: listener.addr.port,
    async [Symbol.asyncDispose]() {
      listener.close();
      // A client that has left one open must fail its test, and not hold it.
      for (const connection of open) connection.close();
      open.clear();
      await serving;
    },
  };
}

type Daemon = ReturnType<typeof startDaemon>;

async function open(
  { port }: Daemon,
  now: () => number = () => 0,
): Promise<DockerClient> {
  return await openDockerClient({
    address: { kind: "tcp", host: "127.0.0.1", port },
    tls: undefined,
  }, { ...createRealDeps(), now: () => new Date(now()) });
}

const look = { method: "GET", path: "/look" } as const;

/** The connections that requests other than the first came on. */
const places = ({ requests }: Daemon) =>
  requests.slice(1).map(({ connection }) => connection);

async function readAll(connection: DockerConnection): Promise<string> {
  let text = "";
  for (;;) {
    const bytes = await connection.read();
    if (bytes === null) return text;
    text += new TextDecoder().decode(bytes);
  }
}

Deno.test("a request is in the daemon's version, with its length in bytes", async () => {
  await using daemon = startDaemon(() => PONG);
  const client = await open(daemon);
  await client.call({ method: "POST", path: "/say", body: { text: "hé😀" } });
  await client.close();
  const [ping, said] = daemon.requests;
  assert.match(ping?.head ?? "", /^GET \/_ping HTTP\/1\.1\r\n/);
  assert.match(said?.head ?? "", /^POST \/v1\.41\/say HTTP\/1\.1\r\n/);
  assert.match(said?.head ?? "", /^Content-Length: 18\r?$/m);
  assert.equal(said?.body, '{"text":"hé😀"}');
  assert.doesNotMatch(said?.head ?? "", /Upgrade/);
});

Deno.test("a connection is used again, unless the daemon is about to close it or it was idle for long", async () => {
  let now = 0;
  await using daemon = startDaemon(({ head }) =>
    head.includes("/last") ? answerWith("", "Connection: close") : PONG
  );
  const client = await open(daemon, () => now);
  await client.call(look);
  now += 30_000;
  await client.call(look);
  await client.call({ ...look, path: "/last" });
  await client.call(look);
  now += 30_001;
  await client.call(look);
  await client.close();
  assert.deepEqual(places(daemon), [0, 0, 0, 1, 2]);
});

Deno.test("what an idle connection has lost is asked again, but for what starts a command", async () => {
  let answers = true;
  await using daemon = startDaemon(() => answers ? PONG : undefined);
  const client = await open(daemon);
  answers = false;
  // Neither is there an answer on the new connection, and then it is enough.
  await assert.rejects(client.call(look), {
    code: "docker_unreachable",
    message: /it closed the connection without an answer$/,
  });
  assert.deepEqual(places(daemon), [0, 1]);

  answers = true;
  await client.call(look);
  answers = false;
  await assert.rejects(
    client.upgrade({ method: "POST", path: "/start", body: {} }),
    { code: "docker_unreachable" },
  );
  await client.close();
  assert.deepEqual(places(daemon), [0, 1, 2, 2]);
});

Deno.test("an upgrade hands the connection over, with what came behind the answer", async () => {
  const answers = [
    "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\n\r\nfirst",
    // Of a daemon that ignores the wish to upgrade.
    "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\nfirst",
  ];
  for (const said of answers) {
    await using daemon = startDaemon(({ head, body }) => {
      if (head.includes("_ping")) return PONG;
      return body === "" ? undefined : said;
    });
    const client = await open(daemon);
    const started = await client.upgrade({
      method: "POST",
      path: "/start",
      body: { Tty: true },
    });
    assert(started.kind === "stream");
    const { connection } = started;
    const [, asked] = daemon.requests;
    assert.match(asked?.head ?? "", /^Connection: Upgrade\r\nUpgrade: tcp$/m);
    await connection.write(new TextEncoder().encode("typed"));
    await connection.closeWrite();
    assert.equal(await readAll(connection), "first");
    await client.close();
    await connection.close();
  }
});

Deno.test("a daemon that starts nothing has its answer told, and its connection kept", async () => {
  await using daemon = startDaemon(({ head }) =>
    head.includes("_ping") ? PONG : answerWith(
      '{"message":"no"}',
      "Content-Type: application/json",
    ).replace("200 OK", "409 Conflict")
  );
  const client = await open(daemon);
  const { kind, ...rest } = await client.upgrade({
    method: "POST",
    path: "/start",
    body: {},
  });
  assert.equal(kind, "refused");
  assert.equal((rest as { answer: { status: number } }).answer.status, 409);
  await client.call(look);
  assert.deepEqual(places(daemon), [0, 0]);
  await client.close();
});

Deno.test("a client that is closed leaves no connection open, not even one that is in use", async () => {
  await using daemon = startDaemon(() => PONG);
  const client = await open(daemon);
  const asked = client.call(look);
  await client.close();
  await asked;
  for (let turns = 0; daemon.closed.length < 1; turns++) {
    assert(turns < 5_000, "its connection is still open");
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
});

Deno.test("the oldest version is good, and one before it is not", async () => {
  for (const [version, isGood] of [["1.35", true], ["1.34", false]] as const) {
    await using daemon = startDaemon(() =>
      answerWith("OK", `Api-Version: ${version}`)
    );
    const opened = open(daemon);
    if (isGood) {
      const client = await opened;
      assert.equal(client.apiVersion, version);
      // A plain connection may end in the middle, as if the daemon had ended it.
      assert.equal(client.provesEnd, false);
      await client.close();
    } else await assert.rejects(opened, { code: "docker_refused" });
  }
});
