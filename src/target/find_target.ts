import type { Directory, TaskSummary } from "../access/access.ts";
import { nameOfArn } from "../name_of_arn.ts";
import type { Chooser } from "./chooser.ts";
import { findContainer } from "./find_container.ts";
import { findPlace } from "./find_place.ts";
import { findTask } from "./find_task.ts";
import { serviceOf, type Target, type TargetRequest } from "./target.ts";

/**
 * Finds the one container to go into: cluster, service, task, container. `chooser` is asked only
 * where nothing names one and there are several; an empty answer goes back to what was asked before.
 *
 * @throws {PortholeError} whatever stands in the way, and "cancelled" when the picker is left.
 */
export async function findTarget<T extends TaskSummary>(
  access: Directory<T>,
  request: TargetRequest,
  chooser: Chooser,
): Promise<Target<T>> {
  const target = await findPlace(
    access,
    request,
    chooser,
    (place, canGoBack) =>
      findTask(access, place, {
        chooser,
        canGoBack,
        next: ({ task, notes }, canGoBack) =>
          findContainer(access, task, {
            request,
            chooser,
            canGoBack,
            next: (found) =>
              Promise.resolve(
                describeTarget(place, task, {
                  ...found,
                  notes: [...notes, ...found.notes],
                }),
              ),
          }),
      }),
  );
  if (target === undefined) {
    throw new RangeError("the first step cannot go back");
  }
  return target;
}

function describeTarget<T extends TaskSummary>(
  { cluster, service, task: selector }: TargetRequest,
  task: T,
  { container, notes }: Pick<Target<T>, "container" | "notes">,
): Target<T> {
  // A listing by service is proof enough where AWS tells no group; a whole id is not.
  const listedBy = selector?.kind === "id" || service === undefined
    ? undefined
    : nameOfArn(service);
  const owner = serviceOf(task) ?? listedBy;
  return {
    cluster: nameOfArn(task.clusterArn || cluster),
    ...(owner !== undefined && { service: owner }),
    task,
    container,
    notes,
  };
}
