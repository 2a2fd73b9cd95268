import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { AgentSession, type SessionParts } from "./agent_session.ts";
import { decryptDataKey } from "./answer_kms.ts";
import type {
  NewInstanceSession,
  NewPortSession,
  NewSession,
  SessionTicket,
} from "./api_context.ts";
import { makeContainerImage } from "./container_image.ts";
import type { Containers } from "./containers.ts";
import type { Fleet } from "./fleet.ts";
import type { RequestLog } from "./request_log.ts";
import type { SessionInfo } from "./sandbox.ts";
import type { SandboxOptions } from "./sandbox_options.ts";
import { drawText, seedRandom } from "./seeded_random.ts";
import type { SessionDoor } from "./serve_data_channel.ts";

/** What the sessions of a sandbox share. */
export type SessionsParts = {
  readonly options: SandboxOptions;
  readonly fleet: Fleet;
  readonly containers: Containers;
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
  openPort(session: NewPortSession): SessionTicket;
  resume(sessionId: string): SessionTicket | undefined;
  terminate(sessionId: string): boolean;
  /** The ids of the sessions with an SSM target that are not over. */
  list(target: string): readonly string[];
  cut(): void;
  stopTask(taskId: string, reason?: string): void;
  /** Ends the sessions in a task, or in one of its containers, with the agent. */
  endSessions(taskId: string, container?: string): void;
  describe(): readonly SessionInfo[];
  close(): Promise<void>;
};

/** Prepares for sessions. */
export function openSessions(parts: SessionsParts): Sessions {
  const { options, fleet, containers, directory, log } = parts;
  const doors = new Map<string, SessionDoor>();
  const streamUrls = new Map<string, string>();
  const targets = new Map<string, string>();
  const dataKeys = new Map<string, Uint8Array>();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const stopping = new Set<string>();
  /** SSM targets whose agent has its control channel blocked. */
  const blocked = new Set<string>();
  const random = seedRandom(options.seed, "sessions");
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
    endSessions(taskId);
  }

  function endSessions(taskId: string, container?: string): void {
    for (const { session } of doors.values()) {
      const place = session.describe();
      if (
        place.taskId === taskId &&
        (container === undefined || place.container === container)
      ) session.die();
    }
  }

  function open(wanted: NewSession): SessionTicket {
    const { task, container, command, runtimeId, way } = wanted;
    const { image, home, env } = containers.open(task, container);
    return begin(wanted, {
      sessionId: drawSessionId(
        way === undefined ? "ecs-execute-command" : "sandbox",
      ),
      target: `ecs:${task.cluster.name}_${task.taskId}_${runtimeId}`,
      container,
      command,
      directory: home,
      image,
      shell: false,
      env,
      ...(way === undefined ? {} : { way }),
    });
  }

  function openPort(wanted: NewPortSession): SessionTicket {
    const { task, container, runtimeId, port } = wanted;
    const { image, home, env } = containers.open(task, container);
    return begin(wanted, {
      sessionId: drawSessionId("sandbox"),
      target: `ecs:${task.cluster.name}_${task.taskId}_${runtimeId}`,
      container,
      command: "",
      directory: home,
      image,
      shell: false,
      env,
      port,
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
        | "port"
        | "way"
      >
      & { readonly target: string },
  ): SessionTicket {
    const { sessionId } = place;
    const cluster = task.cluster.name;
    if (!place.shell && !hasWorker(target)) blocked.add(target);
    const heard = !blocked.has(target);
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
    if (!heard) log.addEvent({ kind: "unheard", sessionId });
    const session = new AgentSession({
      ...place,
      heard,
      cluster,
      taskId: task.taskId,
      options,
      random: seedRandom(options.seed, sessionId),
      // The agent never encrypts the bytes of ports.
      kmsKeyId: place.port === undefined ? parts.kmsKeyId : undefined,
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

  function list(target: string): readonly string[] {
    return [...doors.values()].map(({ session }) => session.describe())
      .filter(({ sessionId, state }) =>
        state !== "closed" && targets.get(sessionId) === target
      )
      .map(({ sessionId }) => sessionId);
  }

  /** Whether the agent in a container can take another session. */
  function hasWorker(target: string): boolean {
    const { sessionWorkersLimit } = options;
    return sessionWorkersLimit === 0 ||
      list(target).length < sessionWorkersLimit;
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
    openPort,
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
      if (!blocked.has(targets.get(sessionId) ?? "")) door?.session.terminate();
      return door !== undefined;
    },
    list,
    cut() {
      for (const { session } of doors.values()) session.cut();
    },
    stopTask,
    endSessions,
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

/** Where commands on an instance begin, with a sudo that keeps their DOCKER_HOST, and what it is told to keep. */
function findInstanceHome(directory: string, instanceId: string): string {
  const home = join(directory, instanceId);
  const sudo = join(home, "bin", "sudo");
  // Written once: what is being written cannot be run, and an earlier session may be about to.
  if (existsSync(sudo)) return home;
  Deno.mkdirSync(join(home, "bin"), { recursive: true });
  Deno.writeTextFileSync(
    sudo,
    '#!/bin/sh\n[ "$1" = -n ] && shift\ncase $1 in --preserve-env=*) shift;; ' +
      '*) unset PORTHOLE_ENV;; esac\nexec "$@"\n',
    { mode: 0o755 },
  );
  return home;
}
