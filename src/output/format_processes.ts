import type { Process } from "../access/rack/read_answers.ts";
import type { TasksOutput } from "../choices.ts";
import { describeAge } from "../duration.ts";
import { escapeControls } from "../quote_value.ts";
import { describeFields } from "./describe_fields.ts";
import { jsonLine } from "./json_line.ts";
import { renderTable, type TableView } from "./render_table.ts";

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

function tabulate({ processes }: ProcessList, view: TableView): string {
  return renderTable({
    columns: [
      { title: "TASK", rank: 0 },
      { title: "SERVICE", rank: 1, least: 8 },
      { title: "STATUS", rank: 2 },
      { title: "AGE", rank: 3 },
      { title: "RELEASE", rank: 4 },
    ],
    rows: processes.map(({ id, service, status, startedAt, release }) => ({
      cells: [
        id,
        service ?? "-",
        status,
        startedAt === undefined ? "-" : describeAge(startedAt, view.now),
        release ?? "-",
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
