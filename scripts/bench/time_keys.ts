import { Buffer } from "node:buffer";
import { startPty } from "../../tests/sandbox/start_pty.ts";
import { LIMIT_MS } from "./spawn_limited.ts";

/** How long keys took to come back, in milliseconds. */
export interface EchoTimes {
  /** From the key to its echo. */
  readonly whole: readonly number[];
  /** The part of it between the terminal and the connection, both ways; empty without porthole. */
  readonly own: readonly number[];
  /** What was read once the session had settled. */
  readonly memory: number | undefined;
}

/** What is typed where. */
export interface EchoBench {
  /** A command in whose terminal a program's own follows; empty types to that program itself. */
  readonly around: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly keys: number;
  /** Asked before the first key, with the process's id. */
  readonly readMemory?: (pid: number) => number | undefined;
  /** How long all of it may take. */
  readonly limitMs?: number;
}

/** Keys come as from a fast typist's repeating key, once the session has settled. */
const EVERY_MS = 10;
const SETTLED_MS = 1_000;

/** The program says `ready`, which is no part of its words: whoever passes them on may log them. */
const PROGRAM = ["sh", "-c", "printf 'rea%s\\n' dy; exec cat"];

const decoder = new TextDecoder();

/** Types keys, one after the other, to a program that leaves the echo to its terminal. */
export async function timeKeys(
  { around, env, keys, readMemory, limitMs = LIMIT_MS }: EchoBench,
): Promise<EchoTimes> {
  await using relay = openRelay(env["AWS_ENDPOINT_URL"] ?? "");
  const [file = "", ...args] = [...around, ...PROGRAM];
  const pty = startPty({
    file,
    args,
    env: { ...env, AWS_ENDPOINT_URL: relay.url },
    cwd: "/",
    cols: 80,
    rows: 24,
  });
  let late = false;
  const limit = setTimeout(() => {
    late = true;
    // What reads the terminal finds its end then.
    pty.kill("SIGKILL");
    void pty.close();
  }, limitMs);
  const readNow = () => {
    const bytes = pty.readNow(1024);
    if (bytes !== undefined) return bytes;
    throw new Error(
      `Cannot time keys: ${
        late ? `it did not finish within ${limitMs / 1000} s` : "it ended"
      }`,
    );
  };
  async function waitFor(text: string): Promise<void> {
    for (let seen = ""; !seen.includes(text);) {
      const bytes = readNow();
      if (bytes.length === 0) await pty.waitReadable();
      seen += decoder.decode(bytes);
    }
  }
  /** What was printed before a key is no echo of it. */
  function dropPrinted(): void {
    while (readNow().length > 0);
  }
  try {
    await waitFor("ready");
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
    const memory = readMemory?.(pty.pid);
    const whole: number[] = [];
    const own: number[] = [];
    for (let key = 0; key < keys; key++) {
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
      dropPrinted();
      relay.forget();
      const start = performance.now();
      pty.writeNow(Buffer.from("x"));
      await waitFor("x");
      const end = performance.now();
      whole.push(end - start);
      const { sent, answered } = relay.times();
      if (sent !== undefined && answered !== undefined) {
        own.push(sent - start + end - answered);
      }
    }
    return { whole, own, memory };
  } finally {
    clearTimeout(limit);
    pty.kill("SIGKILL");
    await pty.close();
  }
}

interface Relay extends AsyncDisposable {
  readonly url: string;
  forget(): void;
  /** When something was first sent since it forgot, and when output first came back. */
  times(): { readonly sent?: number; readonly answered?: number };
}

/** Passes bytes between porthole and the sandbox, and takes the time of what passes. */
function openRelay(endpoint: string): Relay {
  const target = new URL(endpoint);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${listener.addr.port}`;
  const open = new Set<Deno.Conn>();
  let sent: number | undefined;
  let answered: number | undefined;

  async function copy(
    from: Deno.Conn,
    to: Deno.Conn,
    look: (bytes: Buffer) => Uint8Array,
  ): Promise<void> {
    const buffer = Buffer.alloc(65_536);
    try {
      for (;;) {
        const length = await from.read(buffer);
        if (length === null) break;
        const bytes = look(buffer.subarray(0, length));
        for (let at = 0; at < bytes.length;) {
          at += await to.write(bytes.subarray(at));
        }
      }
      await to.closeWrite();
    } catch {
      // One side has gone: so does the other.
    }
  }

  async function serve(client: Deno.TcpConn): Promise<void> {
    const server = await Deno.connect({
      hostname: target.hostname,
      port: Number(target.port),
    });
    for (const one of [client, server]) {
      one.setNoDelay();
      open.add(one);
    }
    await Promise.all([
      copy(client, server, (bytes) => {
        sent ??= performance.now();
        return bytes;
      }),
      copy(server, client, (bytes) => {
        if (bytes.includes("output_stream_data")) {
          answered ??= performance.now();
        }
        // The stream URL leads through here too; loopback ports have five digits.
        return bytes.includes(target.host)
          ? Buffer.from(
            bytes.toString("latin1").replaceAll(target.host, address),
            "latin1",
          )
          : bytes;
      }),
    ]);
    for (const one of [client, server]) close(one);
  }

  function close(one: Deno.Conn): void {
    if (open.delete(one)) one.close();
  }

  const serving = (async () => {
    try {
      for await (const client of listener) serve(client);
    } catch {
      // Closed.
    }
  })();
  return {
    url: `http://${address}`,
    forget: () => sent = answered = undefined,
    times: () => ({
      ...(sent === undefined ? {} : { sent }),
      ...(answered === undefined ? {} : { answered }),
    }),
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const one of open) close(one);
      await serving;
    },
  };
}
