import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { AgentSession, type SessionParts } from "./agent_session.ts";
import { decryptDataKey } from "./answer_kms.ts";
import type {
  NewInstanceSession,
  NewSession,
  SessionTicket,
} from "./api_context.ts";
import {
  type ContainerImage,
  fillContainerHome,
  makeContainerImage,
} from "./container_image.ts";
import { type Fleet, region, type Task } from "./fleet.ts";
import type { RequestLog } from "./request_log.ts";
import type { SessionInfo } from "./sandbox.ts";
import type { SandboxOptions } from "./sandbox_options.ts";
import { drawText, seedRandom } from "./seeded_random.ts";
import type { SessionDoor } from "./serve_data_channel.ts";
import { syntheticCommand } from "./synthetic_output.ts";

/** What the sessions of a sandbox share. */
export type SessionsParts = {
  readonly options: SandboxOptions;
  readonly fleet: Fleet;
  readonly directory: string;
  readonly kmsKeyId: string | undefined;
  readonly log: RequestLog;
  formatStreamBase(secure: boolean): string;
};

/** The sessions of a sandbox. */
export type Sessions = {
  readonly doors: ReadonlyMap<string, SessionDoor>;
  readonly dataKeys: Map<string, Uint8Array>;
  open(session: NewSession): SessionTicket;
  openOnInstance(session: NewInstanceSession): SessionTicket;
  resume(sessionId: string): SessionTicket | undefined;
  terminate(sessionId: string): boolean;
  /** The ids of the sessions with an SSM target that are not over. */
  list(target: string): readonly string[];
  cut(): void;
  stopTask(taskId: string, reason?: string): void;
  describe(): readonly SessionInfo[];
  close(): Promise<void>;
};

/** Prepares for sessions; each container gets its directory with its first one. */
export function openSessions(parts: SessionsParts): Sessions {
  const { options, fleet, directory, log } = parts;
  const doors = new Map<string, SessionDoor>();
  const streamUrls = new Map<string, string>();
  const targets = new Map<string, string>();
  const dataKeys = new Map<string, Uint8Array>();
  const homes = new Map<string, string>();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const stopping = new Set<string>();
  const random = seedRandom(options.seed, "sessions");
  // Made now, so that an image this machine cannot make is reported at the start.
  const images = new Map<string, ContainerImage>();
  for (const image of [options.image, ...Object.values(options.images)]) {
    images.set(
      JSON.stringify(image),
      prepareImage(makeContainerImage(image, join(directory, "images"))),
    );
  }

  function prepareImage(image: ContainerImage): ContainerImage {
    if (!options.syntheticOutput) return image;
    const folder = join(directory, "synthetic");
    Deno.mkdirSync(folder, { recursive: true });
    const file = join(folder, "synthetic-output");
    Deno.writeTextFileSync(file, syntheticCommand, { mode: 0o755 });
    return { ...image, path: `${folder}:${image.path}` };
  }

  function findImage(task: Task, container: string): ContainerImage {
    const named = options.images[`${task.service}/${container}`] ??
      options.images[container] ?? options.image;
    const image = images.get(JSON.stringify(named));
    if (image === undefined) throw new Error("Cannot find the image");
    return image;
  }

  function findHome(task: Task, container: string): string {
    const name = `${task.taskId.slice(0, 8)}-${container}`;
    const known = homes.get(name);
    if (known !== undefined) return known;
    const home = join(directory, name);
    Deno.mkdirSync(home);
    fillContainerHome(home, task.service ?? task.family);
    homes.set(name, home);
    return home;
  }

  function giveTicket(sessionId: string, door: SessionDoor): SessionTicket {
    const token = randomBytes(96).toString("base64");
    door.tokens.set(
      token,
      options.tokenLifetimeMs === 0
        ? Infinity
        : Date.now() + options.tokenLifetimeMs,
    );
    return {
      sessionId,
      streamUrl: streamUrls.get(sessionId) ?? "",
      tokenValue: token,
    };
  }

  function stopTask(taskId: string, reason = "Task stopped by user"): void {
    const task = fleet.clusters.flatMap((one) => one.tasks)
      .find((one) => one.taskId === taskId);
    if (task === undefined) throw new Error(`Cannot find the task ${taskId}`);
    task.status = "STOPPED";
    task.stoppedAt = Date.now();
    task.stoppedReason = reason;
    for (const { session } of doors.values()) {
      if (session.describe().taskId === taskId) session.die();
    }
  }

  function open(wanted: NewSession): SessionTicket {
    const { task, container, command, runtimeId } = wanted;
    const image = findImage(task, container);
    const home = findHome(task, container);
    return begin(wanted, {
      sessionId: drawSessionId("ecs-execute-command"),
      target: `ecs:${task.cluster.name}_${task.taskId}_${runtimeId}`,
      container,
      command,
      directory: home,
      image,
      shell: false,
      env: describeEnvironment(task, home, image, runtimeId),
    });
  }

  function openOnInstance(wanted: NewInstanceSession): SessionTicket {
    const home = findInstanceHome(directory, wanted.instanceId);
    const { dockerHost } = options.instance;
    return begin(wanted, {
      sessionId: drawSessionId("sandbox"),
      target: wanted.instanceId,
      container: "",
      command: wanted.command,
      directory: home,
      image: makeContainerImage("debian", home),
      shell: true,
      env: {
        PATH: `${home}/bin:${Deno.env.get("PATH")}`,
        HOME: home,
        TERM: "xterm-256color",
        LANG: "C.UTF-8",
        ...(dockerHost === undefined ? {} : { DOCKER_HOST: dockerHost }),
      },
    });
  }

  function drawSessionId(start: string): string {
    return `${start}-${
      drawText(random, "0123456789abcdefghijklmnopqrstuvwxyz", 17)
    }`;
  }

  function begin(
    { task, secure }: Pick<NewSession, "task" | "secure">,
    { target, ...place }:
      & Pick<
        SessionParts,
        | "sessionId"
        | "container"
        | "command"
        | "directory"
        | "image"
        | "shell"
        | "env"
      >
      & { readonly target: string },
  ): SessionTicket {
    const { sessionId } = place;
    const cluster = task.cluster.name;
    targets.set(sessionId, target);
    const context = {
      "aws:ssm:SessionId": sessionId,
      "aws:ssm:TargetId": target,
    };
    streamUrls.set(
      sessionId,
      `${parts.formatStreamBase(secure)}/v1/data-channel/${sessionId}` +
        "?role=publish_subscribe" +
        (options.cellNumber === undefined
          ? ""
          : `&cell-number=${encodeURIComponent(options.cellNumber)}`),
    );
    log.addEvent({ kind: "created", sessionId });
    const session = new AgentSession({
      ...place,
      cluster,
      taskId: task.taskId,
      options,
      random: seedRandom(options.seed, sessionId),
      kmsKeyId: parts.kmsKeyId,
      decryptDataKey: (blob) => {
        const right = decryptDataKey(dataKeys, blob, context);
        return typeof options.kms === "object" &&
            options.kms.fault === "wrong-key"
          ? randomBytes(64)
          : right;
      },
      report: (event) => {
        if (event.kind === "joined") watchTask(task.taskId);
        log.addEvent(event);
      },
    });
    const door: SessionDoor = { session, tokens: new Map() };
    doors.set(sessionId, door);
    return giveTicket(sessionId, door);
  }

  function watchTask(taskId: string): void {
    if (options.stopTaskAfterMs === 0 || stopping.has(taskId)) return;
    stopping.add(taskId);
    timers.add(setTimeout(() => stopTask(taskId), options.stopTaskAfterMs));
  }

  return {
    doors,
    dataKeys,
    open,
    openOnInstance,
    resume(sessionId) {
      const door = doors.get(sessionId);
      if (door === undefined) return undefined;
      const over = door.session.describe().state === "closed";
      log.addEvent({ kind: "resumed", sessionId });
      const ticket = giveTicket(sessionId, door);
      // A session that is over is resumed without a token.
      return over || options.resume !== "token"
        ? { ...ticket, tokenValue: "" }
        : ticket;
    },
    terminate(sessionId) {
      const door = doors.get(sessionId);
      door?.session.terminate();
      return door !== undefined;
    },
    list: (target) =>
      [...doors.values()].map(({ session }) => session.describe())
        .filter(({ sessionId, state }) =>
          state !== "closed" && targets.get(sessionId) === target
        )
        .map(({ sessionId }) => sessionId),
    cut() {
      for (const { session } of doors.values()) session.cut();
    },
    stopTask,
    describe: () =>
      [...doors.values()].map(({ session }) => session.describe()),
    async close() {
      for (const timer of timers) clearTimeout(timer);
      await Promise.all(
        [...doors.values()].map(({ session }) => session.close()),
      );
    },
  };
}

/** Where commands on an instance begin, with a sudo that keeps their DOCKER_HOST. */
function findInstanceHome(directory: string, instanceId: string): string {
  const home = join(directory, instanceId);
  Deno.mkdirSync(join(home, "bin"), { recursive: true });
  Deno.writeTextFileSync(
    join(home, "bin", "sudo"),
    '#!/bin/sh\n[ "$1" = -n ] && shift\nexec "$@"\n',
    { mode: 0o755 },
  );
  return home;
}

/** The environment of a container's processes, as ECS and the agent set it. */
function describeEnvironment(
  task: Task,
  home: string,
  image: ContainerImage,
  runtimeId: string,
): Readonly<Record<string, string>> {
  return {
    PATH: image.path,
    HOME: home,
    PWD: home,
    TERM: "xterm-256color",
    LANG: "C.UTF-8",
    HOSTNAME: "ip-10-0-0-1.ec2.internal",
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: `AWS_ECS_${task.launchType}`,
    ECS_CONTAINER_METADATA_URI_V4: `http://169.254.170.2/v4/${runtimeId}`,
  };
}
