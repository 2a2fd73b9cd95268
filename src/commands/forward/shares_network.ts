import type { Definitions } from "../../access/access.ts";
import { PortholeError } from "../../errors.ts";
import type { Target } from "../../target/target.ts";

/** Whether the containers of a task are all in one network (awsvpc, or the host's). */
export async function sharesNetwork(
  { task }: Pick<Target, "task">,
  access: Pick<Definitions, "describeTaskDefinition">,
): Promise<boolean> {
  if (task.privateIp !== undefined || task.subnetId !== undefined) return true;
  if (task.launchType === "FARGATE") return true;
  try {
    const { networkMode } = await access.describeTaskDefinition(
      task.taskDefinitionArn,
    );
    return networkMode === "awsvpc" || networkMode === "host";
  } catch (error) {
    // Then less can be forwarded at once, and nothing to the wrong place.
    if (error instanceof PortholeError && error.code === "access_denied") {
      return false;
    }
    throw error;
  }
}
