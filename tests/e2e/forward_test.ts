import assert from "node:assert/strict";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { type Porthole, type Running, testPorthole } from "./run_porthole.ts";
import { recordCalls } from "./record_calls.ts";
import { startCli } from "./start_cli.ts";
import { startTcpServer } from "./start_tcp_server.ts";
import { testOnce } from "./test_once.ts";

const sandbox = await startSandbox({ hosts: { "db.internal": "127.0.0.1" } });
Deno.test.afterAll(() => sandbox.close());
const { env } = sandbox;

interface Forwarding extends Running {
  /** The local ports, in order. */
  readonly ports: readonly number[];
  readonly described: {
    readonly task: string;
    readonly ports: readonly {
      readonly address: string;
      readonly container: string;
      readonly host: string | null;
      readonly port: number;
    }[];
  };
}

/** Starts `forward`, and resolves once the ports are open. */
async function startForward(
  porthole: Porthole,
  args: readonly string[],
): Promise<Forwarding> {
  const running = porthole.start(["forward", "-o", "json", ...args], { env });
  const line = await running.waitForLine();
  const described = JSON.parse(line);
  if (described.error !== undefined) throw new Error(line);
  return {
    ...running,
    described,
    ports: described.ports.map(({ local }: { local: number }) => local),
  };
}

testPorthole(
  "one port: curl gets 84 bytes, and Ctrl-C ends it",
  async (porthole) => {
    using server = startTcpServer(async (connection) => {
      await connection.readUntil("\r\n\r\n");
      await connection.write(
        `HTTP/1.1 200 OK\r\nContent-Length: 84\r\nConnection: close\r\n\r\n${
          "x".repeat(84)
        }`,
      );
    });
    const forward = await startForward(porthole, [
      "worker",
      `0:${server.port}`,
    ]);
    const curl = await new Deno.Command("curl", {
      args: ["-sS", `http://127.0.0.1:${forward.ports[0]}/`],
    }).output();
    assert.equal(new TextDecoder().decode(curl.stdout), "x".repeat(84));
    forward.kill("SIGINT");
    const { status, stderr } = await forward.result;
    assert.equal(status, 130, stderr);
    assert.match(
      stderr,
      /Forwarding 127\.0\.0\.1:\d+ to port \d+ of container "worker"\n$/,
    );
  },
);

/** Opens a connection, sends, ends its side if asked, and resolves with all that comes back. */
async function ask(
  port: number,
  request: string | Uint8Array,
  { halfClose = false } = {},
): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const bytes = typeof request === "string"
    ? new TextEncoder().encode(request)
    : request;
  for (let at = 0; at < bytes.length;) {
    at += await connection.write(bytes.subarray(at));
  }
  if (halfClose) await connection.closeWrite();
  return await new Response(readAll(connection)).text();
}

/** Until its end, however that comes. */
function readAll(connection: Deno.TcpConn): ReadableStream<Uint8Array> {
  const buffer = new Uint8Array(64 * 1024);
  return new ReadableStream({
    async pull(controller) {
      const count = await connection.read(buffer).catch(() => null);
      if (count === null) controller.close();
      else controller.enqueue(buffer.slice(0, count));
    },
  });
}

async function sha256(bytes: BufferSource | Blob): Promise<string> {
  const data = bytes instanceof Blob ? await bytes.arrayBuffer() : bytes;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", data)).toHex();
}

const isLong = Deno.env.get("PORTHOLE_TEST_LONG") === "1";
const BIG = (isLong ? 20 : 2) * 1024 * 1024;

testOnce(
  "bytes up and down, many connections, ping-pong, a server that ends first, half-close",
  async (porthole) => {
    const big = crypto.getRandomValues(new Uint8Array(65_536))
      .map((byte) => 0x30 + (byte & 0x3f));
    const file = new Uint8Array(BIG);
    for (let at = 0; at < BIG; at += big.length) file.set(big, at);
    using server = startTcpServer(async (connection) => {
      const kind = await connection.readUntil("\n");
      const word = kind.split("\n")[0]!;
      switch (word) {
        case "download":
          return await connection.write(file);
        case "upload": {
          let size = kind.length - word.length - 1;
          while (size < BIG) size += (await connection.read())!.length;
          return await connection.write(`${size}`);
        }
        case "half-close": {
          // Answers while the client has ended its side already.
          await connection.write("the answer");
          return;
        }
        case "ping": {
          for (let count = 0; count < 50; count++) {
            await connection.write(`${count}\n`);
            assert.equal(await connection.readUntil("\n"), `${count}\n`);
          }
          return;
        }
        default:
          return await connection.write(`you said ${word}`);
      }
    });
    const forward = await startForward(porthole, [
      "worker",
      `0:${server.port}`,
    ]);
    const port = forward.ports[0]!;
    {
      using connection = await Deno.connect({ hostname: "127.0.0.1", port });
      await connection.write(new TextEncoder().encode("download\n"));
      const got = await new Response(readAll(connection)).bytes();
      assert.equal(await sha256(got), await sha256(file));
    }
    const upload = new Blob(["upload\n", file]);
    assert.equal(await ask(port, await upload.bytes()), `${BIG}`);
    const many = await Promise.all(
      Array.from({ length: 50 }, (_, at) => ask(port, `number ${at}\n`)),
    );
    assert.deepEqual(
      many,
      Array.from({ length: 50 }, (_, at) => `you said number ${at}`),
    );
    assert.equal(
      await ask(port, "half-close\n", { halfClose: true }),
      "the answer",
    );
    {
      using connection = await Deno.connect({ hostname: "127.0.0.1", port });
      await connection.write(new TextEncoder().encode("ping\n"));
      const buffer = new Uint8Array(100);
      let rounds = 0;
      for (;; rounds++) {
        const count = await connection.read(buffer);
        if (count === null) break;
        await connection.write(buffer.subarray(0, count));
      }
      assert.equal(rounds, 50);
    }
    forward.kill("SIGTERM");
    const { status, stderr } = await forward.result;
    assert.equal(status, 143, stderr);
  },
);

testOnce(
  "ports through other hosts: refused and unknown ones are closed at once, and told",
  async (porthole) => {
    using server = startTcpServer((connection) =>
      connection.write("from the database")
    );
    using free = startTcpServer(async () => {});
    const closed = free.port;
    free[Symbol.dispose]();
    const forward = await startForward(porthole, [
      "web",
      "--pick",
      "first",
      `0:db.internal:${server.port}`,
      `0:localhost:${closed}`,
    ]);
    assert.deepEqual(
      forward.described.ports.map(({ container, host }) => [container, host]),
      [["web", "db.internal"], ["sidecar", "localhost"]],
    );
    assert.equal(await ask(forward.ports[0]!, ""), "from the database");
    assert.equal(await ask(forward.ports[1]!, "hello"), "");
    // The session goes on.
    assert.equal(await ask(forward.ports[0]!, ""), "from the database");
    forward.kill("SIGINT");
    const { stderr } = await forward.result;
    assert.match(
      stderr,
      new RegExp(
        `\\[warn\\] web/default Cannot connect to localhost:${closed} from container "sidecar": nothing there accepts connections`,
      ),
    );
    const unknown = await porthole.run([
      "forward",
      "worker",
      "0:no.such.name:5432",
      "--",
      "bash",
      "-c",
      'cat <"/dev/tcp/127.0.0.1/$PORTHOLE_PORT"',
    ], { env });
    assert.equal(unknown.status, 0);
    assert.match(
      unknown.stderr,
      /Cannot connect to no\.such\.name:5432 .*the name was not found/,
    );
  },
);

testOnce(
  "too many ports, forbidden hosts, ports in use and denied calls start nothing",
  async (porthole) => {
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const calls = recordCalls(sandbox);
    for (
      const [args, message] of [
        [
          ["worker", "0:80", "0:81"],
          /Cannot forward 2 ports through task \w+: .*and it has 1/,
        ],
        [
          ["worker", `${taken.addr.port}:80`],
          /Cannot listen on port \d+ of "127\.0\.0\.1": another program uses it/,
        ],
        [
          ["fargate-old", "0:80"],
          /cannot exec into Fargate task without ECS Exec enabled/i,
        ],
        [
          ["worker", "0:80", "--rack", "none", "--address", "203.0.113.1"],
          /Cannot listen on port 0 of "203\.0\.113\.1"/,
        ],
        [["nope", "0:80"], /Cannot find service "nope"/],
      ] as const
    ) {
      const { status, stderr, text } = await porthole.run(
        ["forward", ...args],
        { env },
      );
      assert.equal(status, 125, stderr);
      assert.match(stderr, message);
      assert.equal(text, "");
    }
    assert(!calls.names().includes("StartSession"));
    const forbidden = await porthole.run([
      "forward",
      "worker",
      "0:169.254.169.254:80",
      "--",
      "sleep",
      "1",
    ], { env });
    assert.match(
      forbidden.stderr,
      /Forwarding to IP address 169\.254\.169\.254 is forbidden/,
    );
  },
);

testOnce(
  "a command has the ports, its own status, and ends them",
  async (porthole) => {
    using server = startTcpServer((connection) => connection.write("hello"));
    const run = (command: readonly string[]) =>
      porthole.run([
        "forward",
        "-q",
        "web",
        "--pick",
        "first",
        `0:${server.port}`,
        `0:localhost:${server.port}`,
        "--",
        ...command,
      ], { env });
    const talk = await run([
      "bash",
      "-c",
      'printf "%s %s %s " "$1" "$PORTHOLE_PORT" "$PORTHOLE_PORT_2"; cat <"/dev/tcp/127.0.0.1/$2"; exit 7',
      "bash",
      "{port}/{port_1}",
      "{port_2}",
    ]);
    assert.equal(talk.status, 7, talk.stderr);
    assert.match(talk.text, /^(\d+)\/\1 \1 \d+ hello$/);
    assert.equal((await run(["sh", "-c", "kill -9 $$"])).status, 137);
    const missing = await run(["no-such-program"]);
    assert.equal(missing.status, 127);
    assert.match(
      missing.stderr,
      /Cannot run "no-such-program": this machine has no such program/,
    );
    assert.equal((await run(["/etc/passwd"])).status, 126);
    const running = porthole.start([
      "forward",
      "-q",
      "worker",
      `0:${server.port}`,
      "--",
      "sh",
      "-c",
      "trap 'echo term; exit 3' TERM; echo ready; while :; do sleep 0.1; done",
    ], { env });
    await running.waitFor("ready");
    running.kill("SIGINT");
    running.kill("SIGTERM");
    const ended = await running.result;
    assert.deepEqual([ended.status, ended.text], [3, "ready\nterm\n"]);
  },
);

testOnce(
  "a task that stops ends it with 125; with --follow another one takes its place",
  async () => {
    using server = startTcpServer((connection) => connection.write("hello"));
    const own = await startSandbox();
    try {
      const done = `${own.directory}/done`;
      const start = (args: readonly string[]) =>
        startCli(own, [
          "forward",
          ...args,
          "--",
          "sh",
          "-c",
          'echo "$1" >"$2.port"; while [ ! -e "$2" ]; do sleep 0.05; done',
          "sh",
          "{port}",
          done,
        ]);
      const portOf = async () => {
        for (;;) {
          const text = await Deno.readTextFile(`${done}.port`).catch(() => "");
          if (text.endsWith("\n")) return Number(text);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      };
      const following = start([
        "web",
        "--pick",
        "first",
        `0:${server.port}`,
        "--follow",
      ]);
      const port = await portOf();
      assert.equal(await ask(port, ""), "hello");
      const [first] = own.sessions();
      own.stopTask(first!.taskId, "Scaling activity");
      (await following.waitForNap(10_000)).wake();
      // What connects before the end is seen goes to the task that has stopped.
      while (await ask(port, "") !== "hello") {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const [, second] = own.sessions();
      assert.notEqual(second!.taskId, first!.taskId);
      await Deno.writeTextFile(done, "");
      assert.equal(await following.status, 0);
      assert.match(
        following.stderr(),
        /\[warn\] .*task \w+ is STOPPED \(Scaling activity\); looking for another task\n.*\n?.*The ports are open again/,
      );
      assert.equal(own.sessions().at(-1)!.state, "closed");

      await Deno.remove(done);
      await Deno.remove(`${done}.port`);
      const alone = start(["web", "--pick", "first", `0:${server.port}`]);
      await portOf();
      own.stopTask(second!.taskId);
      (await alone.waitForNap(10_000)).wake();
      while (!alone.stderr().includes("goes on")) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await Deno.writeTextFile(done, "");
      assert.equal(await alone.status, 125);
      assert.match(
        alone.stderr(),
        /\[warn\] .*task \w+ is STOPPED .*; the command goes on without its ports\n$/,
      );
    } finally {
      await own.close();
    }
  },
);

testOnce(
  "without a TARGET the configuration's service is meant; where there is none, the hint is of the verb",
  async (porthole) => {
    const [forwarded, ...refused] = await Promise.all([
      porthole.run(
        ["forward", ":80", "--", "sh", "-c", "echo $PORTHOLE_PORT"],
        {
          env: { ...env, PORTHOLE_SERVICE: "worker" },
        },
      ),
      porthole.run(["forward", "0:80"], { env }),
      porthole.run(["cp", ":etc/hostname", "."], { env }),
    ]);
    assert.equal(forwarded!.status, 0, forwarded!.stderr);
    assert.match(forwarded!.text, /^\d+\n$/);
    assert.deepEqual(
      refused.map(({ status, stderr }) => [
        status,
        /^hint: name one: (.*)$/m.exec(stderr)?.[1],
      ]),
      [
        [125, "porthole forward SERVICE 8080:80"],
        [125, "porthole cp SERVICE:PATH DST"],
      ],
    );
  },
);
