import type { SessionInvocation } from "../../args/invocation.ts";
import { usageError } from "../../args/usage_error.ts";
import { PortholeError } from "../../errors.ts";
import { present } from "../../present.ts";
import {
  openOnRack,
  type RackGrant,
  RackRefused,
} from "../../session/rack/v1/open_on_rack.ts";
import {
  type OpenRequest,
  writeOpenRequest,
} from "../../session/rack/v1/open_request.ts";
import type { Opened } from "../../session/rack/v1/opened.ts";
import { ProtocolError } from "../../session/rack/v1/protocol.ts";
import { WRAPPER_VERSION } from "../../session/wrap_command.ts";
import { dialPorthole } from "../../start/dial_rack.ts";
import { joinHandoff } from "./join_handoff.ts";
import type { RackStream } from "./open_rack_session.ts";
import type { DecidedRackSession } from "./prepare_rack_ground.ts";
import type { OpenTools } from "./run_on_rack.ts";

/** How long a rack that restarts is tried again. */
const RETRY_FOR_MS = 60_000;
const RETRY_MS = 2_000;

/**
 * Opens a session over a rack of porthole's own: joins the one that it hands off, and has the rack carry it where that
 * cannot be joined.
 *
 * @throws {PortholeError} usage for more than one message holds; what the rack says; what keeps both from being opened.
 */
export async function openPortholeSession(
  invocation: SessionInvocation,
  decided: DecidedRackSession,
  tools: OpenTools,
): Promise<RackStream> {
  const request = describeOpenRequest(invocation, decided, tools);
  checkLength(request);
  const { log } = tools;
  const granted = await ask(request, decided, tools);
  if (granted.kind === "relay") return asRelay(granted, tools);
  try {
    return await join(granted, request, decided, tools);
  } catch (error) {
    // Nothing has run: the command waits for a word that nobody has said.
    const mayRelay = error instanceof PortholeError &&
      JOINED_ELSEWHERE.includes(error.code) &&
      request.carriers.includes("relay");
    if (!mayRelay || tools.signal.aborted) throw error;
    log.info(`${error.message}; the rack carries the session itself`);
    const relayed = await ask(
      { ...request, carriers: ["relay"] },
      decided,
      tools,
    )
      .catch((second) => {
        throw second instanceof PortholeError
          ? second.withHint(
            `it was not joined from here either: ${error.because} (ssmmessages:OpenDataChannel)`,
          )
          : second;
      });
    if (relayed.kind === "relay") return asRelay(relayed, tools);
    throw error;
  }
}

/** What says that the way from here to AWS is closed, and nothing of the session itself. */
const JOINED_ELSEWHERE: readonly PortholeError["code"][] = [
  "access_denied",
  "unreachable",
];

function describeOpenRequest(
  invocation: SessionInvocation,
  { config, streams, client, keepAlive }: DecidedRackSession,
  { deps }: OpenTools,
): OpenRequest {
  const { interactive } = streams;
  const isPlugin = client.kind === "plugin";
  return present({
    command: invocation.command,
    shell: config.shell?.value,
    tty: interactive,
    size: interactive ? deps.terminalSize() : undefined,
    container: invocation.container,
    user: invocation.user,
    workdir: invocation.workdir,
    env: invocation.env,
    stdin: !interactive && streams.stdin,
    binary: streams.binary,
    stderr: interactive ? undefined : invocation.stderr,
    // The plugin has the terminal for itself, and says no status.
    bare: invocation.noShell || (isPlugin && interactive),
    keepAlive,
    carriers: isPlugin
      ? ["handoff" as const]
      : ["handoff" as const, "relay" as const],
    wrappers: [WRAPPER_VERSION],
  });
}

/** @throws {PortholeError} usage */
function checkLength(request: OpenRequest): void {
  try {
    writeOpenRequest(request);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw usageError(
      `Cannot send this command over a rack: ${error.message}`,
      "Send what is longer through stdin: porthole exec ... -- sh < FILE",
    );
  }
}

/** Asks for a session; a rack that restarts is asked again for a while. */
async function ask(
  request: OpenRequest,
  { rack, rackClient, target }: DecidedRackSession,
  { deps, log, signal }: OpenTools,
): Promise<RackGrant> {
  const path = ["apps", target.cluster, "processes", target.task.id, "exec"];
  const end = deps.now().getTime() + RETRY_FOR_MS;
  for (let tries = 0;; tries++) {
    try {
      return await openOnRack(request, {
        dial: (events) => dialPorthole(rackClient, path, events, deps),
        now: () => deps.now().getTime(),
        sleep: deps.sleep,
        rackName: rack.name,
        signal,
      });
    } catch (error) {
      const again = error instanceof RackRefused && error.retry &&
        deps.now().getTime() + RETRY_MS <= end && !signal.aborted;
      if (!again) throw error;
      if (tries === 0) log.info(`The rack: ${error.message}; trying again`);
      await deps.sleep(RETRY_MS, signal);
    }
  }
}

async function join(
  { handoff }: Extract<RackGrant, { kind: "handoff" }>,
  request: OpenRequest,
  { rackClient, client }: DecidedRackSession,
  tools: OpenTools,
): Promise<RackStream> {
  const session = await joinHandoff(
    rackClient,
    handoff,
    { request, client },
    tools,
  );
  tell(handoff, tools);
  return {
    session,
    carrier: "handoff",
    client: client.kind,
    sessionId: handoff.sessionId,
    opened: handoff,
  };
}

function asRelay(
  { session, opened }: Extract<RackGrant, { kind: "relay" }>,
  tools: OpenTools,
): RackStream {
  tell(opened, tools);
  // The rack says what it has opened once the command is about to run.
  tools.onStarted();
  return {
    session,
    carrier: "relay",
    client: "builtin",
    ...present({ sessionId: opened.session }),
    opened,
  };
}

function tell({ warnings, container }: Opened, { log }: OpenTools): void {
  for (const warning of warnings) log.warn(warning);
  log.debug(`Container: ${container}`);
}
