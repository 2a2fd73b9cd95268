import type { Deps } from "../../../src/deps.ts";
import { parseDockerAddress } from "../../../src/docker/docker_address.ts";
import { openDockerClient } from "../../../src/docker/docker_client.ts";
import type { DockerEndpoint } from "../../../src/docker/open_docker_connection.ts";
import {
  type DockerTlsSettings,
  readDockerTls,
} from "../../../src/docker/read_docker_tls.ts";
import { createRealDeps } from "../../../src/real_deps.ts";
import type { DockerSessionRequest } from "../../../src/session/docker/docker_session_request.ts";
import { openDockerSession } from "../../../src/session/docker/open_docker_session.ts";
import type {
  SessionEnd,
  StreamSession,
} from "../../../src/session/session.ts";
import { type CertificateName, SERVER_NAME } from "./make_certificates.ts";
import type { Engine } from "./start_engine.ts";
import type { SshServer } from "./start_sshd.ts";

/** How tests reach an engine. */
export type CarrierName = "unix" | "mtls" | "ssh";

/** The settings for certificates of an engine's folder. */
export function tlsSettings(
  folder: string,
  ca: CertificateName = "ca",
  client: CertificateName | undefined = "client",
  serverName: string | undefined = SERVER_NAME,
): DockerTlsSettings {
  return {
    ca: `${folder}/${ca}.pem`,
    ...(client &&
      { cert: `${folder}/${client}.pem`, key: `${folder}/${client}.key` }),
    serverName,
  };
}

/** Where an engine is, over one of the ways. */
export async function endpointOf(
  engine: Pick<Engine, "folder" | "socket" | "port">,
  carrier: CarrierName,
  sshPort: number | undefined,
): Promise<DockerEndpoint> {
  switch (carrier) {
    case "unix":
      return {
        address: parseDockerAddress(`unix://${engine.socket}`),
        tls: undefined,
      };
    case "mtls":
      return {
        address: parseDockerAddress(`tcp://127.0.0.1:${engine.port}`),
        tls: await readDockerTls(tlsSettings(engine.folder), createRealDeps()),
      };
    case "ssh":
      return {
        address: parseDockerAddress(`ssh://root@127.0.0.1:${sshPort}`),
        tls: undefined,
      };
  }
}

/** Real dependencies, with an `ssh` that knows its key and shares its connection. */
export function depsWithSsh(sshd: SshServer | undefined): Deps {
  const deps = createRealDeps();
  return {
    ...deps,
    spawn: (options) =>
      deps.spawn(
        options.command === "ssh" && sshd !== undefined
          ? { ...options, command: `${sshd.sharingBinFolder}/ssh` }
          : options,
      ),
  };
}

/** Opens a session in an engine's container. */
export async function openEngineSession(
  endpoint: DockerEndpoint,
  deps: Deps,
  request:
    & Pick<DockerSessionRequest, "containerId" | "words">
    & Partial<DockerSessionRequest>,
  onNotice: (text: string) => void = () => {},
): Promise<StreamSession> {
  const client = await openDockerClient(endpoint, deps);
  return await openDockerSession(
    client,
    { tty: false, stdin: false, ...request },
    { sleep: deps.sleep, onNotice, onStarted: () => {} },
  );
}

/** What a session said until its end. */
export interface SessionRecord {
  readonly output: string;
  readonly stderr: string;
  readonly end: SessionEnd;
}

/** Reads a session to its end; `input` is all of its stdin. */
export async function finishSession(
  session: StreamSession,
  input?: string,
): Promise<SessionRecord> {
  const writing = input === undefined ? undefined : writeInput(session, input);
  const [output, stderr] = await Promise.all([
    readText(session.output),
    session.stderr === undefined ? "" : readText(session.stderr),
  ]);
  const end = await session.exit;
  await writing;
  return { output, stderr, end };
}

async function writeInput(session: StreamSession, text: string): Promise<void> {
  const writer = session.input.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
}

/** All of a stream as text. */
export async function readText(
  stream: ReadableStream<Uint8Array>,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
