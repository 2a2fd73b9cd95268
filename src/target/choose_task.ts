import type { TaskSummary } from "../access/access.ts";
import type { PickChoice } from "../choices.ts";
import { describeAge } from "../duration.ts";
import { PortholeError } from "../errors.ts";
import { nameOfArn } from "../name_of_arn.ts";
import { chooseRow, type Next } from "./choose_row.ts";
import { type Chooser, tellUnasked } from "./chooser.ts";
import type { Row } from "./row.ts";

/** How many candidates an error lists. */
const LISTED = 20;

/**
 * Chooses among running tasks, in their order, and goes on with one: the only one without asking,
 * else as `pick` says.
 *
 * @throws {PortholeError} no_choice when someone would have to be asked and cannot, or cancelled.
 */
export async function chooseTask<T extends TaskSummary, R>(
  tasks: readonly T[],
  { place, pick = "prompt", canGoBack }: {
    readonly place: string;
    readonly pick?: PickChoice | undefined;
    readonly canGoBack: boolean;
  },
  chooser: Chooser,
  next: Next<T, R>,
): Promise<R | undefined> {
  if (pick === "prompt") {
    if (tasks.length > 1 && !chooser.canAsk) {
      throw refuseChoice(tasks, place, chooser);
    }
    const now = chooser.now();
    const rows = tasks.map((task) => describeTask(task, now));
    return await chooseRow({ noun: "task", rows, canGoBack }, chooser, next);
  }
  const task = tasks.at(
    pick === "first"
      ? 0
      : pick === "newest"
      ? -1
      : Math.floor(chooser.random() * tasks.length),
  );
  if (task === undefined) throw new RangeError("no task to choose");
  return await next(task, canGoBack);
}

/** Age, task definition with its revision, zone, health. */
function describeTask<T extends TaskSummary>(task: T, now: Date): Row<T> {
  const { startedAt, taskDefinitionArn, availabilityZone, health } = task;
  const details = [
    startedAt && describeAge(now.getTime() - startedAt.getTime()),
    taskDefinitionArn && nameOfArn(taskDefinitionArn),
    availabilityZone,
    health === "UNKNOWN" ? undefined : health,
  ].flatMap((detail) => detail || []);
  return {
    item: task,
    name: task.id,
    isId: true,
    status: task.status,
    details,
  };
}

function refuseChoice(
  tasks: readonly TaskSummary[],
  place: string,
  { noInput }: Pick<Chooser, "noInput">,
): PortholeError {
  const candidates = tasks.slice(0, LISTED).map(({ id, status }) =>
    `${id} (${status})`
  );
  if (tasks.length > LISTED) {
    candidates.push(`and ${tasks.length - LISTED} more`);
  }
  return new PortholeError(
    "no_choice",
    `Cannot choose a task of ${place}: ${tasks.length} are running, and ${
      tellUnasked(noInput)
    }`,
    {
      hint: [
        "name one with --task-id, or use --pick first, newest or random; candidates:",
        ...candidates,
      ],
    },
  );
}
