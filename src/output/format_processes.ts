import type { Process, ProcessContainer } from "../access/rack/read_answers.ts";
import type { TasksOutput } from "../choices.ts";
import { describeAge } from "../duration.ts";
import { escapeControls } from "../quote_value.ts";
import type { NoRoute, Route } from "../route/route.ts";
import { describeFields } from "./describe_fields.ts";
import { jsonLine } from "./json_line.ts";
import { nameRoute } from "./name_way.ts";
import { renderTable, type TableView } from "./render_table.ts";

/** A container of a process, and the way to it. */
export type RoutedContainer = ProcessContainer & {
  readonly route: Route | NoRoute;
};

/** What `porthole tasks` has found on a rack. */
export interface ProcessList {
  readonly rack: string;
  readonly app: string;
  /** Absent where the processes are those of the whole app. */
  readonly service: string | undefined;
  readonly region: string | undefined;
  /** Each with the service that it belongs to. */
  readonly processes: readonly (Process & {
    readonly service: string | undefined;
    /** Its containers with the way to each; undefined where the rack does not tell what decides it. */
    readonly routes: readonly RoutedContainer[] | undefined;
  })[];
}

/** Renders processes for people, as one line of JSON, or as tab-separated lines. */
export function formatProcesses(
  list: ProcessList,
  format: TasksOutput,
  view: TableView,
): string {
  switch (format) {
    case "table":
    case "wide":
      return list.processes.length === 0 ? "" : tabulate(list, view);
    case "json":
      return renderJson(list);
    case "tsv":
      return renderTsv(list);
  }
}

/** The way that exec takes to each container, where they differ; without a route there is no exec. */
function nameRoutes(routes: readonly RoutedContainer[] = []): string {
  const names = new Set(routes.map(({ route }) => nameRoute(route)));
  return names.size === 0 ? "-" : [...names].join(", ");
}

function tabulate({ processes }: ProcessList, view: TableView): string {
  // A rack that tells what decides the route is one of porthole's, which has no releases.
  const hasRoutes = processes.some(({ routes }) => routes !== undefined);
  return renderTable({
    columns: [
      { title: "TASK", rank: 0 },
      { title: "SERVICE", rank: 1, least: 8 },
      { title: "STATUS", rank: 2 },
      { title: "AGE", rank: 3 },
      ...(hasRoutes
        ? [{ title: "ROUTE", rank: 4 }]
        : [{ title: "RELEASE", rank: 4 }]),
    ],
    rows: processes.map((
      { id, service, status, startedAt, release, routes },
    ) => ({
      cells: [
        id,
        service ?? "-",
        status,
        startedAt === undefined ? "-" : describeAge(startedAt, view.now),
        hasRoutes ? nameRoutes(routes) : release ?? "-",
      ],
      below: undefined,
    })),
  }, view);
}

function renderJson(list: ProcessList): string {
  const object = {
    rack: list.rack,
    cluster: list.app,
    ...describeFields(list, "service", "region"),
    tasks: list.processes.map((process) => ({
      id: process.id,
      service: process.service ?? null,
      ...describeFields(process, "status", "startedAt", "release"),
      ...(process.routes === undefined ? {} : {
        containers: process.routes.map((container) => ({
          ...describeFields(container, "name", "status", "runtimeId"),
          agent: describeFields(container.agent, "status"),
          route: describeFields(container.route, "kind", "because"),
        })),
      }),
    })),
  };
  return `${jsonLine(object)}\n`;
}

function renderTsv({ processes }: ProcessList): string {
  const rows = processes.map(({ id, service, status, startedAt, release }) =>
    [
      id,
      service,
      status,
      startedAt?.toISOString(),
      release,
    ].map((cell) => escapeControls(cell ?? ""))
  );
  return [["task", "service", "status", "started_at", "release"], ...rows]
    .map((cells) => `${cells.join("\t")}\n`).join("");
}
