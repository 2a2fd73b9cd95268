import { CancelledBySignal } from "../cancelled_by_signal.ts";
import type { Deps } from "../deps.ts";
import { exitStatusOf } from "../exit_status.ts";
import { cancelOnSignal } from "../limits/cancel_on_signal.ts";
import { isPassing } from "../limits/is_passing.ts";
import type { Log } from "../log.ts";
import { cutText } from "../output/render_table.ts";
import { toLine } from "../quote_value.ts";
import type { Report } from "./report.ts";
import { writeOutput } from "./write_output.ts";

/** DescribeServices and DescribeTasks are throttled at 20 calls a second for a whole account. */
const INTERVAL_MS = 5_000;

/** How what is watched is shown. */
export interface WatchView<T> {
  /** `text` is drawn again on a terminal; `json` is a line for each change. */
  readonly output: "text" | "json";
  readonly render: (seen: T) => string;
  /** What tells whether something has changed: ages grow all the time. */
  readonly identify: (seen: T) => string;
}

/** Where what is seen goes, again and again. */
interface Screen<T> {
  show(seen: T): Promise<void>;
  /** What kept one from looking. */
  tell(text: string): Promise<void>;
  /** Leaves the terminal as it was. */
  close(): Promise<void>;
}

/**
 * Looks again every five seconds until somebody cancels, or nobody reads it any more: on a terminal each
 * text takes the place of the one before, elsewhere there is one where something has changed.
 */
export async function watchChanges<T>(
  first: T,
  look: () => Promise<T>,
  view: WatchView<T>,
  { deps, log }: { readonly deps: Deps; readonly log: Log },
): Promise<Report> {
  const cancellation = await cancelOnSignal(deps);
  const screen = deps.stdout.isTerminal && view.output === "text"
    ? redrawScreen(view, deps)
    : printChanges(view, deps, log);
  const watch = async () => {
    await screen.show(first);
    for (;;) {
      await deps.sleep(INTERVAL_MS);
      const seen = await look().catch(async (error: unknown) => {
        if (!isPassing(error)) throw error;
        await screen.tell(error.message);
      });
      if (seen !== undefined) await screen.show(seen);
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
function redrawScreen<T>({ render }: WatchView<T>, deps: Deps): Screen<T> {
  const enter = "\x1b[?1049h";
  const leave = "\x1b[?1049l";
  const home = "\x1b[H";
  const clearLine = "\x1b[K";
  const clearBelow = "\x1b[J";
  let state: "new" | "open" | "closed" = "new";
  let seen: { readonly last: T } | undefined;
  const draw = async (note: string) => {
    if (state === "closed") return;
    const { rows = Infinity, columns = Infinity } = deps.terminalSize() ?? {};
    const body = seen === undefined ? "" : render(seen.last);
    const lines = [
      cutText(
        toLine(
          `Every ${INTERVAL_MS / 1000}s, ${
            deps.now().toLocaleTimeString("sv")
          }. ${note}`,
        ),
        columns,
      ),
      "",
      ...body.trimEnd().split("\n"),
    ].slice(0, rows - 1);
    await writeOutput(
      (state === "new" ? enter : "") + home +
        lines.map((line) => `${line}${clearLine}\n`).join("") +
        clearBelow,
      deps,
    );
    state = "open";
  };
  return {
    show(next) {
      seen = { last: next };
      return draw("Press Ctrl-C to quit");
    },
    tell: draw,
    async close() {
      if (state !== "open" || seen === undefined) return;
      state = "closed";
      // A terminal that has been closed needs nothing.
      await writeOutput(leave + render(seen.last), deps).catch(() => {});
    },
  };
}

function printChanges<T>(
  { output, render, identify }: WatchView<T>,
  deps: Deps,
  log: Log,
): Screen<T> {
  let before: string | undefined;
  return {
    async show(seen) {
      const now = identify(seen);
      if (now === before) return;
      const isFirst = before === undefined;
      before = now;
      const space = output === "json" || isFirst ? "" : "\n";
      await writeOutput(`${space}${render(seen)}`, deps);
    },
    tell(text) {
      log.warn(text);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}
