import * as v from "../../schema.ts";
import { PortholeError } from "../../errors.ts";
import { present } from "../../present.ts";
import type { Container, Task, TaskSummary } from "../access.ts";
import type { RackClient } from "./create_rack_client.ts";

/** What a rack says of itself. */
export interface RackSystem {
  readonly name: string | undefined;
  readonly provider: string | undefined;
  readonly region: string | undefined;
  /** `running`, `updating`, …. */
  readonly status: string | undefined;
  readonly version: string | undefined;
  readonly parameters: Readonly<Record<string, string>>;
  /** Whether it is a rack of porthole's own. */
  readonly isPorthole: boolean;
  /** The version of porthole that it is; `version` is in Convox's digits there. */
  readonly portholeVersion: string | undefined;
}

/** A process of a rack: a task of which little is known. */
export interface Process extends TaskSummary {
  readonly release: string | undefined;
  readonly containers: readonly ProcessContainer[];
  /** What decides the way to a container; told by porthole's own racks alone. */
  readonly exec?: Pick<Task, "launchType" | "executeCommandEnabled">;
}

/** A container of a process; its runtime id and agent are told by porthole's own racks alone. */
export type ProcessContainer = Pick<
  Container,
  "name" | "status" | "runtimeId" | "agent"
>;

/** An app of a rack. */
export interface App {
  readonly name: string;
  /** `1` or `2`. */
  readonly generation: string | undefined;
}

/** A name that can stand in a path: no part of it, and nothing to be taken for another. */
const NAME = v.pipe(v.string(), v.regex(/^[\w.:-]{1,255}$/));
const TEXT = v.nullish(v.string());
const LIST = <T>(item: v.GenericSchema<unknown, T>) =>
  v.pipe(v.nullable(v.array(item)), v.transform((list) => list ?? []));

const SYSTEM = v.pipe(
  v.unknown(),
  v.check((value) => !Array.isArray(value)),
  v.object({
    name: TEXT,
    provider: TEXT,
    region: TEXT,
    status: TEXT,
    version: TEXT,
    parameters: v.nullish(v.record(v.string(), v.string())),
    porthole: v.optional(
      v.fallback(v.object({ version: TEXT }), { version: undefined }),
    ),
  }),
  v.transform(({ porthole, parameters, ...system }): RackSystem => ({
    name: system.name ?? undefined,
    provider: system.provider ?? undefined,
    region: system.region ?? undefined,
    status: system.status ?? undefined,
    version: system.version ?? undefined,
    parameters: parameters ?? {},
    isPorthole: porthole !== undefined,
    portholeVersion: porthole?.version ?? undefined,
  })),
);

/** What porthole's own racks say of a task. */
const PORTHOLE_TASK = v.object({
  task_id: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
  containers: v.array(v.object({
    name: v.pipe(v.string(), v.regex(/^[\w-]{1,255}$/)),
    status: v.string(),
    agent: TEXT,
    runtime_id: TEXT,
  })),
  launch_type: TEXT,
  execute_command: v.nullish(v.boolean()),
  stopped_reason: TEXT,
});

const PROCESS = v.pipe(
  v.object({
    porthole: v.optional(PORTHOLE_TASK),
    id: v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/)),
    name: NAME,
    release: TEXT,
    status: v.string(),
    started: TEXT,
  }),
  v.transform(({ id, name, release, status, started, porthole }): Process => {
    const startedAt = new Date(started ?? NaN);
    return {
      id: porthole?.task_id ?? id,
      status: status.toUpperCase(),
      group: `service:${name}`,
      release: release ?? undefined,
      // Go's zero time is that of a process that has not started.
      ...(startedAt.getTime() > 0 ? { startedAt } : {}),
      ...(porthole === undefined
        ? { containers: [{ name, status: status.toUpperCase() }] }
        : describeTask(porthole)),
    };
  }),
);

function describeTask(
  { containers, launch_type, execute_command, stopped_reason }: v.InferOutput<
    typeof PORTHOLE_TASK
  >,
): Pick<Process, "containers" | "exec" | "stoppedReason"> {
  return present({
    containers: containers.map(({ name, status, agent, runtime_id }) =>
      present({
        name,
        status,
        agent: agent ? { status: agent } : undefined,
        runtimeId: runtime_id ?? undefined,
      })
    ),
    // One that does not say is not judged.
    exec: execute_command === null || execute_command === undefined
      ? undefined
      : present({
        executeCommandEnabled: execute_command,
        launchType: launch_type ?? undefined,
      }),
    stoppedReason: stopped_reason || undefined,
  });
}

const SERVICE = v.object({ name: NAME, count: v.nullish(v.number()) });
const APP = v.pipe(
  v.object({ name: NAME, generation: TEXT }),
  v.transform(({ name, generation }): App => ({
    name,
    generation: generation ?? undefined,
  })),
);

/** Reads `GET /system`. */
export const readSystem = readerOf(SYSTEM);
/** Reads one process. */
export const readProcess = readerOf(PROCESS);
/** Reads a list of processes. */
export const readProcesses = readerOf(LIST(PROCESS));
/** Reads a list of services. */
export const readServices = readerOf(LIST(SERVICE));
/** Reads one app. */
export const readApp = readerOf(APP);
/** Reads a list of apps. */
export const readApps = readerOf(LIST(APP));

/** A reader of answers of one form; it throws rack_refused for what is another. */
function readerOf<T>(schema: v.GenericSchema<unknown, T>) {
  return (text: string, { rack }: Pick<RackClient, "rack">): T => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw unlikeRack(rack.name, "its answer is not JSON");
    }
    const result = v.safeParse(schema, value);
    if (result.success) return result.output;
    const path = v.getDotPath(result.issues[0]) ?? "the answer";
    throw unlikeRack(rack.name, `${path} is not what a rack sends there`);
  };
}

function unlikeRack(name: string, because: string): PortholeError {
  return new PortholeError(
    "rack_refused",
    { cannot: `understand rack "${name}"`, because },
    { hint: "check the rack's address: it may be another server" },
  );
}
