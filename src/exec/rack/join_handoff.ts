import { createTicketDoor } from "../../access/rack/create_ticket_door.ts";
import type { RackClient } from "../../access/rack/create_rack_client.ts";
import { checkStream, refuseHandoff } from "../../access/rack/read_handoff.ts";
import type { Deps } from "../../deps.ts";
import { messageOf, PortholeError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { ConnectFailure } from "../../session/channel/connect_failure.ts";
import {
  connectSocket,
  type Socket,
  type SocketEvents,
} from "../../session/channel/connect_socket.ts";
import { openChannelSession } from "../../session/channel/open_channel_session.ts";
import type { OpenRequest } from "../../session/rack/v1/open_request.ts";
import type { Handoff } from "../../session/rack/v1/opened.ts";
import type { Session } from "../../session/session.ts";
import { describeVariables } from "../../session/variables.ts";
import {
  createSessionKeys,
  type WrappedCommand,
  WRAPPER_VERSION,
} from "../../session/wrap_command.ts";
import { comesWithin } from "../../within.ts";
import type { Client } from "../choose_client.ts";
import { openPluginClient } from "../open_client.ts";

const CONNECT_TIMEOUT_MS = 15_000;
/** How long the rack may take to end a session on AWS's side, or to hear that it has ended. */
const TERMINATE_MS = 2_000;

/** What a session that was handed off is joined with. */
export interface HandoffTools {
  readonly deps: Deps;
  readonly log: Log;
  readonly onStarted: () => void;
}

/**
 * Joins a session that a rack has handed off, once all of it has been checked. However that ends, the rack is told to
 * end it.
 *
 * @throws {PortholeError} session_refused for a hand-off that is not as it was asked for; what keeps the session's
 * channel from being opened.
 */
export async function joinHandoff(
  rackClient: RackClient,
  handoff: Handoff,
  { request, client }: {
    readonly request: OpenRequest;
    readonly client: Client;
  },
  tools: HandoffTools,
): Promise<Session> {
  const { rack } = rackClient;
  const { deps } = tools;
  const { sessionId, tokenValue, region, target } = handoff;
  checkStream(handoff, rack);
  const door = createTicketDoor(rackClient, handoff);
  let ending: Promise<unknown> | undefined;
  const terminate = async () => {
    ending ??= comesWithin(TERMINATE_MS, door.terminate(), deps);
    await ending;
  };
  try {
    const wrapped = readWrapper(handoff, request, rack);
    const how = {
      wrapped,
      interactive: request.tty,
      undoCrlf: wrapped === undefined && !request.tty,
      keepAlive: request.keepAlive,
    };
    const grant = {
      sessionId,
      tokenValue,
      target,
      streamUrl: handoff.streamUrl,
    };
    const session = client.kind === "plugin"
      ? await openPluginClient(
        {
          pluginPath: client.path,
          version: client.version,
          grant,
          region,
          ssmEndpoint: ssmEndpoint(region),
          terminate,
        },
        how,
        tools,
      )
      : await openBuiltin(grant, how, { door, terminate }, tools);
    return {
      ...session,
      exit: session.exit.then(async (end) => {
        await terminate();
        return end;
      }),
    };
  } catch (error) {
    await terminate();
    throw error;
  }
}

type Grant = Parameters<typeof openChannelSession>[0]["grant"];

async function openBuiltin(
  grant: Grant,
  how: Omit<Parameters<typeof openChannelSession>[0], "grant" | "size">,
  { door, terminate }: {
    readonly door: ReturnType<typeof createTicketDoor>;
    readonly terminate: () => Promise<void>;
  },
  { deps, log, onStarted }: HandoffTools,
): Promise<Session> {
  let { streamUrl } = grant;
  return await openChannelSession(
    { ...how, grant, size: deps.terminalSize() },
    {
      connect: (events) => dialStream(streamUrl, events, deps, log),
      async resume() {
        const renewed = await door.resume();
        // It is signed anew, for a minute.
        if (renewed !== undefined) streamUrl = renewed.streamUrl;
        return renewed?.tokenValue;
      },
      createDataKey: () =>
        Promise.reject(
          new PortholeError(
            "session_refused",
            "Cannot join the session: a KMS key encrypts it, which only the rack may use",
          ),
        ),
      terminate,
      now: () => deps.now().getTime(),
      sleep: deps.sleep,
      random: Math.random,
      onNotice: log.warn,
      onCustomerMessage: log.info,
      onInterruption: log.info,
      onStarted,
    },
  );
}

/** Dials the URL that the rack has signed; where that is refused, the same without the signature. */
async function dialStream(
  streamUrl: string,
  events: SocketEvents,
  deps: Pick<Deps, "env">,
  log: Pick<Log, "debug">,
): Promise<Socket> {
  const dial = (address: string) =>
    connectSocket(address, events, {
      headers: {},
      env: deps.env,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
    });
  const plain = withoutSignature(streamUrl);
  if (plain === streamUrl) return await dial(plain);
  try {
    return await dial(streamUrl);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    log.debug(
      `Channel: the signed address was refused (${
        messageOf(error)
      }); trying the plain one`,
    );
    return await dial(plain);
  }
}

/** What is left is as AWS wrote it. */
function withoutSignature(streamUrl: string): string {
  const [path = "", query = ""] = streamUrl.split("?", 2);
  const kept = query.split("&").filter((pair) => !/^x-amz-/i.test(pair));
  return kept.join("&") === "" ? path : `${path}?${kept.join("&")}`;
}

function isRefusal(error: unknown): boolean {
  return error instanceof ConnectFailure && error.status !== undefined &&
    error.status >= 400 && error.status < 500;
}

/**
 * What is around the command, as far as we speak with it: the secret is ours, and the rack does not know it.
 *
 * @throws {PortholeError} session_refused for what was not asked for: such a session might end without a status.
 */
function readWrapper(
  { wrapper }: Handoff,
  { bare, tty, stdin, binary, stderr, env, wrappers }: OpenRequest,
  rack: Parameters<typeof refuseHandoff>[0],
): WrappedCommand | undefined {
  if (bare) {
    if (wrapper === null) return undefined;
    throw refuseHandoff(rack, "something is around the command");
  }
  if (wrapper === null) {
    throw refuseHandoff(rack, "nothing around the command tells its status");
  }
  const { version, nonce, options: { variables, ...options } } = wrapper;
  if (version !== WRAPPER_VERSION || !wrappers.includes(version)) {
    throw refuseHandoff(rack, "what is around the command is not known here");
  }
  const asked = options.interactive === tty && variables === env.length &&
    (tty ||
      (options.stdin === stdin && options.binary === binary &&
        (options.splitStderr === true) === (stderr === "split")));
  if (!asked) {
    throw refuseHandoff(rack, "the command is not run as it was asked for");
  }
  const { secret } = createSessionKeys();
  return {
    nonce,
    secret,
    command: "",
    variables: describeVariables(env),
    options,
  };
}

function ssmEndpoint(region: string): string {
  const domain = region.startsWith("cn-") ? ".cn" : "";
  return `https://ssm.${region}.amazonaws.com${domain}`;
}
