import { present } from "../../present.ts";
import type { EcsTaskDefinition } from "../../aws/create_aws.ts";
import type {
  ContainerDefinition,
  LogConfiguration,
  TaskDefinition,
} from "../access.ts";

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
    containers: (definition?.containerDefinitions ?? []).map((container) =>
      present({
        name: container.name ?? "",
        essential: container.essential ?? true,
        entryPoint: container.entryPoint,
        environment: namesOf(container.environment),
        secrets: namesOf(container.secrets),
        readonlyRootFilesystem: container.readonlyRootFilesystem ?? false,
        initProcessEnabled: container.linuxParameters?.initProcessEnabled ??
          false,
        logs: readLogs(container.logConfiguration),
      }) satisfies ContainerDefinition
    ),
  });
}

function namesOf(
  entries: readonly { readonly name?: string | undefined }[] | undefined,
): readonly string[] {
  return (entries ?? []).flatMap(({ name }) => name ?? []);
}

function readLogs(
  logs:
    | {
      readonly logDriver?: string | undefined;
      readonly options?: Readonly<Record<string, string>> | undefined;
    }
    | undefined,
): LogConfiguration | undefined {
  if (logs?.logDriver === undefined) return undefined;
  const { logDriver: driver, options = {} } = logs;
  // Other drivers have tokens and addresses with passwords in theirs.
  return { driver, options: driver === "awslogs" ? options : {} };
}
