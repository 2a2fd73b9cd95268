import type { Fleet, Task } from "./fleet.ts";
import type { SandboxOptions } from "./sandbox_options.ts";

/** An event as CloudWatch Logs keeps it. */
export type StoredEvent = {
  readonly eventId: string;
  readonly logStreamName: string;
  /** When it was written, and when CloudWatch took it in: milliseconds since 1970. */
  readonly timestamp: number;
  readonly ingestionTime: number;
  readonly message: string;
};

/** The log groups of a sandbox. */
export type LogStore = {
  /** What a container's own process has written. */
  append(task: Task, container: string, message: string): void;
  /** The events of streams, written from a time on, that can be read now, in CloudWatch's order. */
  read(
    group: string,
    streams: readonly string[] | undefined,
    from: number,
    /** Of what is made up, no more than so many of a stream. */
    most?: number,
  ):
    | { readonly kind: "events"; readonly events: readonly StoredEvent[] }
    | { readonly kind: "missing"; readonly what: "group" | "stream" };
};

/** What the awslogs driver of a container is told. */
export function describeLogs(
  { logs }: SandboxOptions,
  container: string,
  family: string,
): object {
  const driver = logs.drivers[container] ?? "awslogs";
  if (driver === "") return {};
  return {
    logConfiguration: {
      logDriver: driver,
      options: driver === "awslogs"
        ? {
          "awslogs-group": nameGroup(family),
          ...(logs.region === undefined
            ? {}
            : { "awslogs-region": logs.region }),
          ...(logs.prefix === ""
            ? {}
            : { "awslogs-stream-prefix": logs.prefix }),
        }
        : {},
    },
  };
}

function nameGroup(family: string): string {
  return `/ecs/${family}`;
}

/** Keeps what processes write, and makes up what the tasks of services do. */
export function openLogStore(
  options: SandboxOptions,
  fleet: Fleet,
  now: () => number,
): LogStore {
  const { logs } = options;
  const written = new Map<string, StoredEvent[]>();

  function nameStream(task: Task, container: string): string {
    const runtimeId = task.containers.find(({ name }) => name === container)
      ?.runtimeId ?? "";
    return logs.prefix === ""
      ? runtimeId
      : `${logs.prefix}/${container}/${task.taskId}`;
  }

  /** The streams of a group, by name. */
  function findStreams(group: string) {
    const streams = new Map<
      string,
      (from: number, most: number) => readonly StoredEvent[]
    >();
    for (const task of fleet.clusters.flatMap(({ tasks }) => tasks)) {
      if (nameGroup(task.family) !== group) continue;
      for (const { name } of task.containers) {
        if ((logs.drivers[name] ?? "awslogs") !== "awslogs") continue;
        const stream = nameStream(task, name);
        // The driver makes a stream when the container starts.
        if (task.status === "PROVISIONING" || task.status === "PENDING") {
          continue;
        }
        streams.set(
          stream,
          (from, most) =>
            task.run === undefined
              ? makeUp(task, name, stream, from, most)
              : written.get(stream) ?? [],
        );
      }
    }
    return streams;
  }

  function makeUp(
    task: Task,
    container: string,
    stream: string,
    since: number,
    most: number,
  ): readonly StoredEvent[] {
    const { linesPerSecond, lateEvery, lateMs } = logs;
    const end = Math.min(now(), task.stoppedAt > 0 ? task.stoppedAt : Infinity);
    const first = event(stream, 0, task.startedAt, 0, `${container} started`);
    if (linesPerSecond === 0) return [first];
    const begin = task.startedAt;
    const count = Math.max(
      0,
      Math.floor((end - begin) * linesPerSecond / 1000),
    );
    // Nobody reads what is older.
    const from = Math.max(
      1,
      count - logs.kept,
      Math.floor((since - begin) * linesPerSecond / 1000),
    );
    const events = Array.from(
      { length: Math.min(most, Math.max(0, count - from + 1)) },
      (_, i) => {
        const number = from + i;
        const late = lateEvery > 0 && number % lateEvery === 0 ? lateMs : 0;
        const at = Math.floor(begin + number * 1000 / linesPerSecond);
        return event(stream, number, at, late, `${container} line ${number}`);
      },
    );
    return [first, ...events];
  }

  return {
    append(task, container, message) {
      const stream = nameStream(task, container);
      const events = written.get(stream) ?? [];
      events.push(event(stream, events.length, now(), 0, message));
      written.set(stream, events);
    },
    read(group, wanted, from, most = Infinity) {
      const isKnown = fleet.definitions.some(({ family }) =>
        nameGroup(family) === group
      );
      if (!isKnown || logs.missingGroups.includes(group)) {
        return { kind: "missing", what: "group" };
      }
      const streams = findStreams(group);
      const names = wanted ?? [...streams.keys()];
      const missing = names.some((name) => !streams.has(name));
      if (missing) return { kind: "missing", what: "stream" };
      const events = names.flatMap((name) =>
        streams.get(name)?.(from, most) ?? []
      )
        .filter(({ ingestionTime }) => ingestionTime <= now())
        .toSorted(compare);
      return { kind: "events", events };
    },
  };
}

/** By time, then by when it came in, then by id. */
export function compare(a: StoredEvent, b: StoredEvent): number {
  return a.timestamp - b.timestamp || a.ingestionTime - b.ingestionTime ||
    (a.eventId < b.eventId ? -1 : a.eventId > b.eventId ? 1 : 0);
}

function event(
  stream: string,
  number: number,
  timestamp: number,
  late: number,
  message: string,
): StoredEvent {
  const digits = [...stream].reduce(
    (sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1e12,
    7,
  );
  return {
    eventId: `${String(digits).padStart(20, "3")}${
      String(number).padStart(36, "0")
    }`,
    logStreamName: stream,
    timestamp,
    ingestionTime: timestamp + late,
    message,
  };
}
