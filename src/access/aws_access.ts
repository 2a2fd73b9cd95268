import { present } from "../present.ts";
import type { Aws } from "../aws/create_aws.ts";
import { nameOfArn } from "../name_of_arn.ts";
import type { Access, DesiredStatus, Task, TaskDefinition } from "./access.ts";
import { createDataKey } from "./create_data_key.ts";
import { createTaskCalls } from "./task_calls.ts";
import { openInstanceSession } from "./open_instance_session.ts";
import { openSession } from "./open_session.ts";
import { readService } from "./read_service.ts";
import { readTask } from "./read_task.ts";
import { readTaskDefinition } from "./read_task_definition.ts";
import { findRegions } from "./find_regions.ts";
import { sessionTarget } from "./session_target.ts";
import { suggestPlace } from "./suggest_place.ts";

/** What ListTasks and DescribeTasks take at most. */
const BATCH = 100;
/** What DescribeServices takes at most. */
const SERVICE_BATCH = 10;
/** Of 100 names each: AWS's quotas allow for a tenth of it. */
const MOST_PAGES = 1_000;
/** For all pages of a list together. */
const LIST_MS = 5 * 60_000;
/** Describing calls in flight; AWS pages its lists by token, so that only these can run side by side. */
const CONCURRENT = 8;

/** The cluster as the ECS and SSM APIs tell it. Errors come explained. */
export function createAwsAccess(aws: Aws): Access {
  const listClusters: Access["listClusters"] = async () => {
    const ecs = await aws.ecs();
    const arns = await explained(
      collectPages(async (nextToken) => {
        const page = await ecs.listClusters({
          maxResults: BATCH,
          ...nextToken,
        });
        return { items: page.clusterArns, nextToken: page.nextToken };
      }),
      { doing: "list the clusters", action: "ecs:ListClusters" },
    );
    return arns.map(nameOfArn);
  };

  const listServices: Access["listServices"] = async (cluster) => {
    const ecs = await aws.ecs();
    const arns = await explained(
      collectPages(async (nextToken) => {
        const page = await ecs.listServices({
          cluster,
          maxResults: BATCH,
          ...nextToken,
        });
        return { items: page.serviceArns, nextToken: page.nextToken };
      }),
      {
        doing: `list the services of cluster "${cluster}"`,
        action: "ecs:ListServices",
        cluster,
      },
    );
    return arns.map(nameOfArn);
  };

  const describeClusters: Access["describeClusters"] = async (names) => {
    const ecs = await aws.ecs();
    const clusters = await describeBatches(names, BATCH, async (clusters) => {
      const answer = await explained(ecs.describeClusters({ clusters }), {
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
  };

  const describeServices: Access["describeServices"] = async (
    cluster,
    names,
  ) => {
    const ecs = await aws.ecs();
    const services = await describeBatches(
      names,
      SERVICE_BATCH,
      async (services) => {
        const answer = await explained(
          ecs.describeServices({ cluster, services }),
          {
            doing: `look at the services of cluster "${cluster}"`,
            action: "ecs:DescribeServices",
            cluster,
          },
        );
        return answer.services ?? [];
      },
    );
    return services.map(readService);
  };

  const describeService: Access["describeService"] = async (
    cluster,
    service,
    { tags } = {},
  ) => {
    const ecs = await aws.ecs();
    const readAnswer = async () => {
      const { services } = await ecs.describeServices({
        cluster,
        services: [service],
        ...(tags && { include: ["TAGS"] }),
      });
      // What other operations refuse, this one answers; deleted services are there for a while.
      const found = services?.find(({ status }) => status !== "INACTIVE");
      if (found === undefined) throw nameError("ServiceNotFoundException");
      return readService(found);
    };
    return await explained(readAnswer(), {
      doing: `look at service "${nameOfArn(service)}"`,
      action: "ecs:DescribeServices",
      cluster,
      service,
    });
  };

  const updateService: Access["updateService"] = async (
    cluster,
    service,
    { executeCommandEnabled, forceNewDeployment },
  ) => {
    const ecs = await aws.ecs();
    const answer = await explained(
      ecs.updateService({
        cluster,
        service,
        enableExecuteCommand: executeCommandEnabled,
        forceNewDeployment,
      }),
      {
        doing: `update service "${nameOfArn(service)}"`,
        action: "ecs:UpdateService",
        cluster,
        service,
      },
    );
    return readService(answer.service ?? {});
  };

  async function listTaskArns(
    cluster: string,
    service: string | undefined,
    desiredStatus: DesiredStatus,
  ): Promise<readonly string[]> {
    const ecs = await aws.ecs();
    const whose = service === undefined
      ? `cluster "${cluster}"`
      : `service "${service}"`;
    return await explained(
      collectPages(async (nextToken) => {
        const page = await ecs.listTasks({
          cluster,
          desiredStatus,
          maxResults: BATCH,
          ...(service !== undefined && { serviceName: service }),
          ...nextToken,
        });
        return { items: page.taskArns, nextToken: page.nextToken };
      }),
      {
        doing: `list the tasks of ${whose}`,
        action: "ecs:ListTasks",
        cluster,
        ...(service !== undefined && { service }),
      },
    );
  }

  async function describeTasks(
    cluster: string,
    tasks: readonly string[],
  ): Promise<readonly Task[]> {
    const ecs = await aws.ecs();
    // Tasks that are gone since they were listed come as failures "MISSING", and are left out.
    const answer = await explained(
      ecs.describeTasks({ cluster, tasks: [...tasks] }),
      {
        doing: tasks.length === 1
          ? `look at task ${nameOfArn(tasks[0] ?? "")}`
          : "look at the tasks",
        action: "ecs:DescribeTasks",
        cluster,
      },
    );
    return (answer.tasks ?? []).map(readTask);
  }

  async function describeTaskDefinition(
    arn: string,
  ): Promise<TaskDefinition> {
    const ecs = await aws.ecs();
    const { taskDefinition } = await explained(
      ecs.describeTaskDefinition({ taskDefinition: arn }),
      {
        doing: `look at task definition "${nameOfArn(arn)}"`,
        action: "ecs:DescribeTaskDefinition",
      },
    );
    return readTaskDefinition(taskDefinition);
  }

  async function describeInstance(cluster: string, arn: string) {
    const ecs = await aws.ecs();
    const { containerInstances } = await explained(
      ecs.describeContainerInstances({ cluster, containerInstances: [arn] }),
      {
        doing: `look at container instance ${nameOfArn(arn)}`,
        action: "ecs:DescribeContainerInstances",
        cluster,
      },
    );
    return containerInstances?.[0];
  }

  async function explained<T>(
    answer: Promise<T>,
    context: Parameters<Aws["explain"]>[1],
  ): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw await suggestPlace(aws.explain(error, context), context, {
        region: aws.region,
        listClusters,
        listServices,
        findRegions: (cluster) => findRegions(aws, cluster),
      });
    }
  }

  return {
    region: aws.region,
    listClusters,
    describeClusters,
    listServices,
    describeServices,
    describeService,
    updateService,
    listTasks: async (cluster, service, desiredStatus) => {
      const asked = await listTaskArns(
        cluster,
        service,
        desiredStatus ?? "RUNNING",
      );
      // AWS lists stopped tasks apart, and for an hour: they tell why a service has none running.
      const arns = asked.length > 0 || desiredStatus !== undefined
        ? asked
        : await listTaskArns(cluster, service, "STOPPED");
      return await describeBatches(
        arns,
        BATCH,
        (batch) => describeTasks(cluster, batch),
      );
    },
    ...createTaskCalls(aws, explained),
    describeTask: async (cluster, taskId) =>
      (await describeTasks(cluster, [taskId]))[0],
    listContainerNames: async (taskDefinitionArn) =>
      (await describeTaskDefinition(taskDefinitionArn)).containers
        .map(({ name }) => name),
    describeTaskDefinition,
    findAgentVersion: async (cluster, containerInstanceArn) => {
      const instance = await describeInstance(cluster, containerInstanceArn);
      return instance?.versionInfo?.agentVersion;
    },
    describeContainerInstance: async ({ clusterArn, containerInstanceArn }) => {
      if (containerInstanceArn === undefined) return undefined;
      const instance = await describeInstance(clusterArn, containerInstanceArn);
      return instance?.ec2InstanceId === undefined
        ? undefined
        : { arn: containerInstanceArn, instanceId: instance.ec2InstanceId };
    },
    describeInstanceAddresses: async (instanceId) => {
      const ec2 = await aws.ec2();
      const { Reservations } = await explained(
        ec2.describeInstances({ InstanceIds: [instanceId] }),
        {
          doing: `look up the address of instance ${instanceId}`,
          action: "ec2:DescribeInstances",
        },
      );
      const instance = Reservations?.[0]?.Instances?.[0];
      return present({
        privateIp: instance?.PrivateIpAddress,
        publicIp: instance?.PublicIpAddress,
      });
    },
    listSessions: async (task, container) => {
      const ssm = await aws.ssm();
      const { Sessions } = await explained(
        ssm.describeSessions({
          State: "Active",
          Filters: [{ key: "Target", value: sessionTarget(task, container) }],
        }),
        {
          doing: `list the sessions of container "${container.name}"`,
          action: "ssm:DescribeSessions",
        },
      );
      return (Sessions ?? []).flatMap(({ SessionId }) => SessionId ?? []);
    },
    openSession: (request) => openSession(aws, request),
    openInstanceSession: (instanceId, command) =>
      openInstanceSession(aws, instanceId, command),
    resumeSession: async (sessionId) => {
      const ssm = await aws.ssm();
      try {
        // An ended session is answered without a token.
        return (await ssm.resumeSession({ SessionId: sessionId })).TokenValue ||
          undefined;
      } catch (error) {
        if (error instanceof Error && error.name === "DoesNotExistException") {
          return undefined;
        }
        throw aws.explain(error, {
          doing: "resume the session",
          action: "ssm:ResumeSession",
        });
      }
    },
    createDataKey: (keyId, grant) => createDataKey(aws, keyId, grant),
    terminateSession: async (sessionId) => {
      const ssm = await aws.ssm();
      try {
        await ssm.terminateSession({ SessionId: sessionId });
      } catch (error) {
        throw aws.explain(error, {
          doing: "end the session",
          action: "ssm:TerminateSession",
        });
      }
    },
  };
}

/** An error by AWS's name, as the SDK would throw it. */
function nameError(name: string): Error {
  return Object.assign(new Error(name), { name });
}

async function collectPages<T>(
  readPage: (
    nextToken: { readonly nextToken?: string },
  ) => Promise<
    {
      readonly items: readonly T[] | undefined;
      readonly nextToken: string | undefined;
    }
  >,
): Promise<readonly T[]> {
  const start = performance.now();
  const pages: (readonly T[])[] = [];
  const tokens = new Set<string>();
  let nextToken: string | undefined;
  do {
    const page = await readPage(nextToken === undefined ? {} : { nextToken });
    pages.push(page.items ?? []);
    nextToken = page.nextToken;
    if (!nextToken) return pages.flat();
    if (tokens.has(nextToken)) {
      throw new Error("AWS's list has no end: it names the same page twice");
    }
    tokens.add(nextToken);
    if (performance.now() - start > LIST_MS) {
      throw new Error(`AWS's list did not end within ${LIST_MS / 60_000} min`);
    }
  } while (pages.length < MOST_PAGES);
  throw new Error(`AWS's list has no end: ${MOST_PAGES} pages were read`);
}

/** Describes things in batches of a size, a few at a time. */
async function describeBatches<T>(
  names: readonly string[],
  size: number,
  describe: (batch: string[]) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const batches = Array.from(
    { length: Math.ceil(names.length / size) },
    (_, index) => names.slice(index * size, (index + 1) * size),
  );
  return (await mapConcurrently(batches, CONCURRENT, describe)).flat();
}

async function mapConcurrently<T, R>(
  items: readonly T[],
  limit: number,
  map: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  const work = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await map(items[index] as T);
    }
  };
  await Promise.all(
    Array.from({ length: Math.min(limit, items.length) }, work),
  );
  return results;
}
