import type { Access } from "../access/access.ts";
import type { Chooser } from "./choose_task.ts";
import { findContainer } from "./find_container.ts";
import { findTask } from "./find_task.ts";
import {
  nameOfArn,
  serviceOf,
  type Target,
  type TargetRequest,
} from "./target.ts";

/**
 * Finds the one container to go into, asking `chooser` only between several running tasks.
 *
 * @throws {PortholeError} whatever stands in the way, and "cancelled" when the picker is left.
 */
export async function findTarget(
  access: Access,
  request: TargetRequest,
  chooser: Chooser,
): Promise<Target> {
  const found = await findTask(access, request, chooser);
  const { container, notes } = await findContainer(
    access,
    found.task,
    request.container,
  );
  // A listing by service is proof enough where AWS tells no group; a whole id is not.
  const listedBy = request.task?.kind === "id" ? undefined : request.service;
  const service = serviceOf(found.task) ?? listedBy;
  return {
    cluster: nameOfArn(found.task.clusterArn || request.cluster),
    ...(service !== undefined && { service }),
    task: found.task,
    container,
    notes: [...found.notes, ...notes],
  };
}
