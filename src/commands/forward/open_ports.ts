import { present } from "../../present.ts";
import type { PortWord } from "../../args/parse_port.ts";
import type { PortholeError } from "../../errors.ts";
import { findStop, watchTask } from "../../task/watch_task.ts";
import { awaitAgent } from "../../exec/await_agent.ts";
import { joinGrant } from "../../exec/open_client.ts";
import { openGranted } from "../../exec/open_granted.ts";
import { requestGrant } from "../../exec/request_session.ts";
import type { Deadline } from "../../limits/start_deadline.ts";
import { openDataChannel } from "../../session/channel/data_channel.ts";
import {
  openPortSession,
  type PortSession,
} from "../../session/port/open_port_session.ts";
import type { Target } from "../../target/target.ts";
import type { ForwardTools } from "./forward_tools.ts";
import { nameRemote } from "./name_remote.ts";
import type { PortWay } from "./serve_connections.ts";
import { shareContainers } from "./share_containers.ts";
import { sharesNetwork } from "./shares_network.ts";

/** Ways to every port, open together: when one is lost, all are. */
export interface OpenPorts {
  /** In the order of the ports. */
  readonly ways: readonly PortWay[];
  /** Resolves with the reason once they are lost; never, where `end` came first. */
  readonly lost: Promise<PortholeError>;
  end(): Promise<void>;
}

/** Agents of tasks that have just started take some seconds. */
const AGENT_TIMEOUT_MS = 30_000;

/** Opens a session for each port, each in another container of the task. */
export async function openPorts(
  target: Target,
  deadline: Deadline,
  tools: ForwardTools,
): Promise<OpenPorts> {
  const { invocation: { ports }, access, deps } = tools;
  const isShared = ports.length === 1 || await sharesNetwork(target, access);
  const containers = shareContainers(ports, target, isShared);
  const sessions: PortSession[] = [];
  const end = async () => {
    over.abort();
    await Promise.all(sessions.map((session) => session.end()));
  };
  const over = new AbortController();
  try {
    for (const [at, port] of ports.entries()) {
      const through = { ...target, container: containers[at]! };
      sessions.push(await openPort(port, through, deadline, tools));
    }
  } catch (error) {
    await end();
    throw error;
  }
  const { cluster, task } = target;
  return {
    ways: sessions.map((session, at) => {
      const container = containers[at]!.name;
      return {
        container,
        open: () => Promise.resolve(session.open()),
        refusal: explainRefusal(ports[at]!, container),
      };
    }),
    lost: Promise.race([
      watchTask(access, cluster, task, deps, over.signal),
      ...sessions.map(async ({ ended }) => {
        const error = await ended;
        if (over.signal.aborted || error === undefined) {
          return await new Promise<never>(() => {});
        }
        // Where the task has stopped, that says more.
        return await findStop(access, cluster, task) ?? error;
      }),
    ]),
    end,
  };
}

async function openPort(
  { host, port }: PortWord,
  target: Target,
  deadline: Deadline,
  { invocation, access, deps, log, cancellation }: ForwardTools,
): Promise<PortSession> {
  const { task, container } = await awaitAgent(target, AGENT_TIMEOUT_MS, {
    access,
    log,
    deps,
    shared: invocation.shared,
    cancellation,
  });
  const request = {
    task,
    container,
    port,
    ...present({ host }),
  };
  return await openGranted(
    async (isOver) => {
      const grant = await requestGrant(
        { ...target, task, container },
        () => access.openPort(request),
        { access, log, deps, waitMs: AGENT_TIMEOUT_MS, isOver },
      );
      log.debug(`Session ID: ${grant.sessionId}`);
      return grant;
    },
    (grant) =>
      openPortSession(
        (events) =>
          openDataChannel(
            grant.tokenValue,
            joinGrant(grant, { access, deps, log }),
            events,
          ),
        { keepAlive: invocation.keepAlive },
        {
          sleep: deps.sleep,
          terminate: () => access.terminateSession(grant.sessionId),
          onCustomerMessage: log.info,
          onInterruption: log.info,
          onStuck: (milliseconds) =>
            log.warn(
              `Closed a connection to ${
                nameRemote({ host, port })
              }: its program read nothing for ${
                milliseconds / 1000
              } s, and held up the others`,
            ),
        },
      ),
    { access, deps, deadline, cancellation },
  );
}

/** The agent tells that it could not connect, and never why. */
function explainRefusal(port: PortWord, container: string): string {
  const cannot = `Cannot connect to ${
    nameRemote(port)
  } from container "${container}"`;
  return port.host === undefined
    ? `${cannot}: nothing accepts connections there`
    : `${cannot}: nothing there accepts connections, it cannot be reached, or the name was not found (it is looked up once, as the session starts)`;
}
