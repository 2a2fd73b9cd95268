import { present } from "../present.ts";
import type { Task } from "../access/access.ts";
import { accountOfArn } from "../account_of_arn.ts";
import { nameOfArn } from "../name_of_arn.ts";
import { toLine } from "../quote_value.ts";
import { type errorModel } from "./format_error.ts";
import { jsonLine } from "./json_line.ts";

/** A task that was to be stopped, and how it went. */
export interface StoppedTask {
  readonly task: Task;
  /** The service that started it. */
  readonly service?: string | undefined;
  /** STOPPED where it has ended, STOPPING where it is about to, FAILED where it could not be stopped. */
  readonly state: "STOPPED" | "STOPPING" | "FAILED";
  readonly error?: ReturnType<typeof errorModel>;
}

/** What is about to be stopped, for the question. */
export function describeStops(
  tasks: readonly Pick<StoppedTask, "task" | "service">[],
  region: string,
): string {
  const first = tasks[0]?.task;
  const account = accountOfArn(first?.arn);
  const place = [
    ...(account === undefined ? [] : [`account ${account}`]),
    `region ${region}`,
    `cluster "${nameOfArn(first?.clusterArn ?? "")}"`,
  ].join(", ");
  const lines = tasks.map((task) => toLine(`  ${describeTask(task)}`));
  return `About to stop ${
    tasks.length === 1 ? "a task" : `${tasks.length} tasks`
  } (${place}):\n${lines.join("\n")}\n`;
}

function describeTask(
  { task, service }: Pick<StoppedTask, "task" | "service">,
): string {
  return `${task.id}, ${
    service === undefined
      ? "which belongs to no service"
      : `service "${service}", which starts another in its place`
  }`;
}

/** One line for each task that was stopped. */
export function formatStops(stops: readonly StoppedTask[]): string {
  return stops.filter(({ state }) => state !== "FAILED").map(
    ({ task, state }) =>
      `${
        toLine(
          `Task ${task.id} ${
            state === "STOPPED" ? "has stopped" : "is stopping"
          }`,
        )
      }\n`,
  ).join("");
}

/** All of them as one line of JSON. */
export function formatStopsObject(
  stops: readonly StoppedTask[],
  { region, status }: { readonly region: string; readonly status: number },
): string {
  return jsonLine({
    region,
    account: accountOfArn(stops[0]?.task.arn) ?? null,
    cluster: nameOfArn(stops[0]?.task.clusterArn ?? "") || null,
    tasks: stops.map(({ task, service, state, error }) => ({
      id: task.id,
      service: service ?? null,
      state,
      exit_codes: Object.fromEntries(
        task.containers.map(({ name, exitCode }) => [name, exitCode ?? null]),
      ),
      ...present({ error }),
    })),
    status,
  });
}
