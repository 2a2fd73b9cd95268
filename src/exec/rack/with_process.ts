import { readOneProcess } from "../../access/rack/create_rack_directory.ts";
import type { RackClient } from "../../access/rack/create_rack_client.ts";
import { type Process, readProcess } from "../../access/rack/read_answers.ts";
import { CancelledBySignal } from "../../cancelled_by_signal.ts";
import type { Deps } from "../../deps.ts";
import { formatDuration } from "../../duration.ts";
import { tameText } from "../../aws/tame_text.ts";
import { messageOf, PortholeError } from "../../errors.ts";
import type { Cancellation } from "../../limits/cancel_on_signal.ts";
import { comesWithin } from "../../within.ts";
import type { Log } from "../../log.ts";

/** A rack sleeps three seconds before it answers (convox/rack, provider/aws): it is waited for so long once more. */
const LATE_MS = 10_000;
const STOP_MS = 20_000;
const LOOK_EVERY_MS = 1_000;
/** A rack of several machines may answer from one that has not heard of a new process. */
const UNKNOWN_MS = 5_000;

/**
 * Starts a process of a service that sleeps, waits until it runs, and does something in it; it is stopped whatever
 * has come in between. Another signal while it is being stopped leaves it to its own end.
 *
 * @throws what `work` throws; task_not_started.
 */
export async function withProcess<T>(
  client: RackClient,
  { app, service }: { readonly app: string; readonly service: string },
  { maxDurationMs, limitMs, cancellation, log, work }: {
    /** After which the process ends by itself. */
    readonly maxDurationMs: number;
    /** How long it may take to run; 0 means no limit. */
    readonly limitMs: number;
    readonly cancellation: Cancellation;
    readonly log: Log;
    readonly work: (started: Process) => Promise<T>;
  },
): Promise<T> {
  const { deps } = cancellation;
  const lasts = `it ends by itself after ${formatDuration(maxDurationMs)}`;
  const givenUp = Promise.withResolvers<undefined>();
  let stopping = false;
  const release = cancellation.outlast(() => {
    if (stopping) givenUp.resolve(undefined);
  });
  const starting = start(client, { app, service, maxDurationMs });
  // After a cancellation this promise is no longer awaited.
  starting.catch(() => {});
  try {
    const started = await cancellation.orCancelled(starting);
    log.info(`Task ID: ${started.id}`);
    const running = await cancellation.orCancelled(
      waitUntilRunning(client, { app, id: started.id, limitMs, deps }),
    );
    return await work(running);
  } catch (error) {
    if (error instanceof CancelledBySignal) {
      log.warn("Stopping the process; another signal leaves it running");
    }
    throw error;
  } finally {
    stopping = true;
    const stop = async () => {
      const late = deps.sleep(LATE_MS).then(() => undefined);
      const process = await Promise.race([starting, late]).catch(() => null);
      if (process === null) return;
      if (process === undefined) {
        return log.warn(
          `The rack has not answered whether a process was started: ${lasts}`,
        );
      }
      await client.ask({
        method: "DELETE",
        path: ["apps", app, "processes", process.id],
      });
    };
    const stopped = stop().catch((error: unknown) =>
      // The rack knows no process any more that has ended.
      log.debug(`The process was not stopped: ${messageOf(error)}`)
    );
    const soon = Promise.race([stopped, givenUp.promise]);
    if (!await comesWithin(STOP_MS, soon, deps)) {
      log.warn(`The process may not have been stopped: ${lasts}`);
    }
    release();
  }
}

async function start(
  client: RackClient,
  { app, service, maxDurationMs }: {
    readonly app: string;
    readonly service: string;
    readonly maxDurationMs: number;
  },
): Promise<Process> {
  const seconds = Math.max(1, Math.ceil(maxDurationMs / 1_000));
  let text: string;
  try {
    text = await client.ask({
      method: "POST",
      path: ["apps", app, "services", service, "processes"],
      headers: { Command: `sleep ${seconds}` },
      missing: () =>
        new PortholeError(
          "service_not_found",
          `Cannot start a process: rack "${client.rack.name}" has no service "${service}" in app "${app}"`,
        ),
    });
  } catch (error) {
    // What was sent may have been heard.
    if (!(error instanceof PortholeError) || error.code !== "unreachable") {
      throw error;
    }
    throw error.withHint(
      `a process may have been started; it ends by itself after ${
        formatDuration(maxDurationMs)
      }`,
    );
  }
  return readProcess(text, client);
}

/** Convox's CLI wants to see it run twice in a row: a process that ends at once was seen running, too. */
async function waitUntilRunning(
  client: RackClient,
  { app, id, limitMs, deps }: {
    readonly app: string;
    readonly id: string;
    readonly limitMs: number;
    readonly deps: Pick<Deps, "sleep" | "now">;
  },
): Promise<Process> {
  const begin = deps.now().getTime();
  const end = limitMs === 0 ? Infinity : begin + limitMs;
  let seen = 0;
  for (;;) {
    const isNew = deps.now().getTime() - begin < UNKNOWN_MS;
    const process = await readOneProcess(
      client,
      app,
      id,
      isNew ? () => new PortholeError("task_not_found", "not yet") : undefined,
    ).catch((error: unknown) => {
      if (
        !(error instanceof PortholeError) || error.code !== "task_not_found"
      ) {
        throw error;
      }
    });
    if (process === undefined) {
      await deps.sleep(LOOK_EVERY_MS);
      continue;
    }
    seen = process.status === "RUNNING" ? seen + 1 : 0;
    if (seen === 2) return process;
    if (["STOPPED", "FAILED", "COMPLETE"].includes(process.status)) {
      throw new PortholeError(
        "task_not_started",
        `Cannot start process ${id}: it is ${process.status}${
          process.stoppedReason === undefined
            ? ""
            : `: ${tameText(process.stoppedReason)}`
        }`,
        {
          hint:
            "an image's ENTRYPOINT that does not run the command it is given ends a process at once",
        },
      );
    }
    if (deps.now().getTime() > end) {
      throw new PortholeError(
        "timed_out",
        `Cannot wait any longer: process ${id} did not run within ${
          formatDuration(limitMs)
        }`,
        { hint: "--timeout sets the limit; 0 removes it" },
      );
    }
    await deps.sleep(LOOK_EVERY_MS);
  }
}
