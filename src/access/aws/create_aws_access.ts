import type { Aws } from "../../aws/create_aws.ts";
import type { AwsAccess } from "../access.ts";
import { createDirectory } from "./create_directory.ts";
import { createHosts } from "./create_hosts.ts";
import { createInspect } from "./create_inspect.ts";
import { createLogs } from "./create_logs.ts";
import { createSessions } from "./create_sessions.ts";
import { createTaggedTasks } from "./create_tagged_tasks.ts";
import { createTasks } from "./create_tasks.ts";

/** The ports as the ECS, SSM, KMS, EC2, STS, IAM and CloudWatch Logs APIs answer them. AWS is asked nothing yet. */
export function createAwsAccess(aws: Aws): AwsAccess {
  const { suggesting, ...directory } = createDirectory(aws);
  return {
    ...directory,
    ...createSessions(aws),
    ...createTasks(suggesting),
    ...createHosts(suggesting),
    ...createLogs(aws),
    ...createTaggedTasks(aws),
    ...createInspect({ ...suggesting, explain: aws.explain }),
  };
}
