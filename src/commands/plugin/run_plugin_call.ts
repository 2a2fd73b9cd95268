import type { Sessions } from "../../access/access.ts";
import { createAwsAccess } from "../../access/aws/create_aws_access.ts";
import { createAws } from "../../aws/create_aws.ts";
import type { Deps } from "../../deps.ts";
import { explainUnknown, PortholeError } from "../../errors.ts";
import { joinGrant } from "../../exec/open_client.ts";
import { exitStatusOf } from "../../exit_status.ts";
import { isLoopback } from "../../is_loopback.ts";
import type { Log } from "../../log.ts";
import type { Report } from "../../report/report.ts";
import { explainChannelFailure } from "../../session/channel/explain_channel_end.ts";
import { deferChannel } from "../../session/channel/defer_channel.ts";
import { CLIENT_VERSION } from "../../session/channel/handshake.ts";
import { within } from "../../within.ts";
import type { CallTools } from "./call_tools.ts";
import { carryPort } from "./carry_port.ts";
import { carryStream } from "./carry_stream.ts";
import {
  holdsWholeSession,
  type PluginCall,
  readPluginCall,
} from "./read_plugin_call.ts";

/** What the AWS CLI looks for before it asks AWS for a session: that the program can be started. */
const HERE =
  "porthole stands in for session-manager-plugin: the AWS CLI can start sessions.\n";
/** A program in a container may wait for keys before it says anything. */
const SILENT_START_MS = 1_500;
/** An agent that forwards ports says so first, if it takes its time. */
const GREETING_MS = 30_000;
/** The documents of sessions that may begin in silence: they run a program on a terminal. */
const SHELL_DOCUMENTS: readonly (string | undefined)[] = [
  undefined,
  "SSM-SessionManagerRunShell",
  "AWS-StartInteractiveCommand",
];

/**
 * Does what AWS's session-manager-plugin is called for. Never rejects.
 *
 * Where a whole session is one of the words, the status is always 0: for any other the AWS CLI shows all
 * of the words, and the token with them. The AWS CLI hands over no other words that look like a session.
 */
export async function runPluginCall(
  words: readonly string[],
  deps: Deps,
  log: Log,
): Promise<Report> {
  const [first] = words;
  if (first === undefined) return { stdout: HERE, status: 0 };
  if (first === "--version") {
    return { stdout: `${CLIENT_VERSION}\n`, status: 0 };
  }
  const mayFail = !holdsWholeSession(first);
  try {
    const call = readPluginCall(words, deps.env);
    const status = await carry({
      call,
      access: openSessions(call, deps, log),
      deps,
      log,
    });
    return { status: mayFail ? status : 0 };
  } catch (thrown) {
    const error = explainUnknown(thrown);
    return {
      error,
      status: mayFail ? exitStatusOf(error, "remote") : 0,
    };
  }
}

/** Joins the session, and carries what it turns out to be; resolves with its exit status. */
async function carry(tools: CallTools): Promise<number> {
  const { call: { grant, document }, access, deps, log } = tools;
  const deferred = await deferChannel(
    grant.tokenValue,
    joinGrant(grant, { access, deps, log }),
  ).catch((error) => {
    throw explainChannelFailure(error, false);
  });
  const greeting = await within(
    SHELL_DOCUMENTS.includes(document) ? SILENT_START_MS : GREETING_MS,
    deferred.begun,
    deps,
  );
  return greeting?.sessionType === "Port"
    ? await carryPort(deferred, greeting, tools)
    : await carryStream(deferred, greeting?.sessionType, tools);
}

/** Session Manager with the caller's credentials, where there are some. */
function openSessions(
  { region, profile, endpoint }: PluginCall,
  deps: Deps,
  log: Log,
): Omit<Sessions, "open"> {
  const env = (name: string) =>
    name === "AWS_ENDPOINT_URL_SSM" && isLocal(endpoint)
      ? endpoint
      : deps.env(name);
  const access = createAwsAccess(
    createAws({ ...deps, env, region, profile }),
  );
  return {
    ...access,
    async signUpgrade(grant, options) {
      try {
        return await access.signUpgrade(grant, options);
      } catch (error) {
        // The token alone may do: AWS's own client goes on without a signature as well.
        if (!(error instanceof PortholeError)) throw error;
        log.debug(`The connection is not signed: ${error.message}`);
        return { headers: {} };
      }
    },
  };
}

/** `aws ecs` hands over the endpoint of ECS, which does not resume sessions; only a stand-in for all of AWS does. */
function isLocal(endpoint: string | undefined): boolean {
  const url = endpoint === undefined ? null : URL.parse(endpoint);
  return url !== null && isLoopback(url.hostname);
}
