import type { SessionGrant } from "../../access/access.ts";
import { readsEnvironment } from "./try_plugin.ts";

/** What the plugin needs to join a session. */
export interface PluginCallRequest {
  readonly grant: SessionGrant;
  readonly region: string;
  /** The AWS profile; the plugin uses it to renew the session and for KMS. */
  readonly profile?: string | undefined;
  readonly ssmEndpoint: string;
  /** Undefined where it is not known. */
  readonly version?: string | undefined;
}

/** The plugin's command line and the variables it gets beside ours. */
export interface PluginCall {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The plugin takes any variable that starts like this; the AWS CLI uses just this one. */
const SESSION_VARIABLE = "AWS_SSM_START_SESSION_RESPONSE";

/** Lays out the six arguments of AWS's plugin; the token is in one of them only for plugins too old for the variable. */
export function layOutPluginCall(request: PluginCallRequest): PluginCall {
  const { sessionId, streamUrl, tokenValue, target } = request.grant;
  const session = JSON.stringify({
    SessionId: sessionId,
    StreamUrl: streamUrl,
    TokenValue: tokenValue,
  });
  const tokenInEnvironment = readsEnvironment(request.version);
  return {
    args: [
      tokenInEnvironment ? SESSION_VARIABLE : session,
      request.region,
      "StartSession",
      request.profile ?? "",
      JSON.stringify({ Target: target }),
      request.ssmEndpoint,
    ],
    env: tokenInEnvironment ? { [SESSION_VARIABLE]: session } : {},
  };
}
