import type { Directory } from "../../access/access.ts";
import type { Revisions } from "../../access/revisions.ts";
import { PortholeError } from "../../errors.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import { serviceOf } from "../../target/target.ts";
import type { ContainerMetadata } from "./read_container_metadata.ts";
import type { OwnPlace } from "./settings_port.ts";

/** The service that this rack is a task of. */
export interface OwnService {
  readonly cluster: string;
  /** Undefined for a task that no service has started. */
  readonly service?: string;
  readonly container: string;
  /** The revision that this very task was started from. */
  readonly taskDefinitionArn: string;
  /** The override's where there is one. */
  readonly taskRoleArn?: string;
}

/**
 * Finds the rack's own service by what ECS says of its container.
 *
 * @throws {PortholeError} task_not_found, and what `access` throws.
 */
export async function findOwnService(
  { container, cluster, taskId }: ContainerMetadata,
  access: Pick<Directory, "describeTask"> & Pick<Revisions, "describeRevision">,
): Promise<OwnService> {
  const task = await access.describeTask(cluster, taskId);
  if (task === undefined) {
    throw new PortholeError(
      "task_not_found",
      `Cannot find the rack's own task ${taskId} in cluster "${
        nameOfArn(cluster)
      }"`,
    );
  }
  const revision = task.taskRoleOverride === undefined
    ? await access.describeRevision(task.taskDefinitionArn, container)
    : undefined;
  const service = serviceOf(task);
  const taskRoleArn = task.taskRoleOverride ?? revision?.taskRoleArn;
  return {
    cluster: nameOfArn(task.clusterArn),
    container,
    taskDefinitionArn: task.taskDefinitionArn,
    ...(service === undefined ? {} : { service }),
    ...(taskRoleArn === undefined ? {} : { taskRoleArn }),
  };
}

/** The account and the name of a role, of its ARN or of that of a session of it. */
export function readRole(
  arn: string,
): OwnPlace["roles"][number] | undefined {
  const [, , service, , account = "", resource = ""] = arn.split(":");
  const parts = resource.split("/");
  // A role's path stands before its name; the name of a session comes after it.
  const name = service === "sts" && parts[0] === "assumed-role"
    ? parts[1]
    : parts[0] === "role"
    ? parts.at(-1)
    : undefined;
  return name === undefined || account === "" ? undefined : { account, name };
}
