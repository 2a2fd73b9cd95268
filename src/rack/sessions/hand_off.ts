import { AGENT_TIMEOUT_MS } from "../../args/parse_session.ts";
import type { DecidedSession } from "../../exec/decide_way.ts";
import { prepareCommand } from "../../exec/prepare_command.ts";
import { requestSession } from "../../exec/request_session.ts";
import type { SessionGrant } from "../../access/access.ts";
import type {
  Carrier,
  OpenRequest,
} from "../../session/rack/v1/open_request.ts";
import type { Handoff, Opened } from "../../session/rack/v1/opened.ts";
import {
  type WrappedCommand,
  type Wrapper,
  WRAPPER_VERSION,
} from "../../session/wrap_command.ts";
import { comesWithin } from "../../within.ts";
import { refuseLeft } from "./open_relayed.ts";
import { Refusal } from "../refusal.ts";
import type { ExecCall } from "./session_call.ts";
import type { SessionPorts } from "./session_ports.ts";

const CLEAN_UP_MS = 2_000;

/**
 * Who carries a session: porthole's client, where it can and may, and the rack otherwise. Docker's sessions and
 * encrypted ones are the rack's to carry, and those whose wrapper the client does not know.
 *
 * @throws {Refusal} where the client does not want what is left.
 */
export async function chooseCarrier(
  { carriers, wrappers, bare }: Pick<
    OpenRequest,
    "carriers" | "wrappers" | "bare"
  >,
  decided: DecidedSession,
  { caller }: Pick<ExecCall, "caller">,
  { handoff, sessionsOf }: Pick<SessionPorts, "handoff" | "sessionsOf">,
): Promise<Carrier> {
  const may = handoff !== "never" && isHandedOff(decided) &&
    (bare || decided.way.windows || wrappers.includes(WRAPPER_VERSION));
  const carrier = may && carriers.includes("handoff") &&
      !await sessionsOf(caller).isEncrypted(decided.target.task.clusterArn)
    ? "handoff"
    : "relay";
  if (carriers.includes(carrier)) return carrier;
  throw new Refusal(
    409,
    "the rack has to carry this session itself, and the client does not want that",
  );
}

/** Whether a session is one of Session Manager's in the container itself. */
export function isHandedOff({ way }: DecidedSession): boolean {
  return way.route.kind === "ecs_exec" && !way.onInstance;
}

/**
 * Opens a session, and makes what the client joins it by. What nobody has heard of by then is ended.
 *
 * @throws {PortholeError} what AWS refused.
 */
export async function handOff(
  { env }: Pick<OpenRequest, "env">,
  decided: DecidedSession,
  { call: { caller, place }, ports, over }: {
    readonly call: ExecCall;
    readonly ports: SessionPorts;
    readonly over: AbortSignal;
  },
): Promise<Omit<Handoff, keyof Opened>> {
  const command = prepareCommand({
    ...decided,
    ...decided.way,
    client: { kind: "builtin" },
  });
  const { access } = decided;
  const grant = await grantSession(decided, command.text, ports, over);
  try {
    if (over.aborted) throw refuseLeft();
    const { sessionId, streamUrl, tokenValue, target } = grant;
    const [presigned, ticket] = await Promise.all([
      ports.sessionsOf(caller).presign(streamUrl),
      ports.signTicket({
        app: place.app,
        service: place.service,
        run: place.isRun,
        sessionId,
        target,
        task: decided.target.task.id,
        container: decided.target.container.name,
        user: caller.id,
        opened: ports.deps.now(),
      }),
    ]);
    if (over.aborted) throw refuseLeft();
    return {
      sessionId,
      streamUrl: presigned,
      tokenValue,
      target,
      region: ports.region,
      ticket,
      wrapper: command.wrapped === undefined
        ? null
        : describeWrapper(command.wrapped, env.length),
    };
  } catch (error) {
    await comesWithin(
      CLEAN_UP_MS,
      access.terminateSession(grant.sessionId),
      ports.deps,
    );
    throw error;
  }
}

/** Asks AWS for a session in the container; an agent that has just started is waited for. */
export async function grantSession(
  decided: DecidedSession,
  command: string,
  { deps, log }: Pick<SessionPorts, "deps" | "log">,
  over: AbortSignal,
): Promise<SessionGrant> {
  return await requestSession(decided.target, command, {
    access: decided.access,
    log: { ...log, info: log.debug },
    deps,
    waitMs: AGENT_TIMEOUT_MS,
    isOver: () => over.aborted,
  });
}

function describeWrapper(
  { nonce, options }: WrappedCommand,
  variables: number,
): Wrapper {
  const { onDockerHost: _, ...rest } = options;
  return { version: WRAPPER_VERSION, nonce, options: { ...rest, variables } };
}
