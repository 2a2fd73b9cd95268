import assert from "node:assert/strict";
import type { Deps, SpawnOptions } from "../../src/deps.ts";
import { openSshConnection } from "../../src/docker/open_ssh_connection.ts";
import { unread, wrapConnection } from "../../src/docker/docker_connection.ts";

const ADDRESS = {
  kind: "ssh",
  user: "ec2-user",
  host: "10.0.0.7",
  port: 2222,
} as const;

/** An ssh that brings `said` and ends so; a stubborn one heeds no TERM. */
function open(
  { said = "", complaint = "", code = 0, end, stubborn = false, runs = false }:
    {
      readonly said?: string;
      readonly complaint?: string;
      readonly code?: number;
      readonly end?: Parameters<typeof openSshConnection>[2];
      readonly stubborn?: boolean;
      /** It goes on until it is killed. */
      readonly runs?: boolean;
    },
) {
  const exit = Promise.withResolvers<{ code: number; signal: string | null }>();
  const started: SpawnOptions[] = [];
  const killed: string[] = [];
  const encode = (text: string) => new TextEncoder().encode(text);
  if (!runs) exit.resolve({ code, signal: null });
  const deps = {
    spawn(options: SpawnOptions) {
      started.push(options);
      return {
        stdin: new WritableStream(),
        stdout: runs
          ? new ReadableStream()
          : ReadableStream.from(said === "" ? [] : [encode(said)]),
        stderr: ReadableStream.from([encode(complaint)]),
        exit: exit.promise,
        kill(signal: string) {
          killed.push(signal);
          if (signal === "SIGKILL" || !stubborn) {
            exit.resolve({ code: 255, signal });
          }
        },
      };
    },
    sleep: (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1);
        signal?.addEventListener("abort", () => {
          clearTimeout(timer);
          resolve();
        });
      }),
  } as unknown as Pick<Deps, "spawn" | "sleep">;
  const connection = openSshConnection(ADDRESS, deps, end);
  return { connection, started, killed };
}

Deno.test("ssh is the user's own, in a session of its own, and its host is never an option", () => {
  const { started } = open({ runs: true });
  assert.deepEqual(started, [{
    command: "ssh",
    args: [
      "-T",
      "-o",
      "ConnectTimeout=15",
      "-l",
      "ec2-user",
      "-p",
      "2222",
      "--",
      "10.0.0.7",
      "docker",
      "system",
      "dial-stdio",
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    detached: true,
  }]);
  const { started: [port] } = open({
    runs: true,
    end: { kind: "port", host: "fd00::7", port: 80 },
  });
  assert.deepEqual(port?.args.slice(-4), [
    "-W",
    "[fd00::7]:80",
    "--",
    "10.0.0.7",
  ]);
});

Deno.test("an ssh that ends in order ends the stream, and one that fails has lost some of it", async () => {
  const whole = open({ said: "HTTP" });
  assert.equal(
    new TextDecoder().decode(await whole.connection.read() ?? undefined),
    "HTTP",
  );
  assert.equal(await whole.connection.read(), null);

  const cut = open({
    said: "HTTP",
    code: 255,
    complaint: "one\ntwo\n\nthree\nTimeout, server not responding.\n",
  });
  await cut.connection.read();
  await assert.rejects(cut.connection.read(), {
    message:
      'ssh ended with status 255: "two; three; Timeout, server not responding."',
  });
});

Deno.test("an ssh that never reached the daemon says whose fault that is", async () => {
  const rows = [
    [
      255,
      "Permission denied",
      /: ssh said "Permission denied"$/,
      / true" must/,
    ],
    [
      1,
      "docker: not found",
      /dial-stdio" there said "docker/,
      / version" must/,
    ],
    [255, "", /: ssh exited with status 255$/, /ssh -p 2222 ec2-user@/],
  ] as const;
  for (const [code, complaint, message, hint] of rows) {
    await assert.rejects(open({ code, complaint }).connection.read(), {
      code: "docker_unreachable",
      message,
      hint,
    });
  }
  // A port may have nothing to say.
  const end = { kind: "port", host: "h", port: 1 } as const;
  assert.equal(await open({ end }).connection.read(), null);
  await assert.rejects(open({ end, code: 255 }).connection.read());
});

Deno.test("a connection that is closed ends its ssh, whatever that heeds, and once", async () => {
  for (const stubborn of [false, true]) {
    const { connection, killed } = open({ runs: true, stubborn });
    const reading = connection.read();
    await Promise.all([connection.close(), connection.close()]);
    assert.equal(await reading, null);
    assert.deepEqual(killed, stubborn ? ["SIGTERM", "SIGKILL"] : ["SIGTERM"]);
  }
});

Deno.test("a connection of Deno's is written whole, and what was read stays", async () => {
  const written: number[] = [];
  const sizes = [3, 20_000, 3];
  let fill = 0;
  const connection = wrapConnection({
    read(buffer) {
      const size = sizes.shift();
      if (size === undefined) return Promise.resolve(null);
      buffer.fill(++fill, 0, size);
      return Promise.resolve(size);
    },
    write(bytes) {
      written.push(bytes[0]!);
      return Promise.resolve(1);
    },
    close() {
      throw new Deno.errors.BadResource("closed");
    },
  });
  const chunks = [
    await connection.read(),
    await connection.read(),
    await connection.read(),
  ];
  assert.deepEqual(chunks.map((chunk) => [chunk?.length, chunk?.[0]]), [
    [3, 1],
    [20_000, 2],
    [3, 3],
  ]);
  assert.equal(await connection.read(), null);
  await connection.write(Uint8Array.of(1, 2, 3));
  assert.deepEqual(written, [1, 2, 3]);
  await connection.closeWrite();
  await connection.close();

  const early = unread(connection, Uint8Array.of(9));
  assert.deepEqual(await early.read(), Uint8Array.of(9));
  assert.equal(await early.read(), null);
});
