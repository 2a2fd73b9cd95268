import type { Deps, SpawnedProcess } from "../deps.ts";
import { messageOf, PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";
import { type DockerAddress, formatDockerAddress } from "./docker_address.ts";
import type { DockerConnection } from "./docker_connection.ts";

const LONGEST_COMPLAINT = 2000;

/**
 * Opens a stream through the user's own ssh, as Docker's client does: `docker system dial-stdio` on the
 * other side joins it to the daemon's socket.
 *
 * ssh gets a session of its own, so that a Ctrl-C for the remote command does not end the connection; it
 * therefore cannot ask for a password.
 */
export function openSshConnection(
  address: Extract<DockerAddress, { kind: "ssh" }>,
  deps: Pick<Deps, "spawn">,
): DockerConnection {
  const { user, host, port } = address;
  let ssh: SpawnedProcess;
  try {
    ssh = deps.spawn({
      command: "ssh",
      args: [
        "-T",
        "-o",
        "ConnectTimeout=15",
        ...(user === undefined ? [] : ["-l", user]),
        ...(port === undefined ? [] : ["-p", String(port)]),
        "--",
        host,
        "docker",
        "system",
        "dial-stdio",
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
  const reader = ssh.stdout.getReader();
  const writer = ssh.stdin.getWriter();
  void writer.closed.catch(() => {});
  const complaint = collectText(ssh.stderr);
  let answered = false;
  let closed = false;

  return {
    async read() {
      const { value } = await reader.read();
      if (value !== undefined) {
        answered = true;
        return value;
      }
      // An ssh that ends before the daemon said a word never reached it.
      if (!answered && !closed) {
        throw explainSilence(address, (await ssh.exit).code, await complaint);
      }
      return null;
    },
    async write(bytes) {
      await writer.ready;
      await writer.write(bytes);
    },
    closeWrite: () => writer.close(),
    close() {
      if (closed) return;
      closed = true;
      void writer.abort().catch(() => {});
      void reader.cancel().catch(() => {});
      ssh.kill("SIGTERM");
    },
  };
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

/** ssh's own failures have status 255; any other is the remote command's. */
const SSH_FAILED = 255;

function explainSilence(
  address: Extract<DockerAddress, { kind: "ssh" }>,
  code: number,
  complaint: string,
): PortholeError {
  const said = complaint.trim().split("\n").map((line) => line.trim())
    .filter((line) => line !== "").slice(-3).join("; ");
  const why = said === "" ? `it ended with status ${code}` : quoteValue(said);
  const name = quoteValue(formatDockerAddress(address));
  const login = `${
    address.user === undefined ? "" : `${address.user}@`
  }${address.host}`;
  const message = code === SSH_FAILED
    ? `Cannot reach the Docker host ${name}: ssh said ${why}`
    : `Cannot reach the Docker daemon behind ${name}: "docker system dial-stdio" there said ${why}`;
  return new PortholeError("docker_unreachable", message, {
    hint: code === SSH_FAILED
      ? `"ssh ${login} true" must work without a question`
      : `"ssh ${login} docker version" must work: the user there may need the group docker`,
  });
}
