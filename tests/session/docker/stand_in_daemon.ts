import type { DockerClient } from "../../../src/docker/docker_client.ts";
import type { DockerSessionRequest } from "../../../src/session/docker/docker_session_request.ts";
import { openDockerSession } from "../../../src/session/docker/open_docker_session.ts";
import type { StreamSession } from "../../../src/session/session.ts";

/** What a stand-in daemon's stream brings: bytes; a failure of the connection; or nothing more until it is written to. */
export type Piece = Uint8Array | Error | "silence";

/** What becomes of one exec on a stand-in daemon. */
export interface ExecScript {
  readonly stream: (nonce: string) => readonly Piece[];
  /** What comes once a text that is written holds such a line. */
  readonly answers?: Readonly<Record<string, readonly Piece[]>>;
  readonly state: Readonly<Record<string, unknown>>;
}

/** One frame of a daemon's stream. */
export function frame(stream: number, text: string): Uint8Array {
  const body = new TextEncoder().encode(text);
  const bytes = new Uint8Array(8 + body.length);
  bytes[0] = stream;
  new DataView(bytes.buffer).setUint32(4, body.length);
  bytes.set(body, 8);
  return bytes;
}

/** A word of the supervisor's, in a frame. */
export const mark = (stream: number, nonce: string, word: string) =>
  frame(stream, `\x1e${nonce}:${word}\x1e`);
/** The supervisor's first words. */
export const started = (nonce: string) => [
  mark(1, nonce, "o"),
  mark(2, nonce, "o"),
];
/** Its last ones. */
export const ended = (nonce: string) => [
  mark(1, nonce, "z"),
  mark(2, nonce, "z"),
];
/** The state of an exec that has ended with 0. */
export const well = { Running: false, ExitCode: 0, Pid: 7 };

/** An exec's connection, as the daemon sees it. */
export interface StandInConnection {
  readonly written: string;
  readonly isWriteClosed: boolean;
  readonly isClosed: boolean;
}

/** A daemon that is no more than this object. */
export interface StandInDaemon {
  readonly client: DockerClient;
  /** The words of each exec. */
  readonly created: string[][];
  /** All calls but those that look, as `path body`. */
  readonly calls: readonly {
    readonly path: string;
    readonly body: Readonly<Record<string, unknown>>;
  }[];
  /** Of the execs, in the order they were started. */
  readonly connections: readonly StandInConnection[];
  readonly isClosed: () => boolean;
}

/** What a container is like, in the daemon's words; "gone" is an answer of 404. */
export type StandInState = Readonly<Record<string, unknown>> | "gone";

/** The container runs, and has not been restarted. */
export const running = {
  Running: true,
  Status: "running",
  StartedAt: "then",
};

/** Starts a daemon that runs the execs of a test one after the other, as written down. */
export function startStandIn(
  scripts: readonly ExecScript[],
  { provesEnd = false, container = () => running, resizes = () => 200 }: {
    readonly provesEnd?: boolean;
    /** Called whenever the container is looked at. */
    readonly container?: () => StandInState;
    /** The status of each resize. */
    readonly resizes?: () => number;
  } = {},
): StandInDaemon {
  const created: string[][] = [];
  const calls: {
    path: string;
    body: Readonly<Record<string, unknown>>;
  }[] = [];
  const connections: StandInConnection[] = [];
  let closed = false;
  const scriptOf = (path: string) => {
    const script = scripts[Number(/exec\/(\d+)/.exec(path)?.[1])];
    if (script === undefined) throw new Error(`no script for ${path}`);
    return script;
  };
  const client: DockerClient = {
    address: "tcp://stand-in:1",
    apiVersion: "1.41",
    provesEnd,
    call({ method, path, body }) {
      const answer = (status: number, value?: unknown) =>
        Promise.resolve({ status, value });
      if (method === "POST") {
        calls.push({ path, body: body as Readonly<Record<string, unknown>> });
      }
      if (path.includes("/resize")) return answer(resizes());
      if (path.endsWith("/exec")) {
        created.push((body as { readonly Cmd: string[] }).Cmd);
        return answer(201, { Id: String(created.length - 1) });
      }
      if (path.startsWith("/exec/")) return answer(200, scriptOf(path).state);
      const State = container();
      return State === "gone" ? answer(404) : answer(200, { Id: "c", State });
    },
    upgrade({ path, body }) {
      calls.push({ path, body: body as Readonly<Record<string, unknown>> });
      const nonce = /^[0-9a-f]{16}$/;
      const words = created.at(-1) ?? [];
      const script = scriptOf(path);
      const pieces: Piece[] = [
        ...script.stream(words.find((word) => nonce.test(word)) ?? ""),
      ];
      let more = Promise.withResolvers<void>();
      const state = { written: "", isWriteClosed: false, isClosed: false };
      connections.push(state);
      const wake = () => {
        more.resolve();
        more = Promise.withResolvers<void>();
      };
      return Promise.resolve({
        kind: "stream",
        connection: {
          async read() {
            while (pieces[0] === "silence") {
              if (state.isClosed) return null;
              if (pieces.length > 1) pieces.shift();
              else await more.promise;
            }
            const piece = pieces.shift();
            if (piece instanceof Error) throw piece;
            return piece === undefined || piece === "silence" ? null : piece;
          },
          write(bytes) {
            const text = new TextDecoder().decode(bytes);
            state.written += text;
            for (const line of text.split("\n")) {
              pieces.push(...script.answers?.[line] ?? []);
            }
            wake();
            return Promise.resolve();
          },
          closeWrite() {
            state.isWriteClosed = true;
            return Promise.resolve();
          },
          close() {
            state.isClosed = true;
            wake();
            return Promise.resolve();
          },
        },
      });
    },
    close() {
      closed = true;
      return Promise.resolve();
    },
  };
  return { client, created, calls, connections, isClosed: () => closed };
}

/** Waits that take no time. */
export function sleepShortly(_ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise<void>((resolve) => {
    if (signal?.aborted) return resolve();
    const timer = setTimeout(resolve, 0);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Opens a session of `ls` without stdin; time passes at once. */
export async function openOn(
  { client }: StandInDaemon,
  request: Partial<DockerSessionRequest> = {},
  tools: Partial<Parameters<typeof openDockerSession>[2]> = {},
): Promise<StreamSession> {
  return await openDockerSession(
    client,
    { containerId: "c", words: ["ls"], tty: false, stdin: false, ...request },
    {
      sleep: sleepShortly,
      onNotice: () => {},
      onStarted: () => {},
      ...tools,
    },
  );
}
