import { present } from "../../present.ts";
import type { EcsTaskDefinition } from "../../aws/create_aws.ts";
import type { ContainerDefinition, TaskDefinition } from "../access.ts";

/** A task definition of DescribeTaskDefinition as porthole keeps it. */
export function readTaskDefinition(
  definition: EcsTaskDefinition | undefined,
): TaskDefinition {
  return present({
    arn: definition?.taskDefinitionArn ?? "",
    networkMode: definition?.networkMode,
    pidMode: definition?.pidMode,
    taskRoleArn: definition?.taskRoleArn,
    osFamily: definition?.runtimePlatform?.operatingSystemFamily,
    containers: (definition?.containerDefinitions ?? []).map((container) => ({
      name: container.name ?? "",
      essential: container.essential ?? true,
      environment: namesOf(container.environment),
      secrets: namesOf(container.secrets),
      readonlyRootFilesystem: container.readonlyRootFilesystem ?? false,
      initProcessEnabled: container.linuxParameters?.initProcessEnabled ??
        false,
    } satisfies ContainerDefinition)),
  });
}

function namesOf(
  entries: readonly { readonly name?: string | undefined }[] | undefined,
): readonly string[] {
  return (entries ?? []).flatMap(({ name }) => name ?? []);
}
