import type { Task } from "../access/access.ts";
import type { PickChoice } from "../args/invocation.ts";
import { PortholeError } from "../errors.ts";
import { interpretAnswer, type TaskRow } from "./interpret_answer.ts";
import { nameOfArn } from "./target.ts";

/** What it takes to let someone choose. */
export interface Chooser {
  /** Standard input and standard error are terminals, and there is no `--no-input`. */
  readonly canAsk: boolean;
  /** Writes a log line with the run's prefix. */
  readonly announce: (heading: string) => void;
  /** Writes to standard error. */
  readonly print: (text: string) => void;
  /** Resolves with a line without its end; rejects with PortholeError "cancelled". */
  readonly ask: (question: string) => Promise<string>;
  /** Makes text stand back; absent where there are no colours, and rows are as documented then. */
  readonly dim?: (text: string) => string;
  readonly now: () => Date;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** How many candidates an error lists. */
const LISTED = 20;

/**
 * Chooses among running tasks, in their order: the only one without asking, else as `pick` says.
 *
 * @throws {PortholeError} no_choice when someone would have to be asked and cannot, or cancelled.
 */
export async function chooseTask(
  tasks: readonly Task[],
  place: string,
  pick: PickChoice = "prompt",
  chooser: Chooser,
): Promise<Task> {
  const [first] = tasks;
  if (first === undefined) throw new RangeError("there is no task to choose");
  if (tasks.length === 1) return first;
  switch (pick) {
    case "first":
      return first;
    case "newest":
      return tasks.at(-1) ?? first;
    case "random":
      return tasks[Math.floor(chooser.random() * tasks.length)] ?? first;
    case "prompt":
      if (!chooser.canAsk) throw refuseChoice(tasks, place);
      return await askForTask(tasks, chooser);
  }
}

async function askForTask(
  tasks: readonly Task[],
  chooser: Chooser,
): Promise<Task> {
  const all = tasks.map((task): TaskRow => ({
    task,
    details: describeTask(task, chooser.now()),
  }));
  let rows: readonly TaskRow[] = all;
  chooser.announce("Select task:");
  chooser.print(renderRows(rows, chooser.dim));
  for (;;) {
    const answer = interpretAnswer(
      await chooser.ask(`Select task number (1-${rows.length}): `),
      rows,
    );
    if (answer.kind === "row") return answer.row.task;
    const shown = answer.kind === "narrow"
      ? answer.rows
      : answer.kind === "empty"
      ? all
      : rows;
    if (shown !== rows) chooser.print(renderRows(shown, chooser.dim));
    rows = shown;
  }
}

function renderRows(rows: readonly TaskRow[], dim: Chooser["dim"]): string {
  return rows.map(({ task, details }, index) => {
    const row = `${index + 1}. ${task.id} (${task.status})`;
    return `${row}${dim && details ? ` ${dim(details)}` : ""}\n`;
  }).join("");
}

/** Age, task definition with its revision, zone. */
function describeTask(task: Task, now: Date): string {
  return [
    task.startedAt && describeAge(now.getTime() - task.startedAt.getTime()),
    nameOfArn(task.taskDefinitionArn),
    task.availabilityZone,
  ].filter(Boolean).join("  ");
}

function describeAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

function refuseChoice(tasks: readonly Task[], place: string): PortholeError {
  const candidates = tasks.slice(0, LISTED).map(({ id, status }) =>
    `${id} (${status})`
  );
  if (tasks.length > LISTED) {
    candidates.push(`and ${tasks.length - LISTED} more`);
  }
  return new PortholeError(
    "no_choice",
    `Cannot choose a task of ${place}: ${tasks.length} are running, and there is no terminal to ask on`,
    {
      hint: [
        "name one with --task-id, or let --pick first, newest or random choose:",
        ...candidates,
      ]
        .join("\n"),
    },
  );
}
