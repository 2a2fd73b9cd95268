import { connect, createServer, type Socket } from "node:net";

/** A TCP relay on loopback to an engine's socket that can break what goes through it. */
export interface CutRelay {
  readonly port: number;
  /**
   * Ends all that is open in order, as a relay does that goes away, or what carries one of the streams: `exec` the
   * command's, `watchdog` the other one.
   */
  cut(which?: "all" | "exec" | "watchdog"): void;
  /** Lets nothing of what the engine says through any more; it waits in the relay and in the sockets. */
  hold(): void;
  stop(): Promise<void>;
}

interface Line {
  readonly client: Socket;
  readonly engine: Socket;
  readonly name: () => "exec" | "watchdog" | "call";
}

/** Starts a relay; the first stream that is upgraded through it is the watchdog's where there are two. */
export async function startCutRelay(socket: string): Promise<CutRelay> {
  const lines = new Set<Line>();
  const upgraded: Line[] = [];
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const engine = connect({ path: socket, allowHalfOpen: true });
    const line: Line = {
      client,
      engine,
      name: () =>
        !upgraded.includes(line)
          ? "call"
          : line === upgraded.at(-1)
          ? "exec"
          : "watchdog",
    };
    lines.add(line);
    client.on("data", (bytes) => {
      if (/^POST \S+\/start HTTP/.test(bytes.toString("latin1"))) {
        upgraded.push(line);
      }
    });
    client.pipe(engine);
    engine.pipe(client);
    for (const one of [client, engine]) one.on("error", () => {});
    engine.on("close", () => lines.delete(line));
  });
  await new Promise<void>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve())
  );
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new Error("Cannot listen");
  }
  return {
    port: address.port,
    cut(which = "all") {
      for (const line of lines) {
        if (which !== "all" && line.name() !== which) continue;
        const { client, engine } = line;
        engine.unpipe(client);
        client.unpipe(engine);
        client.end();
        client.resume();
        engine.destroy();
      }
    },
    hold() {
      for (const { engine, client } of lines) {
        engine.unpipe(client);
        engine.pause();
      }
    },
    async stop() {
      for (const { client, engine } of lines) {
        client.destroy();
        engine.destroy();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
