import type { Directory } from "../access/access.ts";
import { PortholeError } from "../errors.ts";
import { nameOfArn } from "../name_of_arn.ts";
import { orderNames } from "../order_names.ts";
import type { Chooser } from "./chooser.ts";
import type { Row } from "./row.ts";
import { mapOffer, type Offer, offerChoices, type Step } from "./take_steps.ts";
import type { TargetRequest } from "./target.ts";

/** What the clusters and services are. */
type Places = Omit<
  Directory,
  "listTasks" | "describeTask" | "selectByIp" | "listContainerNames"
>;

/** A request, and what has to be found for it first. */
export interface PlaceDraft {
  readonly lacks: "cluster" | "service" | "task";
  readonly request: TargetRequest;
}

/** Searches from where the request lets it begin; where the cluster was assumed and is not there, once more. */
export async function searchPlace<R>(
  request: TargetRequest,
  chooser: Pick<Chooser, "canAsk">,
  search: (start: PlaceDraft) => Promise<R>,
): Promise<R> {
  const start = await startSearch(request, chooser);
  return await search(start).catch(async (error) =>
    search(await restartSearch(error, request, chooser))
  );
}

/**
 * Where the search for a request begins: who can be asked chooses what nothing has named. A service
 * or a task named alone is looked for in the cluster that is assumed.
 */
async function startSearch(
  request: TargetRequest,
  { canAsk }: Pick<Chooser, "canAsk">,
): Promise<PlaceDraft> {
  const { service, task, clusterAssumed = false } = request;
  const isNamed = service !== undefined || task !== undefined;
  const lacks = isNamed || !await canAsk()
    ? "task"
    : clusterAssumed
    ? "cluster"
    : "service";
  return { lacks, request };
}

/**
 * Where the search begins again when it has failed for want of the cluster that was assumed.
 *
 * @throws the error itself where no cluster can be chosen.
 */
async function restartSearch(
  error: unknown,
  request: TargetRequest,
  { canAsk }: Pick<Chooser, "canAsk">,
): Promise<PlaceDraft> {
  const { service, task, clusterAssumed = false } = request;
  if (
    clusterAssumed && service !== undefined && task === undefined &&
    hasCode(error, "cluster_not_found") && await canAsk()
  ) return { lacks: "cluster", request };
  throw error;
}

/**
 * A step towards the task: the clusters, or the services, that a request may be for.
 *
 * @throws {PortholeError} cluster_not_found, access_denied.
 */
export async function findPlace(
  access: Places,
  { lacks, request }: PlaceDraft,
): Promise<Step<PlaceDraft, TargetRequest>> {
  switch (lacks) {
    case "cluster":
      return mapOffer(await findClusters(access), (cluster) => ({
        lacks: request.service === undefined ? "service" : "task",
        request: { ...request, cluster, clusterAssumed: false },
      }));
    case "service":
      return mapOffer(await findServices(access, request), (service) => ({
        lacks: "task",
        request: { ...request, service },
      }));
    case "task":
      return { kind: "done", result: request };
  }
}

async function findClusters(access: Places): Promise<Offer<string>> {
  const names = await access.listClusters().catch((error: unknown) => {
    throw nameInstead(error, "--cluster skips the list");
  });
  if (names.length === 0) {
    throw new PortholeError(
      "cluster_not_found",
      `Cannot choose a cluster: there are none in region "${access.region}"`,
      {
        hint:
          "choose another region with --region, or another account with --profile",
      },
    );
  }
  const rows = await describeRows(names, async (names) => {
    const clusters = await access.describeClusters(names);
    return clusters.map(({ name, services, runningTasks }) => [name, [
      `${services} service${services === 1 ? "" : "s"}`,
      `${runningTasks} running`,
    ]]);
  });
  return offerChoices({ noun: "cluster", rows });
}

async function findServices(
  access: Places,
  { cluster }: TargetRequest,
): Promise<Offer<string>> {
  const names = await access.listServices(cluster).catch((error: unknown) => {
    throw nameInstead(error, "--service skips the list");
  });
  if (names.length === 0) {
    return { kind: "none", error: refuseWithoutServices(cluster) };
  }
  const rows = await describeRows(names, async (names) => {
    const services = await access.describeServices(cluster, names);
    return services.map(({ name, running, desired, taskDefinitionArn }) => [
      name,
      [`${running}/${desired} running`, nameOfArn(taskDefinitionArn)],
    ]);
  });
  return offerChoices({ noun: "service", rows });
}

/** The names in alphabetical order, with what a picker shows beside them. */
async function describeRows(
  names: readonly string[],
  describe: (
    names: readonly string[],
  ) => Promise<readonly (readonly [name: string, details: string[]])[]>,
): Promise<readonly Row<string>[]> {
  const sorted = orderNames(names, (name) => name);
  // Names are enough to choose by: not everybody may look closer, and one alone is not asked about.
  const details = new Map(
    sorted.length === 1 ? [] : await describe(sorted).catch(() => []),
  );
  return sorted.map((name) => ({
    item: name,
    name,
    isId: false,
    details: details.get(name) ?? [],
  }));
}

/** The error of a cluster without services. */
export function refuseWithoutServices(
  cluster: string,
  doing = "choose a task",
): PortholeError {
  return new PortholeError(
    "no_service",
    `Cannot ${doing}: cluster "${nameOfArn(cluster)}" has no services`,
    {
      hint:
        "name another cluster with --cluster, or for exec a task with --task-id",
    },
  );
}

/** A user without permission to list can still name one. */
function nameInstead(error: unknown, hint: string): unknown {
  if (!hasCode(error, "access_denied")) return error;
  return error.withHint(hint);
}

function hasCode(
  error: unknown,
  code: PortholeError["code"],
): error is PortholeError {
  return error instanceof PortholeError && error.code === code;
}
