import { describeAge } from "../duration.ts";
import { nameOfArn } from "../name_of_arn.ts";
import { measureIds, SHORT_ID } from "./measure_ids.ts";
import { nameRoute } from "./name_way.ts";
import type { ListedContainer, ListedTask, TaskList } from "./task_list.ts";
import {
  type Column,
  measureTable,
  renderTable,
  type Table,
  type TableView,
} from "./render_table.ts";

/** Renders the table of `porthole tasks`: a row for each container, below the task's other ones. */
export function tabulateTasks(list: TaskList, view: TableView): string {
  if (list.tasks.length === 0) return "";
  const whole = makeTable(list, view, Infinity);
  const { width = Infinity } = view;
  const table = measureTable(whole) <= width
    ? whole
    : makeTable(list, view, measureIds(list.tasks));
  return renderTable(table, view);
}

/** Renders it with the columns that few ask for, and cuts nothing. */
export function tabulateWide(list: TaskList, view: TableView): string {
  if (list.tasks.length === 0) return "";
  const table = makeTable(list, view, Infinity, WIDE_COLUMNS);
  return renderTable(table, { ...view, width: undefined });
}

function makeTable(
  list: TaskList,
  { now }: TableView,
  idLength: number,
  all: readonly TaskColumn[] = COLUMNS,
): Table {
  const columns = all.filter(({ title }) =>
    // It is the same in every row.
    title !== "SERVICE" || list.service === undefined
  ).map((column) =>
    // A reason matters most where the route is not the usual one.
    column.title === "REASON" && list.tasks.every(isPlain)
      ? { ...column, rank: LAST_RANK }
      : column
  );
  const rows = list.tasks.flatMap((task) => {
    const [first, ...others] = task.containers;
    const row = (container: ListedContainer | undefined, isFirst: boolean) => ({
      cells: columns.map(({ ofTask, cell }) => {
        if (ofTask && !isFirst) return "";
        const text = cell(task, container, now);
        return (ofTask === "id" ? text?.slice(0, idLength) : text) || "-";
      }),
      below: tellBelow(task, container, now),
    });
    return [row(first, true), ...others.map((each) => row(each, false))];
  });
  return { columns, rows };
}

interface TaskColumn extends Column {
  /** It is shown in the first row of a task alone. */
  readonly ofTask?: "id" | "other";
  readonly cell: (
    task: ListedTask,
    container: ListedContainer | undefined,
    now: Date,
  ) => string | undefined;
}

const LAST_RANK = 13;

/** What most reasons begin with is left out: where a cell is cut, the word that differs is left. */
const SHARED_BEGINNING = /^the task (?:was|is) started /;

const COLUMNS: readonly TaskColumn[] = [
  { title: "TASK", rank: 0, ofTask: "id", cell: ({ id }) => id },
  {
    title: "SERVICE",
    rank: 3,
    least: 8,
    ofTask: "other",
    cell: ({ service }) => service,
  },
  {
    title: "STATUS",
    rank: 5,
    ofTask: "other",
    cell: ({ status }) => status,
  },
  {
    title: "HEALTH",
    rank: 4,
    ofTask: "other",
    cell: ({ health }) => health,
  },
  {
    title: "AGE",
    rank: 7,
    ofTask: "other",
    cell: ({ startedAt, createdAt }, _, now) => {
      const since = startedAt ?? createdAt;
      return since && describeAge(since, now);
    },
  },
  {
    title: "LAUNCH TYPE",
    rank: 10,
    ofTask: "other",
    cell: ({ launchType }) => launchType,
  },
  {
    title: "PLACE",
    rank: 11,
    ofTask: "other",
    // The machine where it is one's own, else the zone.
    cell: ({ containerInstanceArn, availabilityZone }) =>
      nameOf(containerInstanceArn)?.slice(0, SHORT_ID) ?? availabilityZone,
  },
  {
    title: "PRIVATE IP",
    rank: 12,
    ofTask: "other",
    cell: ({ privateIp }) => privateIp,
  },
  {
    title: "DEFINITION",
    rank: 9,
    ofTask: "other",
    cell: ({ taskDefinitionArn }) => nameOf(taskDefinitionArn),
  },
  {
    title: "CONTAINER",
    rank: 1,
    least: 8,
    cell: (_, container) => container?.name,
  },
  {
    title: "AGENT",
    rank: 6,
    cell: (_, container) => container?.agent?.status,
  },
  {
    title: "ROUTE",
    rank: 2,
    cell: (task, container) =>
      isStopping(task) ? undefined : container && nameRoute(container.route),
  },
  {
    title: "REASON",
    rank: 8,
    least: 24,
    cell: describeReason,
  },
];

/** With zone and machine each in a column of its own. */
const WIDE_COLUMNS = COLUMNS.flatMap((column): TaskColumn | TaskColumn[] =>
  column.title !== "PLACE" ? column : [
    {
      title: "ZONE",
      rank: column.rank,
      ofTask: "other",
      cell: ({ availabilityZone }) => availabilityZone,
    },
    {
      title: "INSTANCE",
      rank: column.rank,
      ofTask: "other",
      cell: ({ containerInstanceArn }) => nameOf(containerInstanceArn),
    },
  ]
);

function describeReason(
  task: ListedTask,
  container: ListedContainer | undefined,
  now: Date,
): string | undefined {
  return isStopping(task)
    ? describeWhyStopped(task, container, now)
    : container?.route.because.replace(SHARED_BEGINNING, "");
}

/** Why a stopped task stopped, as a whole and for each container. */
function describeWhyStopped(
  { stoppedAt, stoppedReason, stopCode }: ListedTask,
  container: ListedContainer | undefined,
  now: Date,
): string {
  const when = stoppedAt === undefined
    ? "being stopped"
    : `${describeAge(stoppedAt, now)} ago`;
  const why = stoppedReason ?? stopCode;
  const { exitCode, reason } = container ?? {};
  const own = [
    ...(exitCode === undefined ? [] : [`exit status ${exitCode}`]),
    ...(reason === undefined ? [] : [reason]),
  ].join(", ");
  return [when, ...(why === undefined ? [] : [why])].join(": ") +
    (own === "" ? "" : ` (${own})`);
}

function isStopping({ desiredStatus, status }: ListedTask): boolean {
  return desiredStatus === "STOPPED" || status === "STOPPED";
}

/** Whether the route is the expected one, which needs no explanation. */
function isUsual(
  task: ListedTask,
  container: ListedContainer | undefined,
): boolean {
  return !isStopping(task) && container?.route.kind === "ecs_exec";
}

function tellBelow(
  task: ListedTask,
  container: ListedContainer | undefined,
  now: Date,
): string | undefined {
  if (isUsual(task, container)) return undefined;
  return isStopping(task)
    ? describeWhyStopped(task, container, now)
    : container?.route.because;
}

function isPlain(task: ListedTask): boolean {
  return task.containers.every((container) => isUsual(task, container));
}

function nameOf(arn: string | undefined): string | undefined {
  return arn === undefined ? undefined : nameOfArn(arn);
}
