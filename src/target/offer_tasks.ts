import type { TaskSummary } from "../access/access.ts";
import type { PickChoice } from "../choices.ts";
import { describeAge } from "../duration.ts";
import { PortholeError } from "../errors.ts";
import { nameOfArn } from "../name_of_arn.ts";
import { type Chooser, tellUnasked } from "./chooser.ts";
import type { Row } from "./row.ts";
import { type Offer, offerChoices } from "./take_steps.ts";

/** How many candidates an error lists. */
const LISTED = 20;

/**
 * The task that `pick` takes of the running ones, which are in their order; without it the only one,
 * or a choice.
 *
 * @throws {PortholeError} no_choice when someone would have to be asked and cannot.
 */
export async function offerTasks<T extends TaskSummary>(
  tasks: readonly T[],
  { place, pick = "prompt" }: {
    readonly place: string;
    readonly pick?: PickChoice | undefined;
  },
  chooser: Chooser,
): Promise<Offer<T>> {
  if (pick === "prompt") {
    if (tasks.length > 1 && !await chooser.canAsk()) {
      throw refuseChoice(tasks, place, chooser);
    }
    const now = chooser.now();
    const rows = tasks.map((task) => makeRow(task, now));
    return offerChoices({ noun: "task", rows });
  }
  const item = tasks.at(
    pick === "first"
      ? 0
      : pick === "newest"
      ? -1
      : Math.floor(chooser.random() * tasks.length),
  );
  if (item === undefined) throw new RangeError("no task to choose");
  return { kind: "one", item };
}

/** Age, task definition with its revision, zone, health, private IP. */
function makeRow<T extends TaskSummary>(task: T, now: Date): Row<T> {
  const { startedAt, taskDefinitionArn, availabilityZone, health, privateIp } =
    task;
  const details = [
    startedAt && describeAge(startedAt, now),
    taskDefinitionArn && nameOfArn(taskDefinitionArn),
    availabilityZone,
    health === "UNKNOWN" ? undefined : health,
    privateIp,
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
