import { type ErrorCode, explainUnknown, PortholeError } from "../../errors.ts";
import { formatDuration } from "../../duration.ts";
import { routeTo } from "../../exec/decide_way.ts";
import {
  type Deadline,
  explainTimeout,
  orTimeout,
  startDeadline,
} from "../../limits/start_deadline.ts";
import type { Log } from "../../log.ts";
import type { Route } from "../../route/route.ts";
import type { Target } from "../../target/target.ts";
import { findForwardTarget } from "./find_forward_target.ts";
import type { ForwardTools } from "./forward_tools.ts";
import { type OpenPorts, openPorts } from "./open_ports.ts";

/** Ports that stay open: in one task, or in one after the other. */
export interface KeptPorts {
  readonly target: Target;
  readonly route: Route;
  /** With the prefix of the target. */
  readonly log: Log;
  /** The ways to the ports, once there are some. */
  current(): Promise<OpenPorts>;
  /** Resolves with the reason when they are lost for good. Never rejects. */
  readonly over: Promise<PortholeError>;
  end(): Promise<void>;
}

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 10_000;
/** What may pass while a service replaces its tasks. */
const MAY_PASS: readonly ErrorCode[] = [
  "no_running_task",
  "task_not_found",
  "task_stopped",
  "container_not_found",
  "agent_not_running",
  "target_not_connected",
  "session_lost",
  "session_refused",
  "unreachable",
  "throttled",
];

/** Opens the ports, and with `--follow` opens them again in another task when they are lost. */
export async function keepPortsOpen(tools: ForwardTools): Promise<KeptPorts> {
  const { invocation, deps, config } = tools;
  const over = new AbortController();
  const first = await findAndOpen(tools, {});
  let current: Promise<OpenPorts> = Promise.resolve(first.opened);

  async function follow(): Promise<PortholeError> {
    for (let { opened } = first;;) {
      const error = await opened.lost;
      await opened.end();
      if (!invocation.follow) return error;
      first.tools.log.warn(`${error.message}; looking for another task`);
      current = openNext();
      current.catch(() => {});
      try {
        opened = await current;
      } catch (failure) {
        return explainUnknown(failure);
      }
      first.tools.log.info("The ports are open again");
    }
  }

  async function openNext(): Promise<OpenPorts> {
    const limit = config.timeoutMs.value;
    const end = limit === 0 ? Infinity : deps.now().getTime() + limit;
    const asked = config.pick?.value;
    // Nobody sits there and waits to be asked.
    const pick = asked === undefined || asked === "prompt" ? "newest" : asked;
    for (
      let delay = FIRST_RETRY_MS;;
      delay = Math.min(2 * delay, LAST_RETRY_MS)
    ) {
      try {
        const { opened } = await findAndOpen(tools, { pick });
        if (over.signal.aborted) await opened.end();
        return opened;
      } catch (error) {
        const mayPass = error instanceof PortholeError &&
          MAY_PASS.includes(error.code);
        if (!mayPass || over.signal.aborted) throw error;
        if (deps.now().getTime() + delay > end) {
          throw new PortholeError(
            "timed_out",
            `Cannot open the ports again within ${
              formatDuration(limit)
            }: ${error.message}`,
            { hint: error.hints, cause: error },
          );
        }
        await deps.sleep(delay, over.signal);
      }
    }
  }

  return {
    target: first.target,
    route: first.route,
    log: first.tools.log,
    current: () => current,
    over: follow(),
    async end() {
      over.abort();
      await (await current.catch(() => undefined))?.end();
    },
  };
}

/** Finds a task, and opens the ports in it. */
async function findAndOpen(
  tools: ForwardTools,
  known: Parameters<typeof findForwardTarget>[1],
): Promise<{
  readonly target: Target;
  readonly route: Route;
  readonly opened: OpenPorts;
  readonly tools: ForwardTools;
}> {
  const { config, deps, cancellation } = tools;
  const found = await cancellation.orCancelled(
    findForwardTarget(tools, known),
  );
  const { target } = found;
  const route = await cancellation.orCancelled(routeTo(target, tools));
  const limit = config.timeoutMs.value;
  const deadline = startDeadline(limit, deps);
  try {
    const opened = await openOn(route, target, deadline, found.tools);
    return { ...found, route, opened };
  } catch (error) {
    throw deadline.isOver() ? explainTimeout(limit) : error;
  } finally {
    deadline.cancel();
  }
}

async function openOn(
  route: Route,
  target: Target,
  deadline: Deadline,
  tools: ForwardTools,
): Promise<OpenPorts> {
  if (route.kind === "docker") {
    tools.log.warn(route.warning);
    const { openDockerPorts } = await import("./open_docker_ports.ts");
    // Nothing of it has to be ended where it is given up.
    return await tools.cancellation.orCancelled(
      orTimeout(openDockerPorts(target, tools), deadline),
    );
  }
  return await openPorts(target, deadline, tools);
}
