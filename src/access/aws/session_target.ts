import { nameOfArn } from "../../name_of_arn.ts";
import type { Container, Task } from "../access.ts";

/** The name by which Session Manager knows a container: `ecs:<cluster>_<task>_<runtimeId>`. */
export function sessionTarget(task: Task, container: Container): string {
  const cluster = nameOfArn(task.clusterArn);
  return `ecs:${cluster}_${task.id}_${container.runtimeId}`;
}
