import { present } from "../../present.ts";
import type {
  Aws,
  EcsContainerOverride,
  EcsTaskOverride,
} from "../../aws/create_aws.ts";
import { PortholeError } from "../../errors.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import type { StartRequest, Tasks } from "../access.ts";
import { keepRegistrable } from "./keep_registrable.ts";
import { readService } from "./read_service.ts";
import { readTask } from "./read_task.ts";

/** Tasks as the ECS API starts and stops them, and what they are started from. */
export function createTasks(aws: Pick<Aws, "call">): Tasks {
  return {
    startTasks: async (request) => {
      const { tasks = [], failures = [] } = await aws.call(
        "ecs",
        "runTask",
        writeRequest(request),
        {
          doing: `start a task of "${nameOfArn(request.taskDefinitionArn)}"`,
          action: "ecs:RunTask",
          cluster: request.cluster,
          secrets: listSecrets(request.overrides),
        },
      );
      return {
        tasks: tasks.map(readTask),
        failures: failures.map(({ arn, reason, detail }) =>
          present({ arn, reason: reason ?? "", detail })
        ),
      };
    },

    listTasksStartedBy: async (cluster, startedBy) => {
      const { taskArns = [] } = await aws.call("ecs", "listTasks", {
        cluster,
        startedBy,
      }, {
        doing: `list the tasks started by "${startedBy}"`,
        action: "ecs:ListTasks",
        cluster,
      });
      return taskArns.map(nameOfArn);
    },

    stopTask: async (cluster, taskId, reason) => {
      try {
        await aws.call("ecs", "stopTask", { cluster, task: taskId, reason }, {
          doing: `stop task ${taskId}`,
          action: "ecs:StopTask",
          cluster,
        });
      } catch (error) {
        // ECS forgets a stopped task after an hour.
        const refusal = error instanceof PortholeError ? error.cause : error;
        if (!/task was not found/i.test(String(refusal))) throw error;
      }
    },

    copyTaskDefinition: async (copy) => {
      const { taskDefinition, tags = [] } = await aws.call(
        "ecs",
        "describeTaskDefinition",
        {
          taskDefinition: copy.taskDefinitionArn,
          ...(copy.tags && { include: ["TAGS"] }),
        },
        {
          doing: `look at task definition "${
            nameOfArn(copy.taskDefinitionArn)
          }"`,
          action: "ecs:DescribeTaskDefinition",
        },
      );
      const { containerDefinitions = [], ...rest } = keepRegistrable(
        taskDefinition,
      );
      const { taskDefinition: registered } = await aws.call(
        "ecs",
        "registerTaskDefinition",
        {
          ...rest,
          family: copy.family,
          ...(copy.tags && tags.length > 0 ? { tags } : {}),
          containerDefinitions: containerDefinitions.map((container) =>
            container.name === copy.container
              // A command of the image would come after an entry point of ours.
              ? { ...container, entryPoint: [...copy.entryPoint], command: [] }
              : container
          ),
        },
        {
          doing: `register task definition "${copy.family}"`,
          action: "ecs:RegisterTaskDefinition",
        },
      );
      return registered?.taskDefinitionArn ?? "";
    },

    deregisterTaskDefinition: async (taskDefinition) => {
      await aws.call("ecs", "deregisterTaskDefinition", { taskDefinition }, {
        doing: `deregister task definition "${nameOfArn(taskDefinition)}"`,
        action: "ecs:DeregisterTaskDefinition",
      });
    },

    updateService: async (
      cluster,
      service,
      { executeCommandEnabled, forceNewDeployment },
    ) => {
      const answer = await aws.call("ecs", "updateService", {
        cluster,
        service,
        enableExecuteCommand: executeCommandEnabled,
        forceNewDeployment,
      }, {
        doing: `update service "${nameOfArn(service)}"`,
        action: "ecs:UpdateService",
        cluster,
        service,
      });
      return readService(answer.service ?? {});
    },
  };
}

function writeRequest(request: StartRequest) {
  const { network, launchType, platformVersion, capacityProviderStrategy } =
    request;
  return {
    cluster: request.cluster,
    taskDefinition: request.taskDefinitionArn,
    count: request.count,
    enableExecuteCommand: request.executeCommand,
    startedBy: request.startedBy,
    clientToken: request.clientToken,
    overrides: writeOverrides(request.overrides),
    ...(capacityProviderStrategy.length > 0
      ? {
        capacityProviderStrategy: capacityProviderStrategy.map((
          { name, weight, base },
        ) => ({ capacityProvider: name, weight, base })),
      }
      : launchType === undefined
      ? {}
      : { launchType: launchType as "EC2" | "FARGATE" | "EXTERNAL" }),
    ...present({ platformVersion }),
    ...(network && {
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: [...network.subnets],
          securityGroups: [...network.securityGroups],
          assignPublicIp: network.assignPublicIp
            ? "ENABLED" as const
            : "DISABLED" as const,
        },
      },
    }),
    ...(request.tags.length === 0
      ? {}
      : { tags: request.tags.map(({ key, value }) => ({ key, value })) }),
    ...(request.propagateTags
      ? { propagateTags: "TASK_DEFINITION" as const }
      : {}),
  };
}

/** Values of variables, and the words of commands: AWS quotes what it refuses. */
function listSecrets({ containerOverrides = [] }: StartRequest["overrides"]) {
  return (containerOverrides as readonly unknown[] as EcsContainerOverride[])
    .flatMap((
      { environment, command },
    ) => [
      ...(Array.isArray(environment)
        ? environment.map((variable) => variable?.value)
        : []),
      ...(Array.isArray(command) ? command : []),
    ]).filter((value) => typeof value === "string");
}

/** What porthole does not know of them, AWS judges. */
function writeOverrides(
  { containerOverrides, ...rest }: StartRequest["overrides"],
): EcsTaskOverride {
  return {
    ...rest,
    ...(containerOverrides && {
      containerOverrides: containerOverrides as readonly unknown[] as (
        EcsContainerOverride
      )[],
    }),
  };
}
