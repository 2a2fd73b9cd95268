import type { AwsAccess, Task } from "../../access/access.ts";
import type { SharedFlags } from "../../args/invocation.ts";
import type { Deps } from "../../deps.ts";
import {
  type ErrorCode,
  explainUnknown,
  type PortholeError,
} from "../../errors.ts";
import type { Log } from "../../log.ts";
import { type Follower, followStreams } from "../../logs/follow_streams.ts";
import { batchStreams } from "../../logs/read_window.ts";
import { createStreamFinder, takeTask } from "./gather_logs.ts";
import { createEventPrinter } from "./show_events.ts";

const LOOK_MS = 1_000;
/** So many looks without a new line after the end: then nothing more is to come. */
const QUIET_LOOKS = 5;
/** What another look does not mend. */
const UNWRITTEN: readonly ErrorCode[] = ["io_failed", "internal"];

/**
 * Shows what tasks write until they have ended, and for some seconds after: the last lines come late. It
 * never rejects: whatever becomes of the logs, the tasks are waited for. It resolves with what kept the logs
 * from being written.
 */
export async function followRun(
  tasks: readonly Task[],
  ended: Promise<unknown>,
  { access, shared, deps, log }: {
    readonly access: AwsAccess;
    readonly shared: SharedFlags;
    readonly deps: Deps;
    readonly log: Log;
  },
): Promise<PortholeError | undefined> {
  let isOver = false;
  const end = () => isOver = true;
  ended.then(end, end);
  const printer = createEventPrinter({
    prefix: "auto",
    output: "text",
    shared,
    follow: false,
  }, deps);
  let followers: readonly Follower[] | undefined;
  let failure: PortholeError | undefined;
  let quiet = 0;

  async function begin(): Promise<readonly Follower[]> {
    const finder = createStreamFinder(access, undefined);
    const found = await Promise.all(
      tasks.map((task) => finder.find(takeTask(task))),
    );
    for (const { container, because, hint } of finder.unreadable) {
      log.warn(`Container "${container}" is left out: ${because}; ${hint}`);
    }
    const streams = found.flat();
    printer.add(streams);
    const start = Math.min(
      ...tasks.map(({ createdAt }) => createdAt?.getTime() ?? 0),
    );
    return batchStreams(streams).map((batch) =>
      followStreams(access, batch, {
        start,
        async show(events) {
          quiet = 0;
          await printer.show(events);
        },
        now: () => deps.now().getTime(),
      })
    );
  }

  while (quiet < QUIET_LOOKS) {
    // What comes in while the look is made is seen by the next one.
    if (isOver) quiet++;
    try {
      followers ??= await begin();
      if (followers.length === 0) return undefined;
      for (const follower of followers) await follower.look();
      failure = undefined;
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) return undefined;
      const explained = explainUnknown(error);
      if (UNWRITTEN.includes(explained.code)) {
        log.warn(
          `${explained.message}; the tasks go on, and are waited for`,
        );
        return explained;
      }
      // A log group may be made only when the first task starts.
      failure = explained;
    }
    await deps.sleep(LOOK_MS);
  }
  if (failure !== undefined) {
    log.warn(`${failure.message}: lines may be missing`);
  }
  return undefined;
}
