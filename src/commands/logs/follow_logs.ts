import type { AwsAccess } from "../../access/access.ts";
import type { LogsInvocation } from "../../args/invocation.ts";
import type { Deps } from "../../deps.ts";
import { PortholeError } from "../../errors.ts";
import { isPassing } from "../../limits/is_passing.ts";
import type { Log } from "../../log.ts";
import type { LogStream } from "../../logs/find_streams.ts";
import { type Follower, followStreams } from "../../logs/follow_streams.ts";
import { batchStreams } from "../../logs/read_window.ts";
import {
  type GatheredTask,
  listAll,
  type LogPlace,
  type StreamFinder,
  takeTask,
} from "./gather_logs.ts";
import type { EventPrinter } from "./show_events.ts";

/** CloudWatch Logs answers FilterLogEvents five times a second for a whole account. */
const LOOK_MS = 1_000;
/** How often tasks are looked for that have come or gone. */
const SEARCH_MS = 10_000;
/** So long after a task has stopped its last lines may still come. */
const GRACE_MS = 30_000;

/** Where following begins. */
export interface FollowStart {
  readonly tasks: readonly GatheredTask[];
  readonly streams: readonly LogStream[];
  readonly place: LogPlace;
  /** From when on (milliseconds since 1970), and what has been shown of it: times by event ids. */
  readonly start: {
    readonly from: number;
    readonly seen: ReadonlyMap<string, number>;
  };
}

/** Shows what is written from now on: of the service's tasks that come, too, and of one task to its end. */
export async function followLogs(
  { task: selector, pattern }: Pick<LogsInvocation, "task" | "pattern">,
  { tasks, streams, place, start }: FollowStart,
  { access, finder, printer, deps, log }: {
    readonly access: AwsAccess;
    readonly finder: StreamFinder;
    readonly printer: EventPrinter;
    readonly deps: Pick<Deps, "now" | "sleep">;
    readonly log: Log;
  },
): Promise<void> {
  const now = () => deps.now().getTime();
  const began = now();
  const follow = (batch: Follower["batch"], from: number, seen = start.seen) =>
    followStreams(access, batch, {
      start: from,
      pattern,
      seen,
      show: printer.show,
      now,
    });
  let followers = batchStreams(streams).map((batch) =>
    follow(batch, start.from)
  );
  /** The streams of each task that is followed; until when those of a task that has stopped are. */
  const followed = new Map<string, FollowedTask>(
    tasks.map(({ task }) => [task.id, {
      streams: streams.filter(({ taskId }) => taskId === task.id),
    }]),
  );
  const outage = tellOutages(log);
  let searchedAt = began;

  async function takeOn(gathered: GatheredTask): Promise<void> {
    const { task } = gathered;
    const found = await findOrWarn(gathered);
    followed.set(task.id, { streams: found });
    if (found.length === 0) return;
    printer.add(found);
    log.info(`Task ${task.id} has started: its logs are shown, too`);
    const from = Math.max(start.from, task.createdAt?.getTime() ?? began);
    for (const batch of batchStreams(found)) {
      followers.push(follow(batch, from, new Map()));
    }
  }

  /** A new revision may have other containers, and log elsewhere. */
  async function findOrWarn(
    gathered: GatheredTask,
  ): Promise<readonly LogStream[]> {
    try {
      return await finder.find(gathered);
    } catch (error) {
      if (
        !(error instanceof PortholeError) ||
        error.code !== "container_not_found"
      ) throw error;
      log.warn(error.message);
      return [];
    }
  }

  async function search(): Promise<void> {
    searchedAt = now();
    const all = selector === undefined
      ? await listAll(access, place)
      : await lookAtThem(access, place, [...followed.keys()]);
    for (const task of all) {
      const known = followed.get(task.id);
      const hasRun = task.startedAt !== undefined;
      const stopped = task.stoppedAt?.getTime();
      if (known === undefined) {
        const isOld = stopped !== undefined && stopped < began;
        // Before it runs it has no stream.
        if (hasRun && !isOld) await takeOn(takeTask(task));
      } else if (stopped !== undefined && known.until === undefined) {
        known.until = now() + GRACE_MS;
        log.info(
          `Task ${task.id} has stopped${
            task.stoppedReason ? `: ${task.stoppedReason}` : ""
          }`,
        );
      }
    }
  }

  function dropEnded(): void {
    for (const [id, { until, streams }] of followed) {
      if (until === undefined || until > now()) continue;
      const names = streams.map(({ name }) => name);
      for (const follower of followers) follower.drop(names);
      // It stays known, so that it is not taken for a new one.
      followed.set(id, { streams: [], until: Infinity });
    }
    followers = followers.filter(({ batch }) => batch.streams.length > 0);
  }

  async function look(): Promise<void> {
    for (const follower of followers) await follower.look();
    followers = joinFollowers(followers);
  }

  // What is refused at once, a wrong pattern for one, does not pass.
  await outage.guard(look);
  for (;;) {
    await deps.sleep(LOOK_MS);
    await outage.guard(async () => {
      await look();
      if (now() - searchedAt >= SEARCH_MS) await search();
    });
    dropEnded();
    if (selector !== undefined && followers.length === 0) return;
  }
}

interface FollowedTask {
  readonly streams: readonly LogStream[];
  until?: number;
}

async function lookAtThem(
  access: AwsAccess,
  { cluster }: LogPlace,
  ids: readonly string[],
) {
  const tasks = await Promise.all(
    ids.map((id) => access.describeTask(cluster, id)),
  );
  return tasks.filter((task) => task !== undefined);
}

/** Puts streams of one group together: each follower costs a call a second. */
function joinFollowers(followers: readonly Follower[]): Follower[] {
  const joined: Follower[] = [];
  for (const follower of followers) {
    const { region, group, streams } = follower.batch;
    const home = joined.find(({ batch, hasRoom }) =>
      !follower.isBehind && batch.region === region &&
      batch.group === group && hasRoom(streams.length)
    );
    if (home === undefined) joined.push(follower);
    else home.takeOn(follower);
  }
  return joined;
}

/** Goes on after failures that pass, and says when one begins and when it is over. */
function tellOutages(log: Log) {
  let failure: PortholeError | undefined;
  return {
    async guard(work: () => Promise<void>): Promise<void> {
      try {
        await work();
        if (failure !== undefined) {
          log.info("Logs can be read again: nothing was left out");
        }
        failure = undefined;
      } catch (error) {
        if (!isPassing(error)) throw error;
        if (failure === undefined) log.warn(`${error.message}; trying again`);
        failure = error;
      }
    },
  };
}
