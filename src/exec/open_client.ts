import type { SessionGrant, Sessions } from "../access/access.ts";
import type { Deps } from "../deps.ts";
import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import { connectSocket } from "../session/channel/connect_socket.ts";
import { ConnectFailure } from "../session/channel/connect_failure.ts";
import type { ChannelDeps } from "../session/channel/data_channel.ts";
import {
  type ChannelSessionRequest,
  openChannelSession,
} from "../session/channel/open_channel_session.ts";
import { openAttachedPluginSession } from "../session/plugin/open_attached_plugin_session.ts";
import { openStreamPluginSession } from "../session/plugin/open_stream_plugin_session.ts";
import type { PluginSessionRequest } from "../session/plugin/run_plugin.ts";
import type { Capabilities } from "../session/reply/read_reply.ts";
import type { Session, StreamSession } from "../session/session.ts";
import type { SessionLimits } from "../session/session_limits.ts";
import type { Client } from "./choose_client.ts";
import type { DecidedSession } from "./decide_way.ts";
import type { PreparedCommand } from "./prepare_command.ts";

/** A session that AWS has granted, and who joins it. */
export interface GrantedSession {
  readonly session: Pick<
    DecidedSession,
    "config" | "streams" | "way" | "access" | "log"
  >;
  readonly client: Client;
  readonly grant: SessionGrant;
  readonly command: PreparedCommand;
}

/** What the session is opened with. */
export interface JoinTools {
  readonly deps: Deps;
  readonly onStarted: () => void;
  readonly onCapabilities?: ((found: Capabilities) => void) | undefined;
  /** Default: those of a session that has a process for itself. */
  readonly limits?: SessionLimits | undefined;
}

const CONNECT_TIMEOUT_MS = 15_000;

/** Joins the session that AWS granted, over the plugin or the built-in client. */
export async function openClient(
  { session, client, grant, command }: GrantedSession,
  { deps, onStarted, onCapabilities, limits }: JoinTools,
): Promise<Session> {
  const { config, streams, way, access, log } = session;
  const { wrapped } = command;
  const undoCrlf = wrapped === undefined && !streams.interactive &&
    !way.windows;
  if (client.kind === "builtin") {
    return await openBuiltinClient(grant, {
      wrapped,
      interactive: streams.interactive,
      undoCrlf,
      keepAlive: way.keepAlive,
    }, { access, deps, log, onStarted, onCapabilities, limits });
  }
  return await openPluginClient(
    {
      pluginPath: client.path,
      version: client.version,
      grant,
      profile: config.profile?.value,
      ...await access.describePluginSurroundings(),
      terminate: (sessionId) => access.terminateSession(sessionId),
    },
    { interactive: streams.interactive, wrapped, undoCrlf },
    { deps, log, onStarted },
  );
}

/** Joins it over the plugin: at the terminal, or between our streams. */
export async function openPluginClient(
  request: PluginSessionRequest,
  { interactive, wrapped, undoCrlf }: Pick<
    ChannelSessionRequest,
    "wrapped" | "interactive" | "undoCrlf"
  >,
  { deps, log, onStarted }: JoinTools & { readonly log: Pick<Log, "warn"> },
): Promise<Session> {
  if (!interactive) {
    return openStreamPluginSession(
      { ...request, wrapped, undoCrlf, onNotice: log.warn },
      deps,
    );
  }
  const session = await openAttachedPluginSession(request, deps);
  void session.opened.then(onStarted);
  return session;
}

/** Joins it over the built-in client. */
export async function openBuiltinClient(
  grant: SessionGrant,
  request: Pick<
    ChannelSessionRequest,
    "wrapped" | "interactive" | "undoCrlf" | "keepAlive"
  >,
  { access, deps, log, onStarted, onCapabilities, limits }: JoinTools & {
    readonly access: Omit<Sessions, "open">;
    readonly log: Pick<Log, "debug" | "info" | "warn">;
  },
): Promise<StreamSession> {
  return await openChannelSession(
    {
      ...request,
      grant,
      size: deps.terminalSize(),
    },
    {
      ...joinGrant(grant, { access, deps, log, limits }),
      terminate: () => access.terminateSession(grant.sessionId),
      onNotice: log.warn,
      onCustomerMessage: log.info,
      onInterruption: log.info,
      onCapabilities,
      onStarted() {
        log.debug("Channel: the session has started");
        onStarted();
      },
    },
  );
}

/** What opens the data channel of a session that AWS granted. */
export function joinGrant(
  grant: SessionGrant,
  { access, deps, log, limits }: {
    readonly access: Omit<Sessions, "open">;
    readonly deps: Pick<Deps, "env" | "now" | "sleep">;
    readonly log: Pick<Log, "debug">;
    readonly limits?: SessionLimits | undefined;
  },
): ChannelDeps {
  let refused = false;
  return {
    async connect(events) {
      // A refusal may only mean that temporary credentials have expired since.
      const { headers, caCertificates } = await access.signUpgrade(grant, {
        isRetry: refused,
      });
      refused = false;
      log.debug(`Channel: connecting to ${hostOf(grant.streamUrl)}`);
      try {
        const socket = await connectSocket(grant.streamUrl, events, {
          headers,
          env: deps.env,
          caCertificates,
          connectTimeoutMs: CONNECT_TIMEOUT_MS,
          mostWaiting: limits?.outgoing,
        });
        log.debug("Channel: connected");
        return socket;
      } catch (error) {
        log.debug(`Channel: not connected: ${messageOf(error)}`);
        refused = error instanceof ConnectFailure && error.status === 403;
        throw error;
      }
    },
    limits,
    resume: () => access.resumeSession(grant.sessionId),
    createDataKey: (keyId) => access.createDataKey(keyId, grant),
    now: () => deps.now().getTime(),
    sleep: deps.sleep,
    random: Math.random,
  };
}

/** The rest of a stream URL is a secret, also where it cannot be read. */
function hostOf(streamUrl: string): string {
  return URL.canParse(streamUrl) ? new URL(streamUrl).host : "no URL";
}
