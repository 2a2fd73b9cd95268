import type { SessionGrant } from "../../access/access.ts";
import type { Deps, SpawnedProcess } from "../../deps.ts";
import { messageOf, PortholeError } from "../../errors.ts";
import { SIGNAL_BASE } from "../../end_signal.ts";
import { explainClosingText } from "../channel/explain_channel_end.ts";
import type { AttachedSession, SessionEnd, StreamSession } from "../session.ts";
import type { PluginEnding } from "./banner_filter.ts";
import { cleanOutput } from "./clean_output.ts";
import {
  PLUGIN_INSTALL_LINK,
  readPluginVersion,
  takesTokenFromEnvironment,
} from "./find_plugin.ts";
import { layOutPluginCall, type PluginCall } from "./plugin_call.ts";
import { saveTerminal } from "./save_terminal.ts";

/** What a session through AWS's plugin needs. */
export interface PluginSessionRequest {
  /** From findPlugin. */
  readonly pluginPath: string;
  readonly grant: SessionGrant;
  readonly region: string;
  readonly profile?: string | undefined;
  /** Where the plugin renews its session. */
  readonly ssmEndpoint: string;
  /** The command runs behind our wrapper; the agent's errors are then explained for it. */
  readonly wrapped?: boolean | undefined;
  /** Ends the session at AWS: the plugin leaves it open when it is killed. */
  readonly terminate: (sessionId: string) => Promise<void>;
  /** Takes one line that the user should see. */
  readonly warn: (text: string) => void;
}

type PluginDeps = Pick<Deps, "platform" | "spawn" | "sleep" | "onSignal">;

/** How long the plugin, and AWS, may take to end a session after they were asked to. */
const END_MS = 1000;

/**
 * Opens an interactive session: the plugin takes the terminal over, and gives it back as it was, however it ends.
 *
 * A TERM or HUP for porthole ends it with the status of that signal; `end` ends it from within.
 */
export async function openAttachedPluginSession(
  request: PluginSessionRequest,
  deps: PluginDeps,
): Promise<AttachedSession & { end(): Promise<void> }> {
  const call = await preparePluginCall(request, deps);
  const restoreTerminal = await saveTerminal(deps);

  let endedBy: SessionEnd | undefined;
  let killing: Promise<void> | undefined;
  function end(why: SessionEnd): Promise<void> {
    endedBy ??= why;
    return killing ??= killPlugin(plugin, request, deps);
  }
  const endWith = (number: number) => () =>
    void end({ kind: "status", status: SIGNAL_BASE + number });
  // The plugin shares the terminal and hears these keys itself: it sends them to the remote. We only must not die.
  const ignore = () => {};
  const stopListening = [
    deps.onSignal("SIGINT", ignore),
    deps.onSignal("SIGQUIT", ignore),
    deps.onSignal("SIGTSTP", ignore),
    deps.onSignal("SIGHUP", endWith(1)),
    deps.onSignal("SIGTERM", endWith(15)),
  ];
  const finish = async () => {
    await restoreTerminal();
    for (const stop of stopListening) stop();
  };

  let plugin: SpawnedProcess;
  try {
    plugin = startPlugin(request, call, deps, {
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
    });
  } catch (error) {
    await finish();
    throw error;
  }
  return {
    kind: "attached",
    end: () => end({ kind: "unknown" }),
    exit: plugin.exit.then(async (exit) => {
      await finish();
      await killing;
      return endedBy ?? explainExit(exit) ?? { kind: "unknown" };
    }),
  };
}

/**
 * Opens a session whose output is the remote's alone, without the plugin's own texts.
 *
 * It takes no input: the plugin stops at once, output or not, when its input ends, so there is no way to tell the
 * remote that input has ended. Its input stays open and empty.
 */
export async function openStreamPluginSession(
  request: PluginSessionRequest,
  deps: PluginDeps,
): Promise<StreamSession> {
  const call = await preparePluginCall(request, deps);
  // Detached: the Ctrl-C of our terminal must reach the remote once, through end(), not twice.
  const plugin = startPlugin(request, call, deps, {
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
    detached: true,
  });
  const keys = plugin.stdin.getWriter();
  void plugin.exit.then(() => keys.close().catch(() => {}));
  const { output, ending } = cleanOutput(
    plugin.stdout,
    request.grant.sessionId,
    deps,
  );

  let ends = 0;
  return {
    kind: "stream",
    output,
    input: new WritableStream({
      write() {
        throw new PortholeError(
          "plugin_failed",
          "Cannot send standard input through session-manager-plugin: it stops when its input ends",
          { hint: "Use --session builtin" },
        );
      },
    }),
    resize: () => {},
    exit: Promise.all([ending, plugin.exit]).then(
      ([ending, exit]): SessionEnd => {
        if (ends > 0) return { kind: "unknown" };
        return explainExit(exit) ??
          explainEnding(ending, request.wrapped ?? false);
      },
    ),
    async end() {
      ends++;
      if (ends === 1) {
        await keys.write(CTRL_C).catch(() => {});
        if (await comesSoon(plugin.exit, deps)) return;
      }
      await killPlugin(plugin, request, deps);
    },
  };
}

const CTRL_C = new Uint8Array([3]);

async function preparePluginCall(
  request: PluginSessionRequest,
  deps: PluginDeps,
): Promise<PluginCall> {
  const version = await readPluginVersion(request.pluginPath, deps);
  const tokenInEnvironment = takesTokenFromEnvironment(version);
  if (!tokenInEnvironment) {
    request.warn(
      `session-manager-plugin ${version} takes the session's token as an argument only, where other users of this ` +
        `machine can see it: update it (${PLUGIN_INSTALL_LINK})`,
    );
  }
  return layOutPluginCall({
    grant: request.grant,
    region: request.region,
    profile: request.profile,
    ssmEndpoint: request.ssmEndpoint,
    tokenInEnvironment,
  });
}

function startPlugin(
  request: PluginSessionRequest,
  call: PluginCall,
  deps: PluginDeps,
  streams: Pick<
    Parameters<Deps["spawn"]>[0],
    "stdin" | "stdout" | "stderr" | "detached"
  >,
): SpawnedProcess {
  try {
    return deps.spawn({
      command: request.pluginPath,
      args: call.args,
      env: call.env,
      ...streams,
    });
  } catch (error) {
    void request.terminate(request.grant.sessionId).catch(() => {});
    throw new PortholeError(
      "plugin_failed",
      `Cannot start "${request.pluginPath}": ${messageOf(error)}`,
      {
        link: PLUGIN_INSTALL_LINK,
        cause: error,
      },
    );
  }
}

/** Whether `event` comes within END_MS. */
async function comesSoon(
  event: Promise<unknown>,
  deps: PluginDeps,
): Promise<boolean> {
  const came = new AbortController();
  const soon = await Promise.race([
    event.then(() => true, () => true),
    deps.sleep(END_MS, came.signal).then(() => false),
  ]);
  came.abort();
  return soon;
}

/** Ends the session at AWS and the plugin here, whether they like it or not. */
async function killPlugin(
  plugin: SpawnedProcess,
  request: PluginSessionRequest,
  deps: PluginDeps,
): Promise<void> {
  const told = comesSoon(request.terminate(request.grant.sessionId), deps);
  plugin.kill("SIGTERM");
  if (!await comesSoon(plugin.exit, deps)) plugin.kill("SIGKILL");
  await Promise.all([told, plugin.exit]);
}

function explainExit(
  exit: { code: number; signal: string | null },
): SessionEnd | undefined {
  if (exit.code === 0 && exit.signal === null) return undefined;
  const how = exit.signal === null
    ? `it ended with status ${exit.code}`
    : `${exit.signal} ended it`;
  return {
    kind: "failed",
    error: new PortholeError(
      "plugin_failed",
      `Cannot tell how the session ended: session-manager-plugin failed, ${how}`,
      {
        hint: "Use --session builtin, or update the plugin",
        link: PLUGIN_INSTALL_LINK,
      },
    ),
  };
}

function explainEnding(ending: PluginEnding, wrapped: boolean): SessionEnd {
  switch (ending.kind) {
    case "exited":
      return { kind: "unknown" };
    case "error":
      return {
        kind: "failed",
        error: explainClosingText(ending.text, wrapped),
      };
    case "none":
      return {
        kind: "failed",
        error: new PortholeError(
          "session_lost",
          "Cannot tell how the session ended: session-manager-plugin stopped without a word about it",
          {
            hint:
              "What it printed is above; --session builtin shows the command's own status",
          },
        ),
      };
  }
}
