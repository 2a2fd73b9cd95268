import type { Aws } from "../../aws/create_aws.ts";
import { PortholeError } from "../../errors.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import { present } from "../../present.ts";
import type { Definitions, DesiredStatus, Directory, Task } from "../access.ts";
import { createIpSelection } from "./create_ip_selection.ts";
import { findRegions } from "./find_regions.ts";
import { BATCH, listPages, listTaskArns, type ReadPage } from "./list_pages.ts";
import { describeBatches, describePages } from "./read_lists.ts";
import { readService } from "./read_service.ts";
import { readTask } from "./read_task.ts";
import { readTaskDefinition } from "./read_task_definition.ts";
import { suggestPlace } from "./suggest_place.ts";

/** What DescribeServices takes at most. */
const SERVICE_BATCH = 10;

type Context = Parameters<Aws["explain"]>[1];

/**
 * Clusters, services and tasks, from the ECS API.
 *
 * `suggesting` is AWS for those who ask it about a place: a cluster or service that is not there is
 * answered with those that are.
 */
export function createDirectory(
  aws: Aws,
): Directory & Definitions & { readonly suggesting: Pick<Aws, "call"> } {
  const listClusters = async () => {
    const arns = await listAll(
      { doing: "list the clusters", action: "ecs:ListClusters" },
      async (nextToken, context) => {
        const page = await call("ecs", "listClusters", {
          maxResults: BATCH,
          ...nextToken,
        }, context);
        return { items: page.clusterArns, nextToken: page.nextToken };
      },
    );
    return arns.map(nameOfArn);
  };

  const listServices = async (cluster: string) => {
    const arns = await listAll(
      {
        doing: `list the services of cluster "${cluster}"`,
        action: "ecs:ListServices",
        cluster,
      },
      async (nextToken, context) => {
        const page = await call("ecs", "listServices", {
          cluster,
          maxResults: BATCH,
          ...nextToken,
        }, context);
        return { items: page.serviceArns, nextToken: page.nextToken };
      },
    );
    return arns.map(nameOfArn);
  };

  const suggest = async (error: unknown, context: Context) =>
    error instanceof PortholeError
      ? await suggestPlace(error, context, {
        region: aws.region,
        listClusters,
        listServices,
        findRegions: (cluster) => findRegions(aws, cluster),
      })
      : error;

  const call: Aws["call"] = async (service, operation, input, context) => {
    try {
      return await aws.call(service, operation, input, context);
    } catch (error) {
      throw await suggest(error, context);
    }
  };

  const listAll = async (context: Context, readPage: ReadPage) =>
    (await Array.fromAsync(listPages(aws, context, readPage))).flat();

  function listTasks(
    cluster: string,
    service: string | undefined,
    desiredStatus: DesiredStatus,
  ): AsyncIterable<readonly string[]> {
    const whose = service === undefined
      ? `cluster "${cluster}"`
      : `service "${service}"`;
    return listTaskArns(
      { call, explain: aws.explain },
      present({ cluster, desiredStatus, serviceName: service }),
      present({
        doing: `list the tasks of ${whose}`,
        action: "ecs:ListTasks",
        cluster,
        service,
      }),
    );
  }

  async function describeTasks(
    cluster: string,
    tasks: readonly string[],
  ): Promise<readonly Task[]> {
    // Tasks that are gone since they were listed come as failures "MISSING", and are left out.
    const answer = await call("ecs", "describeTasks", {
      cluster,
      tasks: [...tasks],
    }, {
      doing: tasks.length === 1
        ? `look at task ${nameOfArn(tasks[0] ?? "")}`
        : "look at the tasks",
      action: "ecs:DescribeTasks",
      cluster,
    });
    return (answer.tasks ?? []).map(readTask);
  }

  const describeTaskDefinition = async (taskDefinition: string) => {
    const answer = await call("ecs", "describeTaskDefinition", {
      taskDefinition,
    }, {
      doing: `look at task definition "${nameOfArn(taskDefinition)}"`,
      action: "ecs:DescribeTaskDefinition",
    });
    return readTaskDefinition(answer.taskDefinition);
  };

  return {
    suggesting: { call },
    region: aws.region,
    listClusters,
    listServices,
    describeTaskDefinition,
    describeClusters: async (names) => {
      const clusters = await describeBatches(names, BATCH, async (clusters) => {
        const answer = await call("ecs", "describeClusters", { clusters }, {
          doing: "look at the clusters",
          action: "ecs:DescribeClusters",
        });
        return answer.clusters ?? [];
      });
      return clusters.map((cluster) => ({
        name: cluster.clusterName ?? "",
        services: cluster.activeServicesCount ?? 0,
        runningTasks: cluster.runningTasksCount ?? 0,
      }));
    },
    describeServices: async (cluster, names) => {
      const services = await describeBatches(
        names,
        SERVICE_BATCH,
        async (services) => {
          const answer = await call("ecs", "describeServices", {
            cluster,
            services,
          }, {
            doing: `look at the services of cluster "${cluster}"`,
            action: "ecs:DescribeServices",
            cluster,
          });
          return answer.services ?? [];
        },
      );
      return services.map(readService);
    },
    describeService: async (cluster, service, { tags } = {}) => {
      const context = {
        doing: `look at service "${nameOfArn(service)}"`,
        action: "ecs:DescribeServices",
        cluster,
        service,
      };
      const { services } = await call("ecs", "describeServices", {
        cluster,
        services: [service],
        ...(tags && { include: ["TAGS"] }),
      }, context);
      // What other operations refuse, this one answers; deleted services are there for a while.
      const found = services?.find(({ status }) => status !== "INACTIVE");
      if (found !== undefined) return readService(found);
      throw await suggest(
        aws.explain(nameError("ServiceNotFoundException"), context),
        context,
      );
    },
    listTasks: async (cluster, service, desiredStatus) => {
      const list = (status: DesiredStatus) =>
        describePages(
          listTasks(cluster, service, status),
          BATCH,
          (batch) => describeTasks(cluster, batch),
        );
      const { listed, described } = await list(desiredStatus ?? "RUNNING");
      // AWS lists stopped tasks apart, and for an hour: they show why a service has none running.
      return listed > 0 || desiredStatus !== undefined
        ? described
        : (await list("STOPPED")).described;
    },
    describeTask: async (cluster, taskId) =>
      (await describeTasks(cluster, [taskId]))[0],
    selectByIp: createIpSelection({ call }),
    listContainerNames: async ({ taskDefinitionArn }) =>
      (await describeTaskDefinition(taskDefinitionArn)).containers
        .map(({ name }) => name),
  };
}

/** An error by AWS's name, as the SDK would throw it. */
function nameError(name: string): Error {
  return Object.assign(new Error(name), { name });
}
