/**
 * Holds a session open until somebody ends this program: `ADDRESS FOLDER CONTAINER tty|plain WORD…`. FOLDER has the
 * certificates for tcp://. It writes what the remote writes.
 */
import { parseDockerAddress } from "../../../src/docker/docker_address.ts";
import { readDockerTls } from "../../../src/docker/read_docker_tls.ts";
import { createRealDeps } from "../../../src/real_deps.ts";
import {
  openEngineSession,
  tlsSettings,
} from "../../docker/engine/open_engine_session.ts";

const [address = "", folder = "", containerId = "", mode, ...words] = Deno.args;
const deps = createRealDeps();
const session = await openEngineSession(
  {
    address: parseDockerAddress(address),
    tls: address.startsWith("tcp:")
      ? await readDockerTls(tlsSettings(folder), deps)
      : undefined,
  },
  deps,
  { containerId, words, tty: mode === "tty", stdin: true },
);
for await (const chunk of session.output) await deps.stdout.write(chunk);
