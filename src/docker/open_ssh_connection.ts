import type { Deps, SpawnedProcess } from "../deps.ts";
import { messageOf, PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";
import { type DockerAddress, formatDockerAddress } from "./docker_address.ts";
import type { DockerConnection } from "./docker_connection.ts";
import { within } from "../within.ts";

type SshAddress = Extract<DockerAddress, { kind: "ssh" }>;

const LONGEST_COMPLAINT = 2000;
/** How long an ssh that has closed its output may take to end, and one that was asked to. */
const END_MS = 1_000;

/** What ssh joins the stream to, on the other side. */
export type SshEnd =
  | { readonly kind: "daemon" }
  /** An address that the other side reaches. */
  | { readonly kind: "port"; readonly host: string; readonly port: number };

/**
 * Opens a stream through the user's own ssh, as Docker's client does: `docker system dial-stdio` on the
 * other side joins it to the daemon's socket.
 *
 * ssh gets a session of its own, so that a Ctrl-C for the remote command does not end the connection; it
 * therefore cannot ask for a password.
 */
export function openSshConnection(
  address: SshAddress,
  deps: Pick<Deps, "spawn" | "sleep">,
  end: SshEnd = { kind: "daemon" },
): DockerConnection {
  const ssh = startSsh(address, end, deps);
  const reader = ssh.stdout.getReader();
  const writer = ssh.stdin.getWriter();
  void writer.closed.catch(() => {});
  const complaint = collectText(ssh.stderr);
  let answered = false;
  let closing: Promise<void> | undefined;

  const endsSoon = () => within(END_MS, ssh.exit, deps);

  async function close(): Promise<void> {
    void writer.abort().catch(() => {});
    void reader.cancel().catch(() => {});
    ssh.kill("SIGTERM");
    // One that is stopped, or does not heed it.
    if (await endsSoon() === undefined) ssh.kill("SIGKILL");
  }

  return {
    async read() {
      const { value } = await reader.read();
      if (value !== undefined) {
        answered = true;
        return value;
      }
      if (closing !== undefined) return null;
      // An ssh that ends before the daemon said a word never reached it.
      if (!answered) {
        const { code } = await ssh.exit;
        // A port may have nothing to say.
        if (end.kind === "port" && code === 0) return null;
        throw explainSilence(address, code, await complaint);
      }
      const ended = await endsSoon();
      if (ended !== undefined && ended.code !== 0) {
        throw new Error(describeEnd(ended, await complaint));
      }
      return null;
    },
    async write(bytes) {
      await writer.ready;
      await writer.write(bytes);
    },
    closeWrite: () => writer.close(),
    close: () => closing ??= close(),
  };
}

function startSsh(
  { user, host, port }: SshAddress,
  end: SshEnd,
  deps: Pick<Deps, "spawn">,
): SpawnedProcess {
  const target = end.kind === "port"
    ? `${end.host.includes(":") ? `[${end.host}]` : end.host}:${end.port}`
    : undefined;
  try {
    return deps.spawn({
      command: "ssh",
      args: [
        "-T",
        "-o",
        "ConnectTimeout=15",
        ...(user === undefined ? [] : ["-l", user]),
        ...(port === undefined ? [] : ["-p", String(port)]),
        ...(target === undefined ? [] : ["-W", target]),
        "--",
        host,
        ...(target === undefined ? ["docker", "system", "dial-stdio"] : []),
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      detached: true,
    });
  } catch (error) {
    const missing = error instanceof Deno.errors.NotFound;
    throw new PortholeError(
      "docker_unreachable",
      `Cannot start ssh: ${
        missing ? "it is not found in PATH" : messageOf(error)
      }`,
      { cause: error },
    );
  }
}

async function collectText(
  stream: ReadableStream<Uint8Array>,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const chunk of stream) {
      text = (text + decoder.decode(chunk, { stream: true })).slice(
        -LONGEST_COMPLAINT,
      );
    }
  } catch {
    // What has come so far is all there is.
  }
  return text;
}

/** The last of what ssh had to say, in one line. */
function lastLines(complaint: string): string {
  return complaint.trim().split("\n").map((line) => line.trim())
    .filter((line) => line !== "").slice(-3).join("; ");
}

function describeEnd(
  { code, signal }: Awaited<SpawnedProcess["exit"]>,
  complaint: string,
): string {
  const said = lastLines(complaint);
  const how = signal === null ? `status ${code}` : signal;
  return `ssh ended with ${how}${said === "" ? "" : `: ${quoteValue(said)}`}`;
}

/** ssh's own failures have status 255; any other is the remote command's. */
const SSH_FAILED = 255;

function explainSilence(
  address: SshAddress,
  code: number,
  complaint: string,
): PortholeError {
  const said = lastLines(complaint);
  const what = said === ""
    ? `exited with status ${code}`
    : `said ${quoteValue(said)}`;
  const name = quoteValue(formatDockerAddress(address));
  const login = [
    "ssh",
    ...(address.port === undefined ? [] : ["-p", address.port]),
    `${address.user === undefined ? "" : `${address.user}@`}${address.host}`,
  ].join(" ");
  const message = code === SSH_FAILED
    ? `Cannot reach the Docker host ${name}: ssh ${what}`
    : `Cannot reach the Docker daemon behind ${name}: "docker system dial-stdio" there ${what}`;
  return new PortholeError("docker_unreachable", message, {
    hint: code === SSH_FAILED
      ? `"${login} true" must work without prompting`
      : `"${login} docker version" must work: the user there may have to be in the group docker`,
  });
}
