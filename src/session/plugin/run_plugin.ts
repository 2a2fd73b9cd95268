import type { SessionGrant } from "../../access/access.ts";
import type { Deps, SpawnedProcess } from "../../deps.ts";
import { messageOf, PortholeError } from "../../errors.ts";
import { parseStreamUrl } from "../parse_stream_url.ts";
import type { SessionEnd } from "../session.ts";
import { PLUGIN_INSTALL_LINK } from "./find_plugin.ts";
import { layOutPluginCall } from "./plugin_call.ts";
import { comesWithin } from "../../within.ts";

/** What a session through AWS's plugin needs. */
export interface PluginSessionRequest {
  /** From findPlugin. */
  readonly pluginPath: string;
  /** From tryPlugin; undefined where it is not known. */
  readonly version?: string | undefined;
  readonly grant: SessionGrant;
  readonly region: string;
  readonly profile?: string | undefined;
  /** Where the plugin renews its session. */
  readonly ssmEndpoint: string;
  /** Ends the session at AWS: the plugin leaves it open when it is killed, and when it dies. */
  readonly terminate: (sessionId: string) => Promise<void>;
}

/** What of the outside a plugin's process needs. */
export type PluginDeps = Pick<
  Deps,
  "platform" | "spawn" | "sleep" | "onSignal"
>;

/** A plugin that runs, and the ways to be done with it. */
export interface RunningPlugin {
  readonly process: SpawnedProcess;
  /** Ends the session at AWS and the plugin here, whether they like it or not; once, however often it is called. */
  kill(): Promise<void>;
  /** Ends the session at AWS, where the plugin is gone and may have left it open. */
  leave(): Promise<void>;
}

/** How long the plugin may take to end after it was asked to. */
export const END_MS = 1_000;
/** How long AWS may take to end a session. */
const LEAVE_MS = 2_000;

/**
 * Starts the plugin in a session that AWS has granted.
 *
 * @throws PortholeError unreachable for a stream URL that is not to be dialed, plugin_failed.
 */
export function startPlugin(
  request: PluginSessionRequest,
  streams: Pick<
    Parameters<Deps["spawn"]>[0],
    "stdin" | "stdout" | "stderr" | "detached"
  >,
  deps: PluginDeps,
): RunningPlugin {
  checkStreamUrl(request.grant);
  const call = layOutPluginCall(request);
  let process: SpawnedProcess;
  try {
    process = deps.spawn({
      command: request.pluginPath,
      args: call.args,
      env: call.env,
      ...streams,
    });
  } catch (error) {
    throw new PortholeError(
      "plugin_failed",
      `Cannot execute "${request.pluginPath}": ${messageOf(error)}`,
      { link: PLUGIN_INSTALL_LINK, cause: error },
    );
  }

  let leaving: Promise<void> | undefined;
  async function leaveNow(): Promise<void> {
    const told = request.terminate(request.grant.sessionId);
    await comesWithin(LEAVE_MS, told, deps);
  }
  const leave = () => leaving ??= leaveNow();
  async function killNow(): Promise<void> {
    const left = leave();
    process.kill("SIGTERM");
    if (!await comesWithin(END_MS, process.exit, deps)) process.kill("SIGKILL");
    await Promise.all([left, process.exit]);
  }
  let killing: Promise<void> | undefined;
  return { process, leave, kill: () => killing ??= killNow() };
}

function checkStreamUrl({ streamUrl }: SessionGrant): void {
  const parsed = parseStreamUrl(streamUrl);
  if (parsed.kind === "url") return;
  throw new PortholeError(
    "unreachable",
    `Cannot open the session's data channel: ${parsed.reason}`,
  );
}

/** The failure that a plugin's exit is; undefined for 0, which AWS's ends with whatever happens. */
export function explainExit(
  exit: { readonly code: number; readonly signal: string | null },
): SessionEnd | undefined {
  if (exit.code === 0 && exit.signal === null) return undefined;
  const how = exit.signal === null
    ? `it exited with status ${exit.code}`
    : `${exit.signal} ended it`;
  return {
    kind: "failed",
    error: new PortholeError(
      "plugin_failed",
      `Cannot determine how the session ended: session-manager-plugin failed, ${how}`,
      {
        hint: "Use --session builtin, or update the plugin",
        link: PLUGIN_INSTALL_LINK,
      },
    ),
  };
}
