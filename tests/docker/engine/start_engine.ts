import { makeCertificates } from "./make_certificates.ts";
import { findFreePort, runProgram, waitUntil } from "./run_program.ts";
import { startSupervised } from "./start_supervised.ts";

/** A container of the engine, labelled as the ECS agent labels them. */
export interface EngineContainer {
  readonly id: string;
  readonly taskArn: string;
  readonly containerName: string;
}

/** A Docker Engine of our own, apart from any other on the machine. */
export interface Engine {
  /** Holds everything of it, certificates too (`certificate`). */
  readonly folder: string;
  readonly socket: string;
  /** On 127.0.0.1, mutual TLS. */
  readonly port: number;
  /** busybox with all its names, and a user `app`. */
  readonly full: EngineContainer;
  /** A few programs and no shell. */
  readonly bare: EngineContainer;
  /** Runs Docker's own client against it. */
  docker(...args: string[]): Promise<string>;
  stop(): Promise<void>;
}

const TASK_ARN =
  "arn:aws:ecs:us-east-1:123456789012:task/default/0123456789abcdef0123456789abcdef";
const START_MS = 60_000;

/** Says why no engine can run here; undefined where one can. */
export async function findEngineObstacle(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return "it takes Linux";
  if (Deno.uid() !== 0) return "dockerd takes root";
  for (const program of ["dockerd", "docker", "busybox", "openssl"]) {
    if (!await isInPath(program)) return `${program} is not in PATH`;
  }
  return undefined;
}

/** Whether a program is in PATH. */
export async function isInPath(program: string): Promise<boolean> {
  const { success } = await new Deno.Command("sh", {
    args: ["-c", `command -v ${program}`],
    stdout: "null",
  }).output();
  return success;
}

/** Starts an engine with two containers on two addresses. It changes nothing of the machine's network. */
export async function startEngine(): Promise<Engine> {
  const folder = await Deno.makeTempDir({ prefix: "engine-" });
  const socket = `${folder}/docker.sock`;
  const port = findFreePort();
  await makeCertificates(folder);
  const daemon = startSupervised(
    "dockerd",
    [
      `--data-root=${folder}/root`,
      `--exec-root=${folder}/run`,
      `--pidfile=${folder}/dockerd.pid`,
      "--storage-driver=vfs",
      "--bridge=none",
      "--iptables=false",
      "--ip6tables=false",
      `--host=unix://${socket}`,
      `--host=tcp://127.0.0.1:${port}`,
      "--tlsverify",
      `--tlscacert=${folder}/ca.pem`,
      `--tlscert=${folder}/server.pem`,
      `--tlskey=${folder}/server.key`,
    ],
    `${folder}/log`,
  );
  let ended = false;
  void daemon.exit.then(() => ended = true);

  const docker = dockerOf(socket);

  async function stop(): Promise<void> {
    // A shell as process 1 heeds no TERM, and the daemon would wait for it.
    const ids = await docker("ps", "-aq").catch(() => "");
    if (ids !== "") await docker("rm", "-f", ...ids.split("\n"));
    await daemon.stop();
    await unmountBelow(folder);
    await Deno.remove(folder, { recursive: true });
  }

  try {
    await waitUntil(
      async () => {
        if (ended) {
          throw new Error(
            `Cannot start dockerd: ${await Deno.readTextFile(`${folder}/log`)}`,
          );
        }
        return await docker("version").then(() => true, () => false);
      },
      "dockerd does not answer",
      START_MS,
    );
    await importImage(folder, docker, "full", await listApplets());
    await importImage(folder, docker, "bare", BARE_PROGRAMS);
    const full = await runContainer(docker, "full");
    const bare = await runContainer(docker, "bare");
    return connectEngine({ folder, socket, port, full, bare }, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

/** An engine that runs, by what is known of it. */
export function connectEngine(
  known: Pick<Engine, "folder" | "socket" | "port" | "full" | "bare">,
  stop: () => Promise<void>,
): Engine {
  return { ...known, docker: dockerOf(known.socket), stop };
}

function dockerOf(socket: string): Engine["docker"] {
  return (...args) =>
    runProgram("docker", ["--host", `unix://${socket}`, ...args]);
}

const BARE_PROGRAMS = ["sleep", "cat", "echo", "true", "false", "env"];

async function listApplets(): Promise<readonly string[]> {
  const names = (await runProgram("busybox", ["--list"])).split("\n");
  return names.filter((name) => name !== "busybox");
}

/** Makes an image of busybox and nothing else. */
async function importImage(
  folder: string,
  docker: Engine["docker"],
  name: string,
  programs: readonly string[],
): Promise<void> {
  const root = `${folder}/image-${name}`;
  for (const part of ["bin", "etc", "tmp", "root"]) {
    await Deno.mkdir(`${root}/${part}`, { recursive: true });
  }
  const busybox = await runProgram("sh", ["-c", "command -v busybox"]);
  await Deno.copyFile(busybox, `${root}/bin/busybox`);
  await Deno.chmod(`${root}/bin/busybox`, 0o755);
  for (const program of programs) {
    await Deno.symlink("busybox", `${root}/bin/${program}`);
  }
  await Deno.writeTextFile(
    `${root}/etc/passwd`,
    "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/tmp:/bin/sh\n",
  );
  await Deno.writeTextFile(`${root}/etc/group`, "root:x:0:\napp:x:1000:\n");
  await runProgram("tar", ["-cf", `${root}.tar`, "-C", root, "."]);
  await docker(
    "import",
    "--change",
    "ENV PATH=/bin",
    `${root}.tar`,
    `${name}:latest`,
  );
}

async function runContainer(
  docker: Engine["docker"],
  name: string,
): Promise<EngineContainer> {
  const id = await docker(
    "run",
    "--detach",
    "--network=none",
    "--label",
    `com.amazonaws.ecs.task-arn=${TASK_ARN}`,
    "--label",
    `com.amazonaws.ecs.container-name=${name}`,
    "--label",
    "com.amazonaws.ecs.cluster=default",
    `${name}:latest`,
    "sleep",
    "1000000",
  );
  return { id, taskArn: TASK_ARN, containerName: name };
}

/** What a container that ended badly leaves mounted would keep the folder from going. */
async function unmountBelow(folder: string): Promise<void> {
  const mounts = (await Deno.readTextFile("/proc/self/mounts")).split("\n")
    .map((line) => line.split(" ")[1] ?? "")
    .filter((path) => path.startsWith(`${folder}/`));
  for (const path of mounts.reverse()) {
    await runProgram("umount", ["-l", path]).catch(() => {});
  }
}
