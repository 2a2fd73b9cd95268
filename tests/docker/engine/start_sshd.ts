import { findFreePort, runProgram, waitUntil } from "./run_program.ts";
import { isInPath } from "./start_engine.ts";
import { startSupervised } from "./start_supervised.ts";

/** An ssh server that lets one key in, as root, to an engine's socket. */
export interface SshServer {
  readonly port: number;
  /** A folder whose `ssh` knows the key and the host, as a user's configuration would. */
  readonly binFolder: string;
  /** The same, with one connection for a user (ssh_config(5), ControlMaster): no handshake but the first. */
  readonly sharingBinFolder: string;
  stop(): Promise<void>;
}

/** Says why no ssh server can run here; undefined where one can. */
export async function findSshObstacle(): Promise<string | undefined> {
  for (const program of ["sshd", "ssh", "ssh-keygen"]) {
    if (!await isInPath(program)) return `${program} is not in PATH`;
  }
  return undefined;
}

/** Starts an ssh server on loopback whose `docker` speaks to the socket. */
export async function startSshd(
  engineFolder: string,
  socket: string,
): Promise<SshServer> {
  const folder = `${engineFolder}/ssh`;
  const port = findFreePort();
  await Deno.mkdir(`${folder}/bin`, { recursive: true });
  await Deno.mkdir(`${folder}/sharing-bin`);
  // Where sshd goes without privileges; Debian makes it when the service starts.
  await Deno.mkdir("/run/sshd", { recursive: true });
  for (const key of ["host_key", "user_key"]) {
    await runProgram("ssh-keygen", [
      "-q",
      "-t",
      "ed25519",
      "-N",
      "",
      "-f",
      `${folder}/${key}`,
    ]);
  }
  await Deno.writeTextFile(
    `${folder}/sshd_config`,
    [
      "ListenAddress 127.0.0.1",
      `Port ${port}`,
      `HostKey ${folder}/host_key`,
      `AuthorizedKeysFile ${folder}/user_key.pub`,
      "StrictModes no",
      "PermitRootLogin prohibit-password",
      "PasswordAuthentication no",
      "UsePAM no",
      "PidFile none",
      "MaxStartups 100",
      "MaxSessions 100",
      `SetEnv DOCKER_HOST=unix://${socket}`,
      "",
    ].join("\n"),
  );
  const hostKey = await Deno.readTextFile(`${folder}/host_key.pub`);
  await Deno.writeTextFile(
    `${folder}/known_hosts`,
    `[127.0.0.1]:${port} ${hostKey}`,
  );
  await Deno.writeTextFile(
    `${folder}/ssh_config`,
    [
      "Host *",
      `IdentityFile ${folder}/user_key`,
      "IdentitiesOnly yes",
      `UserKnownHostsFile ${folder}/known_hosts`,
      "BatchMode yes",
      "",
    ].join("\n"),
  );
  const ssh = await runProgram("sh", ["-c", "command -v ssh"]);
  const writeSsh = (name: string, options: string) =>
    Deno.writeTextFile(
      `${folder}/${name}/ssh`,
      `#!/bin/sh\nexec ${ssh} -F ${folder}/ssh_config ${options} "$@"\n`,
      { mode: 0o755 },
    );
  const shared = `${folder}/shared`;
  await Deno.mkdir(shared);
  await writeSsh("bin", "");
  await writeSsh(
    "sharing-bin",
    `-o ControlMaster=auto -o ControlPersist=60 -o ControlPath=${shared}/%C`,
  );

  // sshd starts itself again for each connection, by its absolute path.
  const sshd = startSupervised(
    await runProgram("sh", ["-c", "command -v sshd"]),
    ["-D", "-e", "-f", `${folder}/sshd_config`],
    `${folder}/log`,
  );
  await waitUntil(
    async () => {
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port })).close();
        return true;
      } catch {
        return false;
      }
    },
    "sshd does not answer",
    10_000,
  );
  return {
    port,
    binFolder: `${folder}/bin`,
    sharingBinFolder: `${folder}/sharing-bin`,
    async stop() {
      for await (const { name } of Deno.readDir(shared)) {
        const socket = `ControlPath=${shared}/${name}`;
        // It may be leaving by itself.
        await runProgram("ssh", ["-O", "exit", "-o", socket, "any"])
          .catch(() => {});
      }
      await sshd.stop();
    },
  };
}
