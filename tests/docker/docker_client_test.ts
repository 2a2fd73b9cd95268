import assert from "node:assert/strict";
import type { Deps } from "../../src/deps.ts";
import { parseDockerAddress } from "../../src/docker/docker_address.ts";
import { openDockerClient } from "../../src/docker/docker_client.ts";
import { findDockerContainer } from "../../src/docker/find_docker_container.ts";
import {
  type DockerTlsSettings,
  readDockerTls,
} from "../../src/docker/read_docker_tls.ts";
import { PortholeError } from "../../src/errors.ts";
import { createRealDeps } from "../../src/real_deps.ts";
import { createExec } from "../../src/docker/exec_calls.ts";
import {
  finishSession,
  openEngineSession,
  tlsSettings,
} from "./engine/open_engine_session.ts";
import { findFreePort } from "./engine/run_program.ts";
import { startNewerFront } from "./engine/start_newer_front.ts";
import { useEngine } from "./engine/use_engine.ts";
import { recordServer } from "./record_server.ts";

const use = useEngine();
const deps = createRealDeps();

/** Opens a client and closes it again. */
async function tryClient(
  address: string,
  settings: DockerTlsSettings = {},
  with_: Pick<Deps, "platform" | "spawn" | "sleep" | "now"> = deps,
): Promise<string> {
  const tls = await readDockerTls(settings, { ...deps, env: () => undefined });
  const client = await openDockerClient({
    address: parseDockerAddress(address),
    tls,
  }, with_);
  client.close();
  return client.apiVersion;
}

async function explain(
  attempt: () => Promise<unknown>,
): Promise<{ code: string; message: string; hint: string | undefined }> {
  try {
    await attempt();
  } catch (error) {
    assert(error instanceof PortholeError, String(error));
    const { code, message, hint } = error;
    return { code, message, hint };
  }
  throw new Error("Cannot explain: it did not fail");
}

use.test("mutual TLS verifies the name that the settings give", async () => {
  const address = `tcp://127.0.0.1:${use.engine().port}`;
  assert.match(
    await tryClient(address, tlsSettings(use.engine().folder)),
    /^1\.\d+$/,
  );

  const dialled = await explain(() =>
    tryClient(
      address,
      tlsSettings(use.engine().folder, "ca", "client", "127.0.0.1"),
    )
  );
  assert.equal(dialled.code, "docker_untrusted");
  assert.match(
    dialled.message,
    /: its certificate is not valid for "127\.0\.0\.1" but for "docker\.test"$/,
  );
  assert.match(dialled.hint ?? "", /exec\.docker\.tls\.server_name/);

  const unset = await explain(() =>
    tryClient(address, {
      ...tlsSettings(use.engine().folder),
      serverName: undefined,
    })
  );
  assert.match(unset.message, /not valid for "127\.0\.0\.1"/);
});

use.test(
  "a server of another authority is refused, and its file named",
  async () => {
    const settings = tlsSettings(use.engine().folder, "other_ca");
    const { code, message, hint } = await explain(() =>
      tryClient(`tcp://127.0.0.1:${use.engine().port}`, settings)
    );
    assert.equal(code, "docker_untrusted");
    assert.match(
      message,
      /was not signed by the authority in ".*other_ca\.pem"$/,
    );
    assert.equal(hint, "check exec.docker.tls.ca");
  },
);

use.test(
  "a server that is refused gets not one byte of a request",
  async () => {
    const cases = [
      [
        { certificate: "expired_server" },
        tlsSettings(use.engine().folder),
        /has expired$/,
      ],
      [
        { certificate: "server" },
        tlsSettings(use.engine().folder, "other_ca"),
        /not signed/,
      ],
      [
        { certificate: "server" },
        tlsSettings(use.engine().folder, "ca", "client", "another.test"),
        /not valid for "another\.test" but for "docker\.test"$/,
      ],
    ] as const;
    for (const [{ certificate }, settings, expected] of cases) {
      const server = recordServer({
        cert: Deno.readTextFileSync(
          `${use.engine().folder}/${certificate}.pem`,
        ),
        key: Deno.readTextFileSync(`${use.engine().folder}/${certificate}.key`),
      });
      const { message } = await explain(() =>
        tryClient(`tcp://127.0.0.1:${server.port}`, settings)
      );
      assert.match(message, expected);
      assert.equal(await server.stop(), "");
    }
  },
);

use.test(
  "a client certificate that the daemon does not take is named",
  async () => {
    const address = `tcp://127.0.0.1:${use.engine().port}`;
    const missing = await explain(() =>
      tryClient(address, {
        ca: `${use.engine().folder}/ca.pem`,
        serverName: "docker.test",
      })
    );
    assert.equal(missing.code, "docker_untrusted");
    assert.match(
      missing.message,
      /it asks for a client certificate, and none is set$/,
    );
    assert.match(missing.hint ?? "", /exec\.docker\.tls\.cert/);

    const other = await explain(() =>
      tryClient(address, tlsSettings(use.engine().folder, "ca", "other_client"))
    );
    assert.match(
      other.message,
      /does not accept the certificate in ".*other_client\.pem"/,
    );

    const expired = await explain(() =>
      tryClient(
        address,
        tlsSettings(use.engine().folder, "ca", "expired_client"),
      )
    );
    assert.match(
      expired.message,
      /expired_client\.pem": the certificate has expired/,
    );
    assert.equal(expired.hint, "check exec.docker.tls.cert");

    const swapped = await explain(() =>
      tryClient(address, {
        ...tlsSettings(use.engine().folder),
        key: `${use.engine().folder}/other_client.key`,
      })
    );
    assert.match(
      swapped.message,
      /other_client\.key": it is not the key of the certificate in ".*\/client\.pem"$/,
    );
    assert.equal(swapped.hint, "check exec.docker.tls.key");
  },
);

use.test("DOCKER_CERT_PATH has the three files", async () => {
  const folder = await Deno.makeTempDir();
  for (const [name, file] of [["ca", "ca"], ["client", "cert"]] as const) {
    await Deno.copyFile(
      `${use.engine().folder}/${name}.pem`,
      `${folder}/${file}.pem`,
    );
  }
  const read = () =>
    readDockerTls({ serverName: "docker.test" }, {
      ...deps,
      env: (name) => name === "DOCKER_CERT_PATH" ? folder : undefined,
    });
  const missing = await explain(read);
  assert.match(missing.message, /key\.pem": there is no such file$/);
  assert.equal(missing.hint, "check DOCKER_CERT_PATH");
  await Deno.copyFile(`${use.engine().folder}/client.key`, `${folder}/key.pem`);
  const client = await openDockerClient({
    address: parseDockerAddress(`tcp://127.0.0.1:${use.engine().port}`),
    tls: await read(),
  }, deps);
  client.close();
  await Deno.remove(folder, { recursive: true });
});

use.test(
  "the version is the daemon's, also where that is a newer one",
  async () => {
    const engineVersion = await tryClient(`unix://${use.engine().socket}`);
    const front = startNewerFront(use.engine().socket, engineVersion);
    const address = parseDockerAddress(`tcp://127.0.0.1:${front.port}`);
    const endpoint = { address, tls: undefined };
    const session = await openEngineSession(endpoint, deps, {
      containerId: use.engine().full.id,
      words: ["cat"],
      stdin: true,
    });
    const { output, end } = await finishSession(session, "through the front");
    assert.deepEqual([output, end], ["through the front", {
      kind: "status",
      status: 0,
    }]);
    const versions = front.requests.map((line) => line.split(/[ /]/)[2]);
    assert.deepEqual([...new Set(versions)], ["_ping", "v1.51"]);
    await front.stop();
  },
);

use.test("a container is found by its id, else by its labels", async () => {
  const client = await openDockerClient({
    address: parseDockerAddress(`unix://${use.engine().socket}`),
    tls: undefined,
  }, deps);
  const { id, taskArn, containerName } = use.engine().bare;
  const name = { taskArn, containerName };
  assert.equal(
    (await findDockerContainer(client, { ...name, runtimeId: id })).id,
    id,
  );
  assert.equal((await findDockerContainer(client, name)).id, id);
  const runtimeId = "0".repeat(64);
  assert.equal(
    (await findDockerContainer(client, { ...name, runtimeId })).id,
    id,
  );

  const gone = await explain(() =>
    findDockerContainer(client, { taskArn, containerName: "nosuch" })
  );
  assert.equal(gone.code, "container_not_found");
  assert.match(
    gone.message,
    /^Cannot find container "nosuch" of task 0123456789abcdef/,
  );
  const late = await explain(() =>
    createExec(client, runtimeId, { words: ["true"], tty: false, stdin: false })
  );
  assert.equal(late.code, "container_not_found");

  const stopped = await use.engine().docker("create", "bare:latest", "true");
  const ended = await explain(() =>
    findDockerContainer(client, { ...name, runtimeId: stopped })
  );
  assert.match(ended.message, /: it is created$/);
  client.close();
});

use.test("ssh says why it cannot get there", async () => {
  const withSsh = use.deps();
  assert.match(
    await tryClient(`ssh://root@127.0.0.1:${use.sshd().port}`, {}, withSsh),
    /^1\./,
  );
  const stranger = await explain(() =>
    tryClient(`ssh://nobody@127.0.0.1:${use.sshd().port}`, {}, withSsh)
  );
  assert.equal(stranger.code, "docker_unreachable");
  assert.match(stranger.message, /ssh said ".*Permission denied/);
  assert.match(
    stranger.hint ?? "",
    /"ssh -p \d+ nobody@127\.0\.0\.1 true" must work/,
  );
  const closed = await explain(() =>
    tryClient(`ssh://127.0.0.1:${findFreePort()}`, {}, withSsh)
  );
  assert.match(closed.message, /Connection refused/);
});

Deno.test("nobody at a socket, and nobody at a port", async () => {
  const folder = await Deno.makeTempDir();
  const missing = await explain(() => tryClient(`unix://${folder}/none.sock`));
  assert.equal(missing.code, "docker_unreachable");
  assert.match(missing.message, /none\.sock": there is no such socket$/);
  assert.match(missing.hint ?? "", /exec\.docker\.host/);
  Deno.listen({ transport: "unix", path: `${folder}/left.sock` }).close();
  const left = await explain(() => tryClient(`unix://${folder}/left.sock`));
  assert.match(
    left.message,
    /left\.sock": (nothing is listening there|there is no such socket)$/,
  );
  await Deno.remove(folder, { recursive: true });
  const port = await explain(() =>
    tryClient(`tcp://127.0.0.1:${findFreePort()}`)
  );
  assert.match(port.message, /nothing is listening there$/);
});

Deno.test("what is no Docker daemon is said to be none", async () => {
  const answers = {
    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>":
      /HTTP 200 came back, but not from a Docker daemon$/,
    "SSH-2.0-OpenSSH_9.2\r\n":
      /did not come from a Docker daemon \(the answer is not HTTP\)$/,
    "HTTP/1.1 200 OK\r\nApi-Version: 1.24\r\nContent-Length: 2\r\n\r\nOK":
      /its API is 1\.24, and porthole needs 1\.\d+$/,
    "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n":
      /^Cannot use "tcp:.*" without TLS: the server there requires TLS$/,
    "\x15\x03\x01\x00\x02\x02\x46":
      /^Cannot use "tcp:.*" without TLS: the server there requires TLS$/,
    "": /closed the connection without an answer$/,
  };
  for (const [answer, expected] of Object.entries(answers)) {
    const server = recordServer(undefined, answer);
    const { message } = await explain(() =>
      tryClient(`tcp://127.0.0.1:${server.port}`)
    );
    assert.match(message, expected);
    assert.match(await server.stop(), /^GET \/_ping HTTP\/1\.1\r\n/);
  }
});

Deno.test("plain tcp leaves this machine only where someone said so", async () => {
  const { code, hint } = await explain(() => tryClient("tcp://192.0.2.1:2375"));
  assert.equal(code, "docker_untrusted");
  assert.match(hint ?? "", /exec\.docker\.tls: false/);
});
