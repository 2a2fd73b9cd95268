import type { AwsAccess } from "../../access/access.ts";
import type { SessionInvocation } from "../../args/invocation.ts";
import { AGENT_TIMEOUT_MS } from "../../args/parse_session.ts";
import type { Config } from "../../config/config.ts";
import { PortholeError } from "../../errors.ts";
import { type DecidedSession, decideSession } from "../../exec/decide_way.ts";
import type { Log } from "../../log.ts";
import { present } from "../../present.ts";
import type { OpenRequest } from "../../session/rack/v1/open_request.ts";
import { readRackSettings } from "../../route/rack_settings.ts";
import type { Setting } from "../../setting.ts";
import { findContainer } from "../../target/find_container.ts";
import { waitForAgent } from "../../task/wait_for_agent.ts";
import type { ExecCall } from "./session_call.ts";
import type { SessionPorts } from "./session_ports.ts";

/** What somebody wants to run in a task, whichever client speaks for them. */
export type WantedSession = Omit<OpenRequest, "carriers" | "wrappers">;

/**
 * Decides a session as exec does: its container, its route by the rack's ECSExec, and what carries it. Nothing is
 * opened yet; an agent that is starting has been waited for.
 *
 * @param log hears what the client is to be told.
 * @throws {PortholeError} where there is no such container, or no way to it.
 */
export async function decideRackSession(
  wanted: WantedSession,
  { caller, place }: Pick<ExecCall, "caller" | "place">,
  ports: SessionPorts,
  log: Log,
): Promise<DecidedSession> {
  const access: AwsAccess = {
    ...ports.access,
    ...ports.sessionsOf(caller),
  };
  const { app: cluster, service, task } = place;
  const [ecsExec, offer] = await Promise.all([
    ports.readEcsExec(),
    findContainer(access, task, present({ container: wanted.container }), {
      canAsk: () => Promise.resolve(false),
      enterPlace: () => {},
      announce: () => {},
      print: () => {},
      ask: () => Promise.reject(new RangeError("a rack asks nobody")),
      terminalSize: () => undefined,
      now: ports.deps.now,
      random: Math.random,
    }),
  ]);
  if (offer.kind !== "one") throw new RangeError("a rack offers no choice");
  const { container, notes } = offer.item;
  const { tty, binary } = wanted;
  const target = {
    cluster,
    task,
    container,
    notes,
    // `enable-exec` does nothing for a task that was run.
    ...(place.isRun ? {} : { service }),
  };
  const ground = {
    invocation: describeInvocation(wanted),
    config: describeConfig(wanted, place, ecsExec, ports.docker),
    streams: { interactive: tty, stdin: hasStdin(wanted), binary },
    access,
    chooseClient: () =>
      Promise.resolve({
        kind: "builtin" as const,
        because: "the rack carries the session",
      }),
  };
  const decided = await decideSession(ground, { target, log }, () => {});
  const { route } = decided.way;
  if (route.kind === "docker") {
    if (decided.config.dockerHost === undefined) {
      throw new PortholeError("docker_unreachable", {
        cannot: `exec into container "${container.name}" of task ${task.id}`,
        because:
          `Docker is the way to it because ${route.because}, and this rack has no exec.docker.host in its --config`,
      });
    }
    return decided;
  }
  const ready = await waitForAgent(access, cluster, target, {
    limitMs: AGENT_TIMEOUT_MS,
    onLook: () => {},
    deps: ports.deps,
  });
  // What it has become meanwhile may be STOPPED.
  return ready === target
    ? decided
    : await decideSession(ground, { target: ready, log: quiet(log) }, () => {});
}

/** A terminal has keys, whatever is said of stdin. */
function hasStdin({ tty, stdin }: WantedSession): boolean {
  return tty || stdin;
}

function describeInvocation(wanted: WantedSession): SessionInvocation {
  return present({
    shared: {
      logFormat: "text" as const,
      color: "never" as const,
      debug: false,
      noInput: true,
    },
    container: wanted.container,
    command: wanted.command,
    interactive: wanted.tty,
    tty: wanted.tty,
    noStdin: !hasStdin(wanted),
    agentTimeoutMs: AGENT_TIMEOUT_MS,
    noShell: wanted.bare,
    dryRun: false,
    output: "text" as const,
    binary: wanted.binary,
    stderr: wanted.stderr,
    keepAlive: wanted.keepAlive,
    user: wanted.user,
    workdir: wanted.workdir,
    env: wanted.env,
    privileged: false,
  });
}

/** The rack's own settings: of its file only what reaches Docker. */
function describeConfig(
  { shell }: WantedSession,
  { app, service, generation }: ExecCall["place"],
  ecsExec: "Yes" | "No",
  docker: Config | undefined,
): Config {
  const here = <T>(value: T): Setting<T> => ({
    value,
    source: { kind: "default" },
  });
  return present({
    files: [],
    cluster: here(app),
    service: here(service),
    timeoutMs: here(0),
    session: here("builtin" as const),
    ...readRackSettings({ ecsExec, generation }),
    shell: shell === undefined ? undefined : here(shell),
    dockerHost: docker?.dockerHost,
    dockerTls: docker?.dockerTls,
    dockerCa: docker?.dockerCa,
    dockerCert: docker?.dockerCert,
    dockerKey: docker?.dockerKey,
    dockerServerName: docker?.dockerServerName,
  });
}

function quiet(log: Log): Log {
  return { ...log, warn: () => {}, info: () => {} };
}
