import type { CopyInvocation } from "../../args/invocation.ts";
import type { Deps } from "../../deps.ts";
import type { Log } from "../../log.ts";
import { CLEAR_LINE } from "../../output/clear_line.ts";
import type { CopyResult } from "../../output/format_copy_result.ts";
import { quotePath } from "../../quote_value.ts";
import { startProgressLine } from "../../report/progress_line.ts";
import { describeProgress, formatSize } from "../../transfer/progress.ts";
import type { Tally } from "../../transfer/tally.ts";

/** A tally that is shown while it is kept. */
export interface KeptTally extends Tally {
  /** Whether the line is drawn. */
  readonly isShown: boolean;
  /** All bytes that will come. */
  addTotal(bytes: number): void;
  /** Takes the line away. */
  stop(): void;
  /** What it has come to, for a result. */
  result(): Required<Pick<CopyResult, "files" | "skipped">>;
  skips(): number;
  /** One line on what was copied. */
  summary(): string;
}

/** The line is drawn again no sooner than this. */
const DRAW_MS = 200;
/** So many lines on what was left out are shown, and so many kept for a result; the others are counted. */
const MOST_SHOWN = 100;
const MOST_KEPT = 1_000;

/** Keeps count of what is copied, and tells of it: on a terminal in a line that moves. */
export function keepTally(
  { shared, copy }: Pick<CopyInvocation, "shared" | "copy">,
  { deps, log }: {
    readonly deps: Pick<Deps, "stderr" | "env" | "terminalSize" | "now">;
    readonly log: Log;
  },
): KeptTally {
  // Two terminals are one: the bytes of a file on it leave no line for us.
  const isShown = deps.stderr.isTerminal && shared.logFormat === "text" &&
    copy.destination !== "-";
  const line = isShown ? startProgressLine(log, deps, shared) : undefined;
  const skipped: { readonly path: string; readonly reason: string }[] = [];
  const notices = new Set<string>();
  let files = 0;
  let bytes = 0;
  let total: number | undefined;
  let skips = 0;
  let told = 0;
  let startedAt: number | undefined;
  let drawnAt = -Infinity;

  const elapsed = () =>
    startedAt === undefined ? 0 : deps.now().getTime() - startedAt;
  const tell = (text: string) => {
    if (++told > MOST_SHOWN) return;
    if (line !== undefined) deps.stderr.writeText(CLEAR_LINE);
    log.warn(text);
    if (told === MOST_SHOWN) log.warn("More of these lines are not shown");
  };
  return {
    isShown,
    onBytes(count) {
      bytes += count;
      const now = deps.now().getTime();
      startedAt ??= now;
      if (line === undefined || now - drawnAt < DRAW_MS) return;
      drawnAt = now;
      line.show(
        "Copying",
        describeProgress({ bytes, total, elapsedMs: elapsed() }),
      );
    },
    onFile: () => void files++,
    onSkip(path, reason, counted = false) {
      skips++;
      if (counted) files--;
      if (skipped.length < MOST_KEPT) skipped.push({ path, reason });
      tell(`Skipped ${quotePath(path)}: ${reason}`);
    },
    onNotice(text) {
      if (notices.has(text)) return;
      if (notices.size < MOST_KEPT) notices.add(text);
      tell(text);
    },
    addTotal: (more) => void (total = (total ?? 0) + more),
    stop: () => line?.clear(),
    result: () => ({ files, skipped }),
    skips: () => skips,
    summary: () =>
      `Copied ${files} ${files === 1 ? "file" : "files"}, ${formatSize(bytes)}${
        skips === 0 ? "" : `; skipped ${skips}`
      }`,
  };
}
