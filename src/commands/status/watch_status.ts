import { CancelledBySignal } from "../../cancelled_by_signal.ts";
import { exitStatusOf } from "../../exit_status.ts";
import type { StatusInvocation } from "../../args/invocation.ts";
import type { Deps } from "../../deps.ts";
import type { Log } from "../../log.ts";
import {
  formatStatusObject,
  renderStatus,
  type ServiceStatus,
} from "../../output/format_status.ts";
import { cutText } from "../../output/render_table.ts";
import { cancelOnSignal } from "../../limits/cancel_on_signal.ts";
import { isPassing } from "../../limits/is_passing.ts";
import type { Report } from "../../report/report.ts";
import { viewStdout } from "../../report/view_stdout.ts";
import { toLine } from "../../quote_value.ts";

/** DescribeServices is throttled at 20 calls a second for a whole account. */
const INTERVAL_MS = 5_000;

/** Where a status goes, again and again. */
interface Screen {
  show(status: ServiceStatus): Promise<void>;
  /** What kept one from looking. */
  tell(text: string): Promise<void>;
  /** Leaves the terminal as it was. */
  close(): Promise<void>;
}

/**
 * Shows a status until somebody cancels, or nobody reads it any more: on a terminal in the place of
 * the one before, elsewhere where something has changed.
 */
export async function watchStatus(
  invocation: StatusInvocation,
  first: ServiceStatus,
  look: () => Promise<ServiceStatus>,
  { deps, log }: { readonly deps: Deps; readonly log: Log },
): Promise<Report> {
  const cancellation = await cancelOnSignal(deps);
  const screen = deps.stdout.isTerminal && invocation.output === "text"
    ? redrawScreen(invocation, deps)
    : printChanges(invocation, deps, log);
  const watch = async () => {
    await screen.show(first);
    for (;;) {
      await deps.sleep(INTERVAL_MS);
      const status = await look().catch(async (error: unknown) => {
        if (!isPassing(error)) throw error;
        await screen.tell(error.message);
      });
      if (status !== undefined) await screen.show(status);
    }
  };
  try {
    return await cancellation.orCancelled(watch());
  } catch (error) {
    // Leaving is how it ends: no error to tell of.
    if (error instanceof CancelledBySignal) {
      return { status: exitStatusOf(error, "local") };
    }
    if (error instanceof Deno.errors.BrokenPipe) return { status: 0 };
    throw error;
  } finally {
    await screen.close();
  }
}

/** On a screen of its own, as full-screen programs have it; what was seen last stays behind. */
function redrawScreen(
  { events, shared }: StatusInvocation,
  deps: Deps,
): Screen {
  const enter = "\x1b[?1049h";
  const leave = "\x1b[?1049l";
  const home = "\x1b[H";
  const clearLine = "\x1b[K";
  const clearBelow = "\x1b[J";
  let state: "new" | "open" | "closed" = "new";
  let status: ServiceStatus | undefined;
  const draw = async (note: string) => {
    if (state === "closed") return;
    const view = viewStdout(shared.color, deps);
    const { rows = Infinity } = deps.terminalSize() ?? {};
    const body = status === undefined ? "" : renderStatus(status, events, view);
    const lines = [
      cutText(
        toLine(
          `Every ${INTERVAL_MS / 1000}s, ${
            view.now.toLocaleTimeString("sv")
          }. ${note}`,
        ),
        view.width ?? Infinity,
      ),
      "",
      ...body.trimEnd().split("\n"),
    ].slice(0, rows - 1);
    await writeText(
      (state === "new" ? enter : "") + home +
        lines.map((line) => `${line}${clearLine}\n`).join("") +
        clearBelow,
      deps,
    );
    state = "open";
  };
  return {
    show(next) {
      status = next;
      return draw("Press Ctrl-C to quit");
    },
    tell: draw,
    async close() {
      if (state !== "open" || status === undefined) return;
      state = "closed";
      const view = viewStdout(shared.color, deps);
      // A terminal that has been closed needs nothing.
      await writeText(leave + renderStatus(status, events, view), deps)
        .catch(() => {});
    },
  };
}

function printChanges(
  { events, output, shared }: StatusInvocation,
  deps: Deps,
  log: Log,
): Screen {
  let before: string | undefined;
  return {
    async show(status) {
      // Ages grow all the time: what is data in them tells whether anything has changed.
      const now = formatStatusObject(status, events);
      if (now === before) return;
      const isFirst = before === undefined;
      before = now;
      const text = output === "json" ? now : (isFirst ? "" : "\n") +
        renderStatus(status, events, viewStdout(shared.color, deps));
      await writeText(text, deps);
    },
    tell(text) {
      log.warn(text);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}

async function writeText(
  text: string,
  { stdout }: Pick<Deps, "stdout">,
): Promise<void> {
  await stdout.write(new TextEncoder().encode(text));
}
