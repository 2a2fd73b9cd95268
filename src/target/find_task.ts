import type { Directory, TaskSummary } from "../access/access.ts";
import { PortholeError } from "../errors.ts";
import { nameOfArn } from "../name_of_arn.ts";
import type { Chooser } from "./chooser.ts";
import { refuseWithoutServices } from "./find_place.ts";
import { offerTasks } from "./offer_tasks.ts";
import {
  findListed,
  type ListedSelector,
  nameListed,
  refuseUnlisted,
  selectListed,
} from "./find_listed.ts";
import { countRest, listNames, NAMED } from "./list_names.ts";
import { mapOffer, type Offer } from "./take_steps.ts";
import {
  describeState,
  isOffered,
  orderTasks,
  refuseMissingTask,
  serviceOf,
  type TargetRequest,
} from "./target.ts";

/** A task, and what the user should know about it. */
export interface FoundTask<T extends TaskSummary> {
  readonly task: T;
  readonly notes: readonly string[];
}

/**
 * Finds the task: by its whole id without listing any, by a prefix or an address that only one running
 * task has, or among the running tasks of the service.
 *
 * @throws {PortholeError} no_service, no_running_task, task_not_found, task_ambiguous, no_choice,
 * and what `access` throws.
 */
export async function findTask<T extends TaskSummary>(
  access: Directory<T>,
  request: TargetRequest,
  chooser: Chooser,
): Promise<Offer<FoundTask<T>>> {
  const { cluster, service, task: selector, pick } = request;
  if (selector?.kind === "id") {
    const item = await findById(access, request, selector.id);
    return { kind: "one", item };
  }
  const place = namePlace(request);
  if (selector !== undefined) {
    const tasks = orderTasks(await access.listTasks(cluster, service));
    const task = await findRunning(access, tasks, selector, place);
    return { kind: "one", item: { task, notes: [] } };
  }
  if (service === undefined) {
    throw await refuseWithoutService(access, cluster, {
      doing: "choose a task",
      usage: request.usage ?? "porthole exec SERVICE -- COMMAND",
    });
  }
  chooser.enterPlace(nameOfArn(service), nameOfArn(cluster));
  const tasks = orderTasks(await access.listTasks(cluster, service));
  const offered = tasks.filter(isOffered);
  if (offered.length === 0) {
    return { kind: "none", error: refuseWithoutRunning(tasks, place) };
  }
  const offer = await offerTasks(offered, { place, pick }, chooser);
  return mapOffer(offer, (task) => ({ task, notes: [] }));
}

/**
 * Finds all the tasks that run: of a service, or of the whole cluster.
 *
 * @throws {PortholeError} no_running_task, and what `access` throws.
 */
export async function findRunningTasks<T extends TaskSummary>(
  access: Pick<Directory<T>, "listTasks">,
  place: Pick<TargetRequest, "cluster" | "service">,
): Promise<readonly T[]> {
  const listed = await access.listTasks(place.cluster, place.service);
  // One that is listed while the list is read may stand on two pages.
  const tasks = orderTasks([
    ...new Map(listed.map((task) => [task.id, task])).values(),
  ]);
  const offered = tasks.filter(isOffered);
  if (offered.length > 0) return offered;
  throw refuseWithoutRunning(tasks, namePlace(place));
}

async function findById<T extends TaskSummary>(
  access: Pick<Directory<T>, "describeTask">,
  { cluster, service }: TargetRequest,
  id: string,
): Promise<FoundTask<T>> {
  const task = await access.describeTask(cluster, id);
  if (task === undefined) throw refuseMissingTask(id, cluster);
  if (task.status !== "RUNNING") throw refuseState(task);
  const notes: string[] = [];
  if (task.desiredStatus === "STOPPED") {
    notes.push(`task ${id} is being stopped`);
  }
  const owner = serviceOf(task);
  const named = service === undefined ? undefined : nameOfArn(service);
  if (named !== undefined && owner !== named) {
    notes.push(
      owner === undefined
        ? `task ${id} belongs to no service, but "${named}" was named`
        : `task ${id} belongs to service "${owner}", not "${named}"`,
    );
  }
  return { task, notes };
}

/** Finds the only running task that is meant. */
async function findRunning<T extends TaskSummary>(
  access: Pick<Directory<T>, "selectByIp">,
  tasks: readonly T[],
  selector: ListedSelector,
  place: string,
): Promise<T> {
  const running = tasks.filter(isOffered);
  const found = await findListed(access, running, selector, place);
  if (found !== undefined) return found;
  const others = tasks.filter((task) => !isOffered(task));
  const [stopped] = await selectListed(access, others, selector);
  if (stopped !== undefined) throw refuseState(stopped);
  throw refuseUnlisted(
    selector,
    place,
    running.length === 0
      ? "no task is running"
      : `running: ${
        listNames(running.map((task) => nameListed(task, selector)))
      }`,
  );
}

function refuseState(task: TaskSummary): PortholeError {
  return new PortholeError(
    "no_running_task",
    `Cannot exec into task ${task.id}: it is ${describeState(task)}`,
    { hint: adviseOnStart([task]) },
  );
}

function refuseWithoutRunning(
  tasks: readonly TaskSummary[],
  place: string,
): PortholeError {
  if (tasks.length === 0) {
    return new PortholeError(
      "no_running_task",
      `Cannot find a running task of ${place}: it has no tasks`,
      {
        hint:
          "the desired count may be 0, or ECS cannot place tasks: see porthole status",
      },
    );
  }
  const states = tasks.slice(0, NAMED).map((task) =>
    `task ${task.id} is ${describeState(task)}`
  );
  return new PortholeError(
    "no_running_task",
    `Cannot find a running task of ${place}: ${states.join(", ")}${
      countRest(tasks.length)
    }`,
    { hint: adviseOnStart(tasks) },
  );
}

/** A task that has not begun to run may do so soon, or waits for something. */
function adviseOnStart(tasks: readonly TaskSummary[]): string | undefined {
  const isStarting = ({ status, desiredStatus }: TaskSummary) =>
    desiredStatus !== "STOPPED" &&
    /^(PROVISIONING|PENDING|ACTIVATING)$/.test(status);
  return tasks.some(isStarting)
    ? "a starting task can be entered once it is RUNNING; porthole status shows what it is waiting for"
    : undefined;
}

/** The error for a missing service name, with the names to choose from. */
export async function refuseWithoutService(
  access: Pick<Directory, "listServices">,
  cluster: string,
  { doing, usage }: {
    /** Completes "Cannot …". */
    readonly doing: string;
    /** A command line that names one. */
    readonly usage: string;
  },
): Promise<PortholeError> {
  const services = await access.listServices(cluster).catch(
    (error: unknown) => {
      // Without the right to list them they are left out; a cluster that is not there is the answer.
      if (error instanceof PortholeError && error.code === "access_denied") {
        return undefined;
      }
      throw error;
    },
  );
  if (services?.length === 0) return refuseWithoutServices(cluster, doing);
  return new PortholeError(
    "no_service",
    `Cannot ${doing}: no service was named`,
    {
      hint: [
        `name one: ${usage}`,
        ...(services === undefined ? [] : [
          `cluster "${nameOfArn(cluster)}" has: ${
            listNames(services.toSorted())
          }`,
        ]),
      ],
    },
  );
}

/** A service, else a cluster, as texts name it. */
export function namePlace(
  { cluster, service }: {
    readonly cluster: string;
    readonly service?: string | undefined;
  },
): string {
  return service === undefined
    ? `cluster "${nameOfArn(cluster)}"`
    : `service "${nameOfArn(service)}"`;
}
