import type { Aws } from "../aws/create_aws.ts";
import { closestName } from "../closest_name.ts";
import { PortholeError } from "../errors.ts";
import type { Access, Task } from "./access.ts";
import { createDataKey } from "./create_data_key.ts";
import { openSession } from "./open_session.ts";
import { readTask } from "./read_task.ts";

/** What ListTasks and DescribeTasks take at most. */
const BATCH = 100;
/** DescribeTasks calls in flight. */
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

  async function listTaskArns(
    cluster: string,
    service: string | undefined,
    desiredStatus: "RUNNING" | "STOPPED",
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

  async function explained<T>(
    answer: Promise<T>,
    context: Parameters<Aws["explain"]>[1],
  ): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw await suggestName(
        aws.explain(error, context),
        context.cluster,
        context.service,
      );
    }
  }

  /** Adds the closest existing name to a "not found"; listing may be denied, then it adds none. */
  async function suggestName(
    error: PortholeError,
    cluster: string | undefined,
    service: string | undefined,
  ): Promise<PortholeError> {
    const found = error.code === "cluster_not_found"
      ? { wanted: cluster, kind: "cluster", list: listClusters }
      : error.code === "service_not_found"
      ? {
        wanted: service,
        kind: "service",
        list: () => listServices(cluster ?? "default"),
      }
      : undefined;
    if (found?.wanted === undefined || error.hint !== undefined) return error;
    let names: readonly string[];
    try {
      names = await found.list();
    } catch {
      return error;
    }
    return new PortholeError(error.code, error.message, {
      hint: hintNames(nameOfArn(found.wanted), names, found.kind),
      cause: error.cause,
    });
  }

  return {
    region: aws.region,
    listClusters,
    listServices,
    listTasks: async (cluster, service) => {
      const running = await listTaskArns(cluster, service, "RUNNING");
      // AWS lists stopped tasks apart, and for an hour: they tell why a service has none running.
      const arns = running.length > 0
        ? running
        : await listTaskArns(cluster, service, "STOPPED");
      return (await mapConcurrently(
        chunk(arns, BATCH),
        CONCURRENT,
        (batch) => describeTasks(cluster, batch),
      )).flat();
    },
    describeTask: async (cluster, taskId) =>
      (await describeTasks(cluster, [taskId]))[0],
    listContainerNames: async (taskDefinitionArn) => {
      const ecs = await aws.ecs();
      const { taskDefinition } = await explained(
        ecs.describeTaskDefinition({ taskDefinition: taskDefinitionArn }),
        {
          doing: `look at task definition "${nameOfArn(taskDefinitionArn)}"`,
          action: "ecs:DescribeTaskDefinition",
        },
      );
      return (taskDefinition?.containerDefinitions ?? []).flatMap(({ name }) =>
        name ?? []
      );
    },
    openSession: (request) => openSession(aws, request),
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

function hintNames(
  wanted: string,
  names: readonly string[],
  kind: string,
): string {
  const closest = closestName(wanted, names);
  if (closest !== undefined) return `did you mean "${closest}"?`;
  if (names.length === 0) return `there is no ${kind}`;
  const shown = names.slice(0, 10).map((name) => `"${name}"`).join(", ");
  return `there is ${shown}${
    names.length > 10 ? ` and ${names.length - 10} more` : ""
  }`;
}

function nameOfArn(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
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
  const items: T[] = [];
  let nextToken: string | undefined;
  do {
    const page = await readPage(nextToken === undefined ? {} : { nextToken });
    items.push(...(page.items ?? []));
    nextToken = page.nextToken;
  } while (nextToken);
  return items;
}

function chunk<T>(
  items: readonly T[],
  size: number,
): readonly (readonly T[])[] {
  return Array.from(
    { length: Math.ceil(items.length / size) },
    (_, index) => items.slice(index * size, (index + 1) * size),
  );
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
