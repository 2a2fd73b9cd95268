import { Buffer } from "node:buffer";
import { createAwsAccess } from "../../src/access/aws/create_aws_access.ts";
import { createAws } from "../../src/aws/create_aws.ts";
import { openBuiltinClient } from "../../src/exec/open_client.ts";
import type { Log } from "../../src/log.ts";
import { createRealDeps } from "../../src/real_deps.ts";
import type { SessionEnd, StreamSession } from "../../src/session/session.ts";
import {
  createSessionKeys,
  wrapCommand,
} from "../../src/session/wrap_command.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";

/** What to run, in the service `worker` of a sandbox. */
export interface InProcessCommand {
  readonly words: readonly string[];
  readonly binary?: boolean;
  /** Absent: the command gets no input of ours. */
  readonly input?: Uint8Array | undefined;
  /** The waits between two tries take no time. */
  readonly impatient?: boolean;
}

/** A session over the built-in client, opened as `exec` does, without the program around it. */
export interface InProcessRun {
  readonly session: StreamSession;
  /** What the user was told so far. */
  readonly notices: readonly string[];
  /** The waits between two tries so far, in milliseconds. */
  readonly waits: readonly number[];
  /** All of the output, once it has ended. */
  readonly output: Promise<Buffer>;
  /** `never` when there is no end within a minute. */
  readonly end: Promise<SessionEnd | "never">;
}

const LONGEST_MS = 60_000;

let opening: Promise<unknown> = Promise.resolve();

/** Starts a command. Hundreds of them take seconds here, and minutes as processes. */
export function startInProcess(
  sandbox: Sandbox,
  command: InProcessCommand,
): Promise<InProcessRun> {
  // One after the other: the SDK takes its endpoint from this process's environment.
  const opened = opening.then(() =>
    withEndpoint(sandbox, () => open(sandbox, command))
  );
  opening = opened.catch(() => {});
  return opened;
}

async function withEndpoint<T>(
  sandbox: Sandbox,
  body: () => Promise<T>,
): Promise<T> {
  const before = Deno.env.get("AWS_ENDPOINT_URL");
  Deno.env.set("AWS_ENDPOINT_URL", sandbox.url);
  try {
    return await body();
  } finally {
    if (before === undefined) Deno.env.delete("AWS_ENDPOINT_URL");
    else Deno.env.set("AWS_ENDPOINT_URL", before);
  }
}

async function open(
  sandbox: Sandbox,
  { words, binary = false, input, impatient = false }: InProcessCommand,
): Promise<InProcessRun> {
  const notices: string[] = [];
  const waits: number[] = [];
  const real = createRealDeps();
  const deps = {
    ...real,
    env: (name: string) => sandbox.env[name],
    terminalSize: () => undefined,
    sleep(ms: number, signal?: AbortSignal) {
      waits.push(ms);
      return real.sleep(impatient ? 0 : ms, signal);
    },
  };
  const log: Log = {
    debug() {},
    info() {},
    warn: (text) => notices.push(text),
    withPrefix: () => log,
    hush: () => {},
    isQuiet: () => false,
  };
  const aws = createAws({ ...deps, region: "us-east-1", profile: undefined });
  const access = createAwsAccess(aws);
  // Asked for now: each client remembers its endpoint.
  await aws.ssmEndpoint();
  const [task] = await access.listTasks("default", "worker");
  const [container] = task?.containers ?? [];
  if (task === undefined || container === undefined) {
    throw new Error("Cannot find the sandbox's worker");
  }
  const wrapped = wrapCommand(
    words,
    { interactive: false, stdin: input !== undefined, binary },
    createSessionKeys(),
  );
  const { grant } = await access.open({
    cluster: "default",
    task,
    container,
    command: wrapped.command,
  });
  const session = await openBuiltinClient(
    grant,
    { wrapped, interactive: false, keepAlive: false },
    { access, deps, log, onStarted() {} },
  );
  sendInput(session, input);
  return {
    session,
    notices,
    waits,
    output: readAll(session.output),
    end: waitForEnd(session),
  };
}

function sendInput(session: StreamSession, input?: Uint8Array): void {
  const writer = session.input.getWriter();
  // A command that has ended takes no more.
  if (input !== undefined) writer.write(input).catch(() => {});
  writer.close().catch(() => {});
}

async function readAll(stream: ReadableStream<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk.slice());
  return Buffer.concat(chunks);
}

async function waitForEnd(
  session: StreamSession,
): Promise<SessionEnd | "never"> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<"never">((resolve) => {
    timer = setTimeout(resolve, LONGEST_MS, "never");
  });
  const end = await Promise.race([session.exit, late]);
  clearTimeout(timer);
  if (end === "never") {
    // The second call gives up at once.
    void session.end();
    await session.end();
  }
  return end;
}
