import type {
  ContainerSummary,
  Directory,
  TaskSummary,
} from "../access/access.ts";
import { closestName } from "../closest_name.ts";
import { PortholeError } from "../errors.ts";
import { type Chooser, tellUnasked } from "./chooser.ts";
import { type Offer, offerChoices } from "./take_steps.ts";
import type { TargetRequest } from "./target.ts";

type ContainerOf<T extends TaskSummary> = T["containers"][number];

/** A container, and what the user should know about the choice. */
export interface FoundContainer<T extends TaskSummary> {
  readonly container: ContainerOf<T>;
  readonly notes: readonly string[];
}

/**
 * Finds the container of a task: the named one, the only one, the first of the task definition that
 * runs, or a choice where `--pick prompt` was typed. Only the last two ask AWS: DescribeTasks does
 * not keep the task definition's order.
 *
 * @throws {PortholeError} container_not_found, access_denied, no_choice, and what `access` throws.
 */
export async function findContainer<T extends TaskSummary>(
  access: Pick<Directory<T>, "listContainerNames">,
  task: T,
  { container: name, pick }: Pick<TargetRequest, "container" | "pick">,
  chooser: Chooser,
): Promise<Offer<FoundContainer<T>>> {
  if (name !== undefined) return offerOne(findByName(task, name));
  const containers: readonly ContainerOf<T>[] = task.containers;
  const [first, ...others] = containers;
  if (first === undefined) {
    throw new PortholeError(
      "container_not_found",
      `Cannot find a container in task ${task.id}: it has none`,
    );
  }
  if (others.length === 0) return offerOne(requireRunning(task, first));

  const ordered = orderContainers(
    containers,
    await listContainerNames(access, task),
  );
  const running = ordered.filter(isRunning);
  const [container, ...more] = running;
  if (container === undefined) {
    const states = ordered.map(({ name, status }) => `"${name}" is ${status}`)
      .join(", ");
    throw new PortholeError(
      "container_not_found",
      `Cannot find a running container in task ${task.id}: ${states}`,
    );
  }
  if (pick === "prompt" && more.length > 0) {
    if (!await chooser.canAsk()) throw refuseChoice(task, running, chooser);
    const rows = running.map((container) => ({
      item: { container, notes: [] },
      name: container.name,
      isId: false,
      status: container.status,
      details: [],
    }));
    return offerChoices({ noun: "container", rows });
  }
  const notes = ordered.slice(0, ordered.indexOf(container)).map((skipped) =>
    `Skipped container "${skipped.name}": it is ${skipped.status}`
  );
  return offerOne(container, notes);
}

function offerOne<T extends TaskSummary>(
  container: ContainerOf<T>,
  notes: readonly string[] = [],
): Offer<FoundContainer<T>> {
  return { kind: "one", item: { container, notes } };
}

function refuseChoice(
  task: TaskSummary,
  running: readonly ContainerSummary[],
  { noInput }: Pick<Chooser, "noInput">,
): PortholeError {
  return new PortholeError(
    "no_choice",
    `Cannot choose a container of task ${task.id}: ${running.length} are running, and ${
      tellUnasked(noInput)
    }`,
    { hint: `name one with -c: ${quoteAll(running.map(({ name }) => name))}` },
  );
}

function findByName<T extends TaskSummary>(
  task: T,
  name: string,
): ContainerOf<T> {
  const containers: readonly ContainerOf<T>[] = task.containers;
  const container = containers.find((each) => each.name === name);
  if (container !== undefined) return requireRunning(task, container);
  const names = task.containers.map((each) => each.name);
  const near = closestName(name, names);
  throw new PortholeError(
    "container_not_found",
    `Cannot find container "${name}" in task ${task.id}: it has ${
      quoteAll(names) || "none"
    }`,
    { hint: near === undefined ? undefined : `did you mean "${near}"?` },
  );
}

function requireRunning<C extends ContainerSummary>(
  task: TaskSummary,
  container: C,
): C {
  if (isRunning(container)) return container;
  const running = task.containers.filter(isRunning).map(({ name }) => name);
  throw new PortholeError(
    "container_not_found",
    `Cannot exec into container "${container.name}" of task ${task.id}: it is ${container.status}`,
    {
      hint: running.length === 0 ? undefined : `running: ${quoteAll(running)}`,
    },
  );
}

async function listContainerNames<T extends TaskSummary>(
  access: Pick<Directory<T>, "listContainerNames">,
  task: T,
): Promise<readonly string[]> {
  try {
    return await access.listContainerNames(task);
  } catch (error) {
    if (!(error instanceof PortholeError)) throw error;
    const names = task.containers.map(({ name }) => name);
    const hint = `name one with -c: ${quoteAll(names)}`;
    // A definition that was deleted, too: a container that is named needs none.
    if (error.code === "aws_refused") throw error.withHint(hint);
    if (error.code !== "access_denied") throw error;
    throw new PortholeError(
      "access_denied",
      `Cannot determine the first container of task ${task.id}: ecs:DescribeTaskDefinition is not allowed`,
      { hint, cause: error },
    );
  }
}

/** The task definition's order; containers it does not know (AWS adds some) come last. */
function orderContainers<C extends ContainerSummary>(
  containers: readonly C[],
  names: readonly string[],
): readonly C[] {
  const rank = ({ name }: C) => {
    const index = names.indexOf(name);
    return index < 0 ? names.length : index;
  };
  return containers.toSorted((a, b) => rank(a) - rank(b));
}

function isRunning({ status }: ContainerSummary): boolean {
  return status === "RUNNING";
}

function quoteAll(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}
