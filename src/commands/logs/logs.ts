import { present } from "../../present.ts";
import { CancelledBySignal } from "../../cancelled_by_signal.ts";
import type { AwsAccess } from "../../access/access.ts";
import type { LogsInvocation } from "../../args/invocation.ts";
import type { Config } from "../../config/config.ts";
import type { Deps } from "../../deps.ts";
import { PortholeError } from "../../errors.ts";
import { exitStatusOf } from "../../exit_status.ts";
import type { Cancellation } from "../../limits/cancel_on_signal.ts";
import { withinTimeout } from "../../limits/within_timeout.ts";
import type { Log } from "../../log.ts";
import { resolveLogTime } from "../../log_time.ts";
import {
  batchStreams,
  mergePages,
  readWindow,
} from "../../logs/read_window.ts";
import { readTail } from "../../logs/read_tail.ts";
import type { Report } from "../../report/report.ts";
import { findService } from "../../start/find_service.ts";
import { openAccess } from "../../start/open_access.ts";
import { followLogs } from "./follow_logs.ts";
import {
  createStreamFinder,
  gatherTasks,
  type LogPlace,
  type StreamFinder,
} from "./gather_logs.ts";
import { createEventPrinter } from "./show_events.ts";

/** Without `--since`: what is looked for at night is mostly this recent. */
const DEFAULT_SINCE_MS = 10 * 60_000;

/** `porthole logs`: what the containers of a service or task have written, and go on to write. */
export async function showLogs(
  invocation: LogsInvocation,
  cancellation: Cancellation,
  log: Log,
): Promise<Report> {
  const { deps } = cancellation;
  try {
    await cancellation.orCancelled(showAll(invocation, deps, log));
    return { status: 0 };
  } catch (error) {
    // Leaving is how following ends: no error to tell of.
    if (error instanceof CancelledBySignal && invocation.follow) {
      return { status: exitStatusOf(error, "local") };
    }
    if (error instanceof Deno.errors.BrokenPipe) return { status: 0 };
    throw error;
  }
}

async function showAll(
  invocation: LogsInvocation,
  deps: Deps,
  log: Log,
): Promise<void> {
  const { config, access } = await openAccess(invocation, deps, log);
  const { follow, lines, pattern, grep } = invocation;
  const now = deps.now().getTime();
  const since = invocation.since && resolveLogTime(invocation.since, now);
  const until = invocation.until && resolveLogTime(invocation.until, now);
  if (until !== undefined && until <= (since ?? 0)) {
    throw new PortholeError(
      "usage",
      "Cannot read logs: --until is not later than --since",
    );
  }
  const place = await findLogPlace(access, invocation, { config, deps, log });
  const finder = createStreamFinder(access, invocation.container);
  const tasks = await withinTimeout(
    gatherTasks(access, place, invocation, log),
    config,
    deps,
  );
  const found = await withinTimeout(
    Promise.all(tasks.map((task) => finder.find(task))),
    config,
    deps,
  );
  const streams = found.flat();
  tellUnreadable(finder, streams.length > 0, log);
  const printer = createEventPrinter(invocation, deps);
  printer.add(streams);
  const batches = batchStreams(streams);

  const oldest = Math.min(
    ...tasks.map(({ task }) => task.createdAt?.getTime() ?? 0),
  );
  // A line count alone reaches back to the beginning of the tasks.
  const from = since ??
    (lines !== undefined ? oldest : now - (follow ? 0 : DEFAULT_SINCE_MS));
  const window = {
    from,
    ...present({ until, pattern }),
  };
  let start = {
    from,
    seen: new Map<string, number>() as ReadonlyMap<string, number>,
  };
  if (lines !== undefined) {
    const tail = await readTail(access, batches, {
      window,
      lines,
      now,
      wants: ({ message }) => grep?.test(message) ?? true,
    });
    await printer.show(tail.events);
    start = { from: tail.from, seen: tail.seen };
  } else if (!follow) {
    const pages = batches.map((batch) => readWindow(access, batch, window));
    for await (const page of mergePages(pages)) await printer.show(page);
  }
  if (!follow) {
    if (printer.isEmpty()) {
      log.info(
        `There are no such lines ${
          since === undefined && lines === undefined
            ? "in the last 10 minutes; --since 1h looks further back"
            : "in this time"
        }`,
      );
    }
    return;
  }
  await followLogs(invocation, { tasks, streams, place, start }, {
    access,
    finder,
    printer,
    deps,
    log,
  });
}

/** Where only a task is named, its own cluster is enough. */
async function findLogPlace(
  access: AwsAccess,
  { shared, task }: LogsInvocation,
  { config, deps, log }: {
    readonly config: Config;
    readonly deps: Deps;
    readonly log: Log;
  },
): Promise<LogPlace> {
  if (task !== undefined) {
    return { cluster: config.cluster.value, service: config.service?.value };
  }
  return await findService(
    access,
    {
      flags: { shared },
      config,
      doing: "show logs",
      usage: "porthole logs SERVICE",
      deps,
      log,
    },
    (cluster, service) => Promise.resolve({ cluster, service }),
  );
}

/** @throws {PortholeError} logs_unavailable where nothing at all can be read. */
function tellUnreadable(
  { unreadable }: StreamFinder,
  hasOthers: boolean,
  log: Log,
): void {
  const [first] = unreadable;
  if (!hasOthers && first !== undefined) {
    throw new PortholeError(
      "logs_unavailable",
      {
        cannot: `read the logs of container "${first.container}"`,
        because: first.because,
      },
      { hint: first.hint },
    );
  }
  for (const { container, because, hint } of unreadable) {
    log.warn(`Container "${container}" is left out: ${because}; ${hint}`);
  }
}
