import type { Aws } from "../../aws/create_aws.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import type { TaggedTask, TaggedTasks } from "../access.ts";
import { collectPages, describeBatches } from "./read_lists.ts";
import { readTask } from "./read_task.ts";

/** What ListTasks and DescribeTasks take at most. */
const BATCH = 100;

/** Tasks with their tags, as the ECS API tells them. */
export function createTaggedTasks(
  { call, explain }: Pick<Aws, "call" | "explain">,
): TaggedTasks {
  async function list(
    cluster: string,
    doing: string,
    filter: {
      readonly serviceName?: string;
      readonly desiredStatus?: "STOPPED";
    },
  ): Promise<readonly string[]> {
    const context = { doing, action: "ecs:ListTasks", cluster };
    try {
      const arns = await collectPages(async (nextToken) => {
        const page = await call("ecs", "listTasks", {
          cluster,
          maxResults: BATCH,
          ...filter,
          ...nextToken,
        }, context);
        return { items: page.taskArns, nextToken: page.nextToken };
      });
      return arns.map(nameOfArn);
    } catch (error) {
      throw explain(error, context);
    }
  }

  return {
    listTaskIds: (cluster, service) =>
      service === undefined
        ? list(cluster, `list the tasks of cluster "${cluster}"`, {})
        : list(cluster, `list the tasks of service "${service}"`, {
          serviceName: service,
        }),
    listStoppedTaskIds: (cluster) =>
      list(cluster, `list the stopped tasks of cluster "${cluster}"`, {
        desiredStatus: "STOPPED",
      }),
    describeTaggedTasks: async (cluster, ids) =>
      await describeBatches(ids, BATCH, async (tasks) => {
        const answer = await call("ecs", "describeTasks", {
          cluster,
          tasks,
          include: ["TAGS"],
        }, {
          doing: "look at the tasks",
          action: "ecs:DescribeTasks",
          cluster,
        });
        return (answer.tasks ?? []).map((task): TaggedTask => ({
          ...readTask(task),
          tags: new Map(
            (task.tags ?? []).map(({ key = "", value = "" }) => [key, value]),
          ),
        }));
      }),
  };
}
