import { CancelledBySignal } from "../../cancelled_by_signal.ts";
import { type EndSignal, SIGNAL_BASE } from "../../end_signal.ts";
import type { AttachedSession, SessionEnd } from "../session.ts";
import {
  explainExit,
  type PluginDeps,
  type PluginSessionRequest,
  startPlugin,
} from "./run_plugin.ts";
import { saveTerminal } from "./save_terminal.ts";

/** Between two looks at the terminal's modes, which the plugin changes when its session is open. */
const LOOK_EVERY_MS = 100;

/**
 * Opens an interactive session: the plugin takes the terminal over, and gives it back as it was, however it ends.
 *
 * From `opened` on, INT, QUIT and TSTP are the plugin's, which sends them to the remote; before, INT and QUIT cancel.
 * A TERM or HUP for porthole ends it with the status of that signal. The plugin does not report how its session ended:
 * AWS is asked to end it in any case.
 */
export async function openAttachedPluginSession(
  request: PluginSessionRequest,
  deps: PluginDeps,
): Promise<AttachedSession> {
  const terminal = await saveTerminal(deps);
  const plugin = startPlugin(request, {
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }, deps);
  const ended = new AbortController();
  let open = false;
  let cancelling: Promise<void> | undefined;
  let endedBy: SessionEnd | undefined;
  let settingModes = Promise.resolve();

  function end(why: SessionEnd): Promise<void> {
    endedBy ??= why;
    return plugin.kill();
  }

  const endWith = (number: number) => () =>
    void end({ kind: "status", status: SIGNAL_BASE + number });
  // The plugin shares the terminal and hears these keys itself. We only must not die.
  const cancelBy = (signal: EndSignal) => () => cancelling ??= cancel(signal);
  const stopListening = [
    deps.onSignal("SIGINT", cancelBy("SIGINT")),
    deps.onSignal("SIGQUIT", cancelBy("SIGQUIT")),
    deps.onSignal("SIGHUP", endWith(1)),
    deps.onSignal("SIGTERM", endWith(15)),
  ];

  async function cancel(signal: EndSignal): Promise<void> {
    // The session may have opened since the last look.
    if (open || await terminal.isChanged()) return;
    void end({ kind: "failed", error: new CancelledBySignal(signal) });
  }

  async function watchModes(): Promise<void> {
    while (!await terminal.isChanged()) {
      await deps.sleep(LOOK_EVERY_MS, ended.signal);
      if (ended.signal.aborted) return;
    }
    open = true;
    // Only now: before, Ctrl-Z stops us all, as it stops any program.
    stopListening.push(deps.onSignal("SIGTSTP", () => {}));
    await keepModes();
  }

  /** A shell takes the modes back when the job is stopped, and the plugin sets them only once. */
  async function keepModes(): Promise<void> {
    // It sets them one by one.
    await deps.sleep(LOOK_EVERY_MS, ended.signal);
    const setAgain = await terminal.keepChanged();
    if (ended.signal.aborted) return;
    stopListening.push(
      deps.onSignal(
        "SIGCONT",
        () => settingModes = settingModes.then(setAgain),
      ),
    );
  }

  async function finish(watching: Promise<void>): Promise<SessionEnd> {
    const exit = await plugin.process.exit;
    await cancelling;
    ended.abort();
    await watching;
    await settingModes;
    await Promise.all([terminal.restore(), plugin.leave()]);
    for (const stop of stopListening) stop();
    // The key reaches both of us, and the plugin may end before we hear of it.
    if (!open && (exit.signal === "SIGINT" || exit.signal === "SIGQUIT")) {
      endedBy ??= { kind: "failed", error: new CancelledBySignal(exit.signal) };
    }
    return endedBy ?? explainExit(exit) ?? { kind: "unknown" };
  }

  const opened = watchModes();
  return {
    kind: "attached",
    opened,
    end: () => end({ kind: "unknown" }),
    exit: finish(opened),
  };
}
