import { PortholeError } from "../../errors.ts";
import { createCrlfUndo } from "../reply/undo_crlf.ts";
import type { SessionEnd, StreamSession } from "../session.ts";
import type { WrappedCommand } from "../wrap_command.ts";
import { cleanOutput } from "./clean_output.ts";
import { explainEnding } from "./explain_ending.ts";
import { readWrapped } from "./read_wrapped.ts";
import {
  END_MS,
  explainExit,
  type PluginDeps,
  type PluginSessionRequest,
  startPlugin,
} from "./run_plugin.ts";
import { comesWithin } from "../../within.ts";

/** What a session through the plugin needs whose bytes pass through us. */
export interface StreamPluginRequest extends PluginSessionRequest {
  /** Absent: the command runs as it is, and its status stays unknown. */
  readonly wrapped?: WrappedCommand | undefined;
  /** Nothing has made the remote terminal byte-clean: what it puts before each line feed is taken back. */
  readonly undoCrlf?: boolean | undefined;
  /** One line for the user: what the container lacks, or what stood on the terminal. */
  readonly onNotice: (text: string) => void;
}

/**
 * Opens a session whose output is the remote's alone, without the plugin's own texts.
 *
 * It takes no input of the user's: the plugin stops at once, output or not, when its input ends, so there is no way to
 * tell the remote that input has ended. Its input stays open, and brings the wrapper what it waits for.
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
  const send = (bytes: Uint8Array) => keys.write(bytes).catch(() => {});
  void process.exit.then(() => keys.close().catch(() => {}));
  const { output, ending } = cleanOutput(
    process.stdout,
    request.grant.sessionId,
    deps,
  );
  const reply = request.wrapped && readWrapped(output, request.wrapped, {
    send,
    sleep: deps.sleep,
    onNotice: request.onNotice,
    // AWS allows a container few sessions: none is left open behind a process that goes on.
    onOver: async () => {
      if (!await comesWithin(END_MS, process.exit, deps)) await plugin.kill();
    },
  });

  let ends = 0;
  async function finish(): Promise<SessionEnd> {
    const [said, exit, end] = await Promise.all([
      ending,
      process.exit,
      reply?.end,
    ]);
    const failure = explainExit(exit);
    // Another end than the agent's own may leave the session open.
    if (failure !== undefined || said.kind !== "exited") await plugin.leave();
    if (end?.kind === "told") return end.end;
    if (ends > 0) return { kind: "unknown" };
    return failure ?? explainEnding(said, end?.error);
  }

  return {
    kind: "stream",
    output: reply?.output ??
      (request.undoCrlf ? output.pipeThrough(undoCrlf()) : output),
    ...(reply && { stderr: reply.stderr, left: reply.left }),
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
    exit: finish(),
    async end() {
      ends++;
      if (ends === 1) {
        await send(CTRL_C);
        if (await comesWithin(END_MS, process.exit, deps)) return;
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
