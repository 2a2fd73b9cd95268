import type { Access, SessionGrant } from "../access/access.ts";
import type { Aws } from "../aws/create_aws.ts";
import type { Deps } from "../deps.ts";
import type { Log } from "../log.ts";
import { connectSocket } from "../session/channel/connect_socket.ts";
import { ConnectFailure } from "../session/channel/connect_failure.ts";
import { openChannelSession } from "../session/channel/open_channel_session.ts";
import {
  openAttachedPluginSession,
  openStreamPluginSession,
} from "../session/plugin/open_plugin_session.ts";
import type { Session, StreamSession } from "../session/session.ts";
import type { WrappedCommand } from "../session/wrap_command.ts";

/** Which program carries the session. */
export type Carrier =
  | { readonly kind: "plugin"; readonly path: string }
  | { readonly kind: "builtin" };

/** What there is to open. */
export interface SessionPlan {
  readonly carrier: Carrier;
  readonly grant: SessionGrant;
  readonly interactive: boolean;
  readonly wrapped: WrappedCommand | undefined;
  /** Whether a script of ours stands before the command, reporting or not. */
  readonly behindScript: boolean;
  readonly keepAlive: boolean;
  readonly profile: string | undefined;
}

/** Everything it is opened with. */
export interface SessionTools {
  readonly aws: Aws;
  readonly access: Access;
  readonly deps: Deps;
  readonly log: Log;
  readonly onStarted: () => void;
}

const CONNECT_TIMEOUT_MS = 15_000;

/** Opens the session that AWS granted, over the plugin or the built-in client. */
export async function openSession(
  plan: SessionPlan,
  tools: SessionTools,
): Promise<Session> {
  return plan.carrier.kind === "plugin"
    ? await openPluginSession(plan.carrier.path, plan, tools)
    : await openBuiltinSession(plan, tools);
}

async function openPluginSession(
  pluginPath: string,
  plan: SessionPlan,
  { aws, access, deps, log, onStarted }: SessionTools,
): Promise<Session> {
  const open = plan.interactive
    ? openAttachedPluginSession
    : openStreamPluginSession;
  const session = await open({
    pluginPath,
    grant: plan.grant,
    region: aws.region,
    profile: plan.profile,
    ssmEndpoint: await aws.ssmEndpoint(),
    wrapped: plan.behindScript,
    terminate: (sessionId) => access.terminateSession(sessionId),
    warn: log.warn,
  }, deps);
  onStarted();
  return session;
}

/** Opens it over the built-in client. */
export async function openBuiltinSession(
  plan: SessionPlan,
  { aws, access, deps, log, onStarted }: SessionTools,
): Promise<StreamSession> {
  const { grant } = plan;
  const caBundle = await aws.caBundle();
  let refused = false;
  return await openChannelSession(
    {
      grant,
      wrapped: plan.wrapped,
      interactive: plan.interactive,
      size: deps.terminalSize(),
      keepAlive: plan.keepAlive,
    },
    {
      async connect(events) {
        // A refusal may only mean that temporary credentials have expired since.
        const headers = await aws.signUpgrade(grant.streamUrl, {
          forceRefresh: refused,
        });
        refused = false;
        try {
          return await connectSocket(grant.streamUrl, events, {
            headers,
            env: deps.env,
            caCertificates: caBundle === undefined ? undefined : [caBundle],
            connectTimeoutMs: CONNECT_TIMEOUT_MS,
          });
        } catch (error) {
          refused = error instanceof ConnectFailure && error.status === 403;
          throw error;
        }
      },
      resume: () => access.resumeSession(grant.sessionId),
      createDataKey: (keyId) => access.createDataKey(keyId, grant),
      terminate: () => access.terminateSession(grant.sessionId),
      now: () => deps.now().getTime(),
      sleep: deps.sleep,
      random: Math.random,
      onNotice: log.warn,
      onInterruption: log.info,
      onStarted,
    },
  );
}
