import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { makeKeyArn } from "./answer_kms.ts";
import type { ApiContext, AssumedRole } from "./api_context.ts";
import { sandboxUser } from "./authorize.ts";
import { answerMetadata } from "./answer_metadata.ts";
import { buildFleet } from "./build_fleet.ts";
import { prepareContainers } from "./containers.ts";
import { account, region, type Task } from "./fleet.ts";
import { killProcessesOf } from "./kill_processes.ts";
import { openRackService } from "./open_rack_service.ts";
import { rackName } from "./rack_service.ts";
import { openRollouts } from "./open_rollouts.ts";
import { openSessions } from "./open_sessions.ts";
import { openLogStore } from "./log_store.ts";
import { openTaskRuns } from "./open_task_runs.ts";
import { startRequestLog } from "./request_log.ts";
import type { Sandbox } from "./sandbox.ts";
import { defaultOptions, type SandboxOptions } from "./sandbox_options.ts";
import { serveApi } from "./serve_api.ts";
import { serveDataChannel } from "./serve_data_channel.ts";
import { serveHttp } from "./serve_http.ts";
import { startTlsFront, testCaFile } from "./start_tls_front.ts";

/** Starts a sandbox on loopback. */
export async function startSandbox(
  given: Partial<SandboxOptions> = {},
): Promise<Sandbox> {
  const directory = Deno.makeTempDirSync({ prefix: "porthole-sandbox-" });
  try {
    return await startIn(directory, { ...defaultOptions, ...given });
  } catch (error) {
    Deno.removeSync(directory, { recursive: true });
    throw error;
  }
}

async function startIn(
  directory: string,
  options: SandboxOptions,
): Promise<Sandbox> {
  const begun = Date.now();
  const log = startRequestLog(options.log);
  const roles = new Map<string, AssumedRole>();
  const caller = { expired: false, roles, now: Date.now };
  const ports = { plain: 0, secure: 0 };
  const fleet = buildFleet(options, begun);
  const kmsKeyId = options.kms === false
    ? undefined
    : (options.kms === true ? undefined : options.kms.keyId) ??
      makeKeyArn(account);

  const containers = prepareContainers(options, directory);
  const sessions = openSessions({
    options,
    fleet,
    containers,
    directory,
    kmsKeyId,
    log,
    formatStreamBase: (secure) =>
      options.streamBase !== undefined
        ? options.streamBase
        : secure
        ? `wss://ssmmessages.sandbox.test:${ports.secure}`
        : `ws://127.0.0.1:${ports.plain}`,
  });
  const parameters = new Map(
    Object.entries(options.parameters).map(([name, value]) => [
      name,
      { value, type: "String", version: 1 },
    ]),
  );
  const rack = options.rack && openRackService(options.rack, {
    fleet,
    parameters,
    url: () => `http://127.0.0.1:${ports.plain}`,
    env: () => sandbox.env,
  });
  const rollouts = openRollouts({
    options,
    fleet,
    now: Date.now,
    stopTask(taskId, reason) {
      sessions.stopTask(taskId, reason);
      rack?.stop(taskId);
    },
    startTask: (task) =>
      rack === undefined || task.service !== rackName
        ? Promise.resolve(true)
        : rack.start(task),
  });
  const logs = openLogStore(options, fleet, Date.now);
  const runs = openTaskRuns({
    options,
    containers,
    log,
    now: Date.now,
    write: logs.append,
    endSessions: sessions.endSessions,
  });
  const stopTask = (task: Task, reason: string) =>
    task.run === undefined
      ? sessions.stopTask(task.taskId, reason)
      : runs.stop(task, reason);
  const context: ApiContext = {
    options,
    fleet,
    secure: false,
    now: Date.now,
    age: () => Date.now() - begun,
    roles,
    parameters,
    dataKeys: sessions.dataKeys,
    kmsKeyId,
    openSession: sessions.open,
    openInstanceSession: sessions.openOnInstance,
    openPortSession: sessions.openPort,
    resumeSession: sessions.resume,
    terminateSession: sessions.terminate,
    deploy: rollouts.deploy,
    logs,
    runs,
    stopTask,
    clientTokens: new Map(),
    listSessions: sessions.list,
  };
  const api = {
    context,
    log,
    caller,
    left: { throttle: options.throttle, expired: options.expiredCalls },
    failed: new Map<string, number>(),
    stalled: new Map<string, number>(),
  };
  const channel = { context, log, caller, doors: sessions.doors };

  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  async function serve(secure: boolean): Promise<number> {
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      serveHttp(socket, {
        answer: async (request) =>
          answerMetadata(fleet, request) ??
            await serveApi(api, secure, request),
        upgrade: (request, socket, head) =>
          serveDataChannel(channel, request, socket, head),
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) =>
      server.listen(0, "127.0.0.1", resolve)
    );
    const address = server.address();
    return typeof address === "object" ? address?.port ?? 0 : 0;
  }
  ports.plain = await serve(false);
  const front = options.tls ? startTlsFront(await serve(true)) : undefined;
  ports.secure = front?.port ?? 0;

  function findTask(taskId: string): Task {
    const task = fleet.clusters.flatMap((one) => one.tasks)
      .find((one) => one.taskId === taskId);
    if (task === undefined) throw new Error(`Cannot find the task ${taskId}`);
    return task;
  }

  let closing: Promise<void> | undefined;
  const sandbox: Sandbox = {
    url: `http://127.0.0.1:${ports.plain}`,
    tlsUrl: options.tls ? `https://localhost:${ports.secure}` : undefined,
    tlsPort: options.tls ? ports.secure : undefined,
    caFile: testCaFile,
    env: writeEnvironment(directory, `http://127.0.0.1:${ports.plain}`),
    rack,
    directory,
    requests: () => log.requests,
    sessions: () => sessions.describe(),
    events: () => log.events,
    taskChanges: () => log.taskChanges,
    tasks: (service, cluster = "default") =>
      fleet.clusters.filter((one) => one.name === cluster)
        .flatMap((one) => one.tasks)
        .filter((task) => service === undefined || task.service === service)
        .map((task) => ({
          taskId: task.taskId,
          taskArn: task.taskArn,
          status: task.status,
          runtimeIds: Object.fromEntries(
            task.containers.map((one) => [one.name, one.runtimeId]),
          ),
        })),
    openSession({ taskId, container }, command) {
      const task = findTask(taskId);
      const found = task.containers.find(({ name }) => name === container);
      return sessions.open({
        task,
        container,
        runtimeId: found?.runtimeId ?? "",
        command,
        secure: false,
      });
    },
    openContainer({ taskId, container }) {
      const { image, ...place } = containers.open(findTask(taskId), container);
      return { ...image, ...place };
    },
    waitFor: (predicate, timeoutMs = 10_000) =>
      log.waitFor(() => predicate(sandbox), timeoutMs),
    dropConnections: () => sessions.cut(),
    stopTask: (taskId, reason = "Task stopped by user") =>
      stopTask(findTask(taskId), reason),
    setExpired(expired) {
      caller.expired = expired;
    },
    close() {
      closing ??= close();
      return closing;
    },
  };

  async function close(): Promise<void> {
    rollouts.close();
    await rack?.close();
    await sessions.close();
    await runs.close();
    await killProcessesOf(directory);
    await front?.close();
    const closed = servers.map((server) =>
      new Promise((resolve) => server.close(resolve))
    );
    for (const socket of sockets) socket.destroy();
    await Promise.all(closed);
    await Deno.remove(directory, { recursive: true });
  }
  if (rack === undefined) return sandbox;
  try {
    const tasks = fleet.clusters.flatMap((cluster) => cluster.tasks)
      .filter(({ service }) => service === rackName);
    const healthy = await Promise.all(tasks.map(rack.start));
    if (!healthy.every((one) => one)) {
      throw new Error(`A rack does not start:\n${rack.log()}`);
    }
    return sandbox;
  } catch (error) {
    await sandbox.close();
    throw error;
  }
}

/** What a program needs to find this sandbox and nothing else of AWS. */
function writeEnvironment(
  directory: string,
  url: string,
): Readonly<Record<string, string>> {
  const config = join(directory, "porthole.yml");
  Deno.writeTextFileSync(config, `cluster: default\nregion: ${region}\n`);
  const empty = join(directory, "aws-config");
  Deno.writeTextFileSync(empty, "");
  return {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: region,
    // AWS CLI 1 reads only this one.
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: sandboxUser.accessKeyId,
    AWS_SECRET_ACCESS_KEY: sandboxUser.secretAccessKey,
    AWS_CONFIG_FILE: empty,
    AWS_SHARED_CREDENTIALS_FILE: empty,
    AWS_EC2_METADATA_DISABLED: "true",
    NO_PROXY: "127.0.0.1,localhost",
    PORTHOLE_CONFIG: config,
  };
}
