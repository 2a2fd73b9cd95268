import { PortholeError } from "../../errors.ts";
import { explainClosingText } from "../channel/explain_channel_end.ts";
import { createCrlfUndo } from "../reply/undo_crlf.ts";
import type { SessionEnd, StreamSession } from "../session.ts";
import type { PluginEnding } from "./banner_filter.ts";
import { cleanOutput } from "./clean_output.ts";
import {
  comesSoon,
  explainExit,
  type PluginDeps,
  type PluginSessionRequest,
  startPlugin,
} from "./run_plugin.ts";

/** What a session through the plugin needs whose bytes pass through us. */
export interface StreamPluginRequest extends PluginSessionRequest {
  /** The command runs behind our wrapper; the agent's errors are then explained for it. */
  readonly wrapped?: boolean | undefined;
  /** Nothing has made the remote terminal byte-clean: what it puts before each line feed is taken back. */
  readonly undoCrlf?: boolean | undefined;
}

/**
 * Opens a session whose output is the remote's alone, without the plugin's own texts.
 *
 * It takes no input: the plugin stops at once, output or not, when its input ends, so there is no way to tell the
 * remote that input has ended. Its input stays open and empty.
 */
export function openStreamPluginSession(
  request: StreamPluginRequest,
  deps: PluginDeps,
): StreamSession {
  // Detached: the Ctrl-C of our terminal must reach the remote once, through end(), not twice.
  const plugin = startPlugin(request, {
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
    detached: true,
  }, deps);
  const { process } = plugin;
  const keys = process.stdin.getWriter();
  void process.exit.then(() => keys.close().catch(() => {}));
  const { output, ending } = cleanOutput(
    process.stdout,
    request.grant.sessionId,
    deps,
  );

  let ends = 0;
  return {
    kind: "stream",
    output: request.undoCrlf ? output.pipeThrough(undoCrlf()) : output,
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
    exit: Promise.all([ending, process.exit]).then(
      async ([ending, exit]): Promise<SessionEnd> => {
        const failure = explainExit(exit);
        // Another end than the agent's own may leave the session open.
        if (failure !== undefined || ending.kind !== "exited") {
          await plugin.leave();
        }
        if (ends > 0) return { kind: "unknown" };
        return failure ?? explainEnding(ending, request.wrapped ?? false);
      },
    ),
    async end() {
      ends++;
      if (ends === 1) {
        await keys.write(CTRL_C).catch(() => {});
        if (await comesSoon(process.exit, deps)) return;
      }
      await plugin.kill();
    },
  };
}

function undoCrlf(): TransformStream<Uint8Array, Uint8Array> {
  const undo = createCrlfUndo();
  return new TransformStream({
    transform: (chunk, controller) => controller.enqueue(undo.push(chunk)),
    flush: (controller) => controller.enqueue(undo.flush()),
  });
}

const CTRL_C = new Uint8Array([3]);

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
