import { portholePath } from "./measure_start.ts";
import type { Figure, Measurement } from "./measures.ts";
import { openPluginPort } from "./open_plugin_session.ts";
import { type ProgramCall, startProgram } from "./run_program.ts";
import type { BenchSandbox } from "./start_bench_sandbox.ts";
import { tellTimes } from "./tell_times.ts";

/** A server that containers of the sandbox reach, and what its port is measured with. */
export interface ForwardBench extends Disposable {
  readonly measurements: readonly Measurement[];
}

const BYTES = 64 * 1024 * 1024;
const ROUND_TRIPS = 300;
/** What a client sends first: what it wants. */
const WANTS = { down: 1, up: 2, echo: 3 } as const;

/** Starts the server; `plugin` is the path of session-manager-plugin where there is one. */
export function openForwardBench(
  { env }: Pick<BenchSandbox, "env">,
  taskId: string,
  plugin: string | undefined,
): ForwardBench {
  const server = startServer();
  const porthole: ProgramCall = {
    command: portholePath,
    args: ["forward", "worker", `0:${server.port}`, "-o", "json"],
    env,
  };
  const plan = (
    program: string,
    open: () => Promise<ProgramCall>,
  ): Measurement => ({
    program,
    everyTurn: 10,
    run: async () => await measurePort(await open()),
  });
  return {
    measurements: [
      plan("porthole", () => Promise.resolve(porthole)),
      ...(plugin === undefined ? [] : [
        plan(
          "session-manager-plugin",
          () => openPluginPort(plugin, { env, taskId, port: server.port }),
        ),
      ]),
    ],
    [Symbol.dispose]: server.close,
  };
}

/** Runs a program that opens a port, and measures the port; both say its number first. */
async function measurePort(call: ProgramCall): Promise<Figure[]> {
  const child = startProgram(call, "piped");
  try {
    const port = await readPort(child.stdout);
    const down = await time(port, WANTS.down);
    const up = await time(port, WANTS.up);
    return [
      { measure: "forward_down", value: BYTES / 1e6 / down },
      { measure: "forward_up", value: BYTES / 1e6 / up },
      ...tellTimes("forward_echo", await timeEchoes(port)),
    ];
  } finally {
    child.kill("SIGINT");
    await child.status;
    await child.stdin.close().catch(() => {});
  }
}

/** The port in the first texts of a program, which is read on so that it is never held up. */
async function readPort(stream: ReadableStream<Uint8Array>): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  void (async () => {
    let text = "";
    for await (const part of stream.pipeThrough(new TextDecoderStream())) {
      text += part;
      const [, ours, theirs] =
        /"local":\s*(\d+)|^Port (\d+) opened/m.exec(text) ?? [];
      if (ours ?? theirs) resolve(Number(ours ?? theirs));
    }
    reject(new Error("Cannot measure a port: it was never opened"));
  })();
  return await promise;
}

/** Moves the bytes one way and returns the seconds from the first to the last; up, the server answers at its end. */
async function time(
  port: number,
  want: typeof WANTS.down | typeof WANTS.up,
): Promise<number> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await writeAll(connection, Uint8Array.of(want));
  const start = performance.now();
  if (want === WANTS.up) await sendBytes(connection);
  const expected = want === WANTS.down ? BYTES : 1;
  const count = await countBytes(connection, expected);
  if (count !== expected) {
    throw new Error("Cannot measure a port: bytes were lost");
  }
  return (performance.now() - start) / 1_000;
}

async function timeEchoes(port: number): Promise<number[]> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  connection.setNoDelay(true);
  await writeAll(connection, Uint8Array.of(WANTS.echo));
  const times: number[] = [];
  for (let at = 0; at < ROUND_TRIPS; at++) {
    const start = performance.now();
    await writeAll(connection, Uint8Array.of(at));
    if (await countBytes(connection, 1) !== 1) {
      throw new Error("Cannot measure a port: a byte did not come back");
    }
    times.push(performance.now() - start);
  }
  return times;
}

function startServer(): { readonly port: number; readonly close: () => void } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });

  async function serve(connection: Deno.TcpConn): Promise<void> {
    using client = connection;
    client.setNoDelay(true);
    const first = new Uint8Array(1);
    if (await client.read(first) === null) return;
    if (first[0] === WANTS.down) return await sendBytes(client);
    if (first[0] === WANTS.up) {
      await countBytes(client, BYTES);
      return await writeAll(client, first);
    }
    while (await client.read(first) !== null) await writeAll(client, first);
  }

  void (async () => {
    try {
      for await (const connection of listener) {
        // A client that goes away is no failure of the server.
        void serve(connection).catch(() => {});
      }
    } catch {
      // The listener was closed while it waited.
    }
  })();
  return { port: listener.addr.port, close: () => listener.close() };
}

async function sendBytes(connection: Deno.TcpConn): Promise<void> {
  const block = crypto.getRandomValues(new Uint8Array(65_536));
  for (let left = BYTES; left > 0; left -= block.length) {
    await writeAll(connection, block);
  }
}

/** Reads until so many have come, or the end. */
async function countBytes(
  connection: Deno.TcpConn,
  most: number,
): Promise<number> {
  const buffer = new Uint8Array(65_536);
  let count = 0;
  while (count < most) {
    const read = await connection.read(buffer);
    if (read === null) break;
    count += read;
  }
  return count;
}

async function writeAll(
  connection: Deno.TcpConn,
  bytes: Uint8Array,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await connection.write(bytes.subarray(at));
  }
}
