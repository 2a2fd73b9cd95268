import { PortholeError } from "../errors.ts";
import { quotePath, quoteValue } from "../quote_value.ts";
import type { DockerAnswer, DockerClient } from "./docker_client.ts";
import type { DockerConnection } from "./docker_connection.ts";

/** An exec to create: https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Exec. */
export interface ExecSpec {
  readonly words: readonly string[];
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly user?: string | undefined;
  readonly workdir?: string | undefined;
  /** `NAME=value` */
  readonly env?: readonly string[] | undefined;
  readonly privileged?: boolean | undefined;
}

/** What the daemon knows of an exec. */
export interface ExecState {
  readonly running: boolean;
  /** It had a process. */
  readonly ran: boolean;
  /** Absent while it runs, or where it never ran. */
  readonly status: number | undefined;
}

/** A terminal's size in character cells. */
interface Size {
  readonly columns: number;
  readonly rows: number;
}

/**
 * The keys that detach from a terminal, Ctrl-P Ctrl-Q by default, are held back by the daemon until the next
 * key comes. They cannot be turned off; these are not typed by hand.
 */
const DETACH_KEYS = "ctrl-@,ctrl-_,ctrl-@,ctrl-^,ctrl-@";

/** Creates an exec in a container and returns its id; nothing runs yet. */
export async function createExec(
  client: DockerClient,
  containerId: string,
  spec: ExecSpec,
): Promise<string> {
  const { status, value } = await client.call({
    method: "POST",
    path: `/containers/${encodeURIComponent(containerId)}/exec`,
    body: {
      AttachStdin: spec.stdin,
      AttachStdout: true,
      AttachStderr: true,
      Tty: spec.tty,
      Cmd: spec.words,
      ...(spec.tty && { DetachKeys: DETACH_KEYS }),
      ...(spec.user !== undefined && { User: spec.user }),
      ...(spec.workdir !== undefined && { WorkingDir: spec.workdir }),
      ...(spec.env && { Env: spec.env }),
      ...(spec.privileged && { Privileged: true }),
    },
  });
  const id = readField(value, "Id");
  if (status === 201 && typeof id === "string") return id;
  throw refusedExec(client, containerId, { status, value });
}

/**
 * Starts an exec and takes its connection over.
 *
 * A command that cannot start is started all the same: the reason comes in the stream, with status 126 or 127.
 */
export async function startExec(
  client: DockerClient,
  execId: string,
  { tty, size }: { readonly tty: boolean; readonly size?: Size | undefined },
): Promise<DockerConnection> {
  const started = await client.upgrade({
    method: "POST",
    path: `/exec/${execId}/start`,
    body: {
      Detach: false,
      Tty: tty,
      // From API 1.42 on; older daemons pass over it.
      ...(tty && size && { ConsoleSize: [size.rows, size.columns] }),
    },
  });
  if (started.kind === "stream") return started.connection;
  throw refusedExec(client, undefined, started.answer);
}

/** Sets the size of an exec's terminal; false where there is none, not yet or not any more. */
export async function resizeExec(
  client: DockerClient,
  execId: string,
  { columns, rows }: Size,
): Promise<boolean> {
  const { status } = await client.call({
    method: "POST",
    path: `/exec/${execId}/resize?h=${rows}&w=${columns}`,
  });
  return status < 300;
}

/** Asks how an exec is doing; undefined when the daemon does not know it any more. */
export async function inspectExec(
  client: DockerClient,
  execId: string,
): Promise<ExecState | undefined> {
  const answer = await client.call({
    method: "GET",
    path: `/exec/${execId}/json`,
  });
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw refusedExec(client, undefined, answer);
  const code = readField(answer.value, "ExitCode");
  const running = readField(answer.value, "Running") === true;
  return {
    running,
    ran: readField(answer.value, "Pid") !== 0,
    // Podman says 0 while it runs.
    status: running || typeof code !== "number" ? undefined : code,
  };
}

function refusedExec(
  client: DockerClient,
  containerId: string | undefined,
  answer: DockerAnswer,
): PortholeError {
  if (answer.status === 404 && containerId !== undefined) {
    return new PortholeError(
      "container_not_found",
      `Cannot find container ${
        quoteValue(containerId.slice(0, 12))
      } on the Docker host ${client.address}: it is gone`,
      { hint: "the task may have stopped: choose another one" },
    );
  }
  return new PortholeError(
    "docker_refused",
    `Cannot start the command: the Docker daemon said ${
      describeRefusal(answer)
    }`,
  );
}

const LONGEST_REFUSAL = 500;

/** The daemon's own words about a refusal: their end says most, as a path's does. */
export function describeRefusal({ status, value }: DockerAnswer): string {
  const message = readField(value, "message");
  const text = typeof message === "string"
    ? message.replace(/\s+/g, " ").trim().slice(0, LONGEST_REFUSAL)
    : "";
  return text === "" ? `HTTP ${status}` : `${quotePath(text)} (HTTP ${status})`;
}

/** A field of what may be an object. */
export function readField(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
