import type { Directory, TaskSummary } from "../access/access.ts";
import { nameOfArn } from "../name_of_arn.ts";
import type { Chooser } from "./chooser.ts";
import { findContainer } from "./find_container.ts";
import { findPlace, type PlaceDraft, searchPlace } from "./find_place.ts";
import { findTask, type FoundTask } from "./find_task.ts";
import { serviceOf, type Target, type TargetRequest } from "./target.ts";
import { mapOffer, type Step, takeSteps } from "./take_steps.ts";

/** How far the search has come. */
type Draft<T extends TaskSummary> = PlaceDraft | {
  readonly lacks: "container";
  readonly place: TargetRequest;
  readonly found: FoundTask<T>;
} | { readonly lacks: "nothing"; readonly target: Target<T> };

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
  const search = (start: Draft<T>) =>
    takeSteps(start, (draft) => complete(draft, access, chooser), chooser);
  return await searchPlace(request, chooser, search);
}

async function complete<T extends TaskSummary>(
  draft: Draft<T>,
  access: Directory<T>,
  chooser: Chooser,
): Promise<Step<Draft<T>, Target<T>>> {
  switch (draft.lacks) {
    case "container": {
      const { place, found: { task, notes } } = draft;
      const offer = await findContainer(access, task, place, chooser);
      return mapOffer(offer, (inside) => ({
        lacks: "nothing",
        target: describeFound(place, task, {
          ...inside,
          notes: [...notes, ...inside.notes],
        }),
      }));
    }
    case "nothing":
      return { kind: "done", result: draft.target };
    default: {
      const step = await findPlace(access, draft);
      if (step.kind !== "done") return step;
      const place = step.result;
      const offer = await findTask(access, place, chooser);
      return mapOffer(offer, (found) => ({ lacks: "container", place, found }));
    }
  }
}

function describeFound<T extends TaskSummary>(
  { cluster, service, task: selector }: TargetRequest,
  task: T,
  { container, notes }: Pick<Target<T>, "container" | "notes">,
): Target<T> {
  // A listing by service is proof enough where AWS reports no group; a whole id is not.
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
