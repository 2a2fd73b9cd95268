import type { Directory } from "../access/access.ts";
import { PortholeError } from "../errors.ts";
import { nameOfArn } from "../name_of_arn.ts";
import { orderNames } from "../order_names.ts";
import { chooseRow, type Next } from "./choose_row.ts";
import type { Chooser } from "./chooser.ts";
import { goBack } from "./go_back.ts";
import type { Row } from "./row.ts";
import type { TargetRequest } from "./target.ts";

/** What the clusters and services are. */
type Places = Omit<
  Directory,
  "listTasks" | "describeTask" | "listContainerNames"
>;

/**
 * Completes a request by cluster and service, and goes on with it: who can be asked chooses what
 * nothing has named. A service or a task named alone is looked for in the cluster that is assumed.
 *
 * @throws {PortholeError} cluster_not_found, no_service, access_denied, cancelled, and what `next` throws.
 */
export async function findPlace<R>(
  access: Places,
  request: TargetRequest,
  chooser: Chooser,
  next: Next<TargetRequest, R>,
): Promise<R | undefined> {
  const { service, task, clusterAssumed = false } = request;
  if (!chooser.canAsk || task !== undefined) return await next(request, false);
  if (service === undefined) {
    return clusterAssumed
      ? await chooseCluster(
        access,
        request,
        chooser,
        (inCluster, canGoBack) =>
          chooseService(access, inCluster, { chooser, canGoBack, next }),
      )
      : await chooseService(access, request, {
        chooser,
        canGoBack: false,
        next,
      });
  }
  try {
    return await next(request, false);
  } catch (error) {
    if (!clusterAssumed || !hasCode(error, "cluster_not_found")) throw error;
    return await chooseCluster(access, request, chooser, next);
  }
}

async function chooseCluster<R>(
  access: Places,
  request: TargetRequest,
  chooser: Chooser,
  next: Next<TargetRequest, R>,
): Promise<R | undefined> {
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
  return await chooseRow(
    { noun: "cluster", rows, canGoBack: false },
    chooser,
    (cluster, canGoBack) =>
      next({ ...request, cluster, clusterAssumed: false }, canGoBack),
  );
}

async function chooseService<R>(
  access: Places,
  request: TargetRequest,
  { chooser, canGoBack, next }: {
    readonly chooser: Chooser;
    readonly canGoBack: boolean;
    readonly next: Next<TargetRequest, R>;
  },
): Promise<R | undefined> {
  const { cluster } = request;
  const names = await access.listServices(cluster).catch((error: unknown) => {
    throw nameInstead(error, "--service skips the list");
  });
  if (names.length === 0) {
    return goBack(refuseWithoutServices(cluster), chooser, canGoBack);
  }
  const rows = await describeRows(names, async (names) => {
    const services = await access.describeServices(cluster, names);
    return services.map(({ name, running, desired, taskDefinitionArn }) => [
      name,
      [`${running}/${desired} running`, nameOfArn(taskDefinitionArn)],
    ]);
  });
  return await chooseRow(
    { noun: "service", rows, canGoBack },
    chooser,
    (service, canGoBack) => next({ ...request, service }, canGoBack),
  );
}

/** The names in alphabetical order, with what a picker tells beside them. */
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
