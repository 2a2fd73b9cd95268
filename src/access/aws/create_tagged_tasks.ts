import type { Aws } from "../../aws/create_aws.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import type { TaggedTask, TaggedTasks } from "../access.ts";
import { BATCH, listTaskArns } from "./list_pages.ts";
import { describeBatches } from "./read_lists.ts";
import { readTask } from "./read_task.ts";

/** Tasks with their tags, as the ECS API tells them. */
export function createTaggedTasks(
  { call, explain }: Pick<Aws, "call" | "explain">,
): TaggedTasks {
  const list = async (
    filter: Parameters<typeof listTaskArns>[1],
    doing: string,
  ) => {
    const { cluster } = filter;
    const context = { doing, action: "ecs:ListTasks", cluster };
    const pages = listTaskArns({ call, explain }, filter, context);
    return (await Array.fromAsync(pages)).flat().map(nameOfArn);
  };

  return {
    listTaskIds: (cluster, service) =>
      service === undefined
        ? list({ cluster }, `list the tasks of cluster "${cluster}"`)
        : list(
          { cluster, serviceName: service },
          `list the tasks of service "${service}"`,
        ),
    listStoppedTaskIds: (cluster) =>
      list(
        { cluster, desiredStatus: "STOPPED" },
        `list the stopped tasks of cluster "${cluster}"`,
      ),
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
