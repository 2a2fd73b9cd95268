import { present } from "../present.ts";
import type {
  Aws,
  EcsContainerOverride,
  EcsTaskDefinition,
  EcsTaskOverride,
} from "../aws/create_aws.ts";
import { nameOfArn } from "../name_of_arn.ts";
import type { Access, StartRequest } from "./access.ts";
import { readTask } from "./read_task.ts";

/** Awaits an answer of AWS and explains its refusal. */
type Explain = <T>(
  answer: Promise<T>,
  context: Parameters<Aws["explain"]>[1],
) => Promise<T>;

type TaskCalls = Pick<
  Access,
  | "startTasks"
  | "listTasksStartedBy"
  | "stopTask"
  | "copyTaskDefinition"
  | "deregisterTaskDefinition"
>;

/** The part of an Access that starts and stops tasks, and what they are started from. */
export function createTaskCalls(aws: Aws, explained: Explain): TaskCalls {
  return {
    startTasks: async (request) => {
      const ecs = await aws.ecs();
      const answer = await explained(ecs.runTask(writeRequest(request)), {
        doing: `start a task of "${nameOfArn(request.taskDefinitionArn)}"`,
        action: "ecs:RunTask",
        cluster: request.cluster,
        secrets: listSecrets(request.overrides),
      });
      return {
        tasks: (answer.tasks ?? []).map(readTask),
        failures: (answer.failures ?? []).map(({ arn, reason, detail }) =>
          present({ arn, reason: reason ?? "", detail })
        ),
      };
    },

    listTasksStartedBy: async (cluster, startedBy) => {
      const ecs = await aws.ecs();
      const { taskArns } = await explained(
        ecs.listTasks({ cluster, startedBy }),
        {
          doing: `list the tasks started by "${startedBy}"`,
          action: "ecs:ListTasks",
          cluster,
        },
      );
      return (taskArns ?? []).map(nameOfArn);
    },

    stopTask: async (cluster, taskId, reason) => {
      const ecs = await aws.ecs();
      const stop = async () => {
        try {
          await ecs.stopTask({ cluster, task: taskId, reason });
        } catch (error) {
          // ECS forgets a stopped task after an hour.
          if (!/task was not found/i.test(String(error))) throw error;
        }
      };
      await explained(stop(), {
        doing: `stop task ${taskId}`,
        action: "ecs:StopTask",
        cluster,
      });
    },

    copyTaskDefinition: async (copy) => {
      const ecs = await aws.ecs();
      const { taskDefinition, tags = [] } = await explained(
        ecs.describeTaskDefinition({
          taskDefinition: copy.taskDefinitionArn,
          ...(copy.tags && { include: ["TAGS"] }),
        }),
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
      const { taskDefinition: registered } = await explained(
        ecs.registerTaskDefinition({
          ...rest,
          family: copy.family,
          ...(copy.tags && tags.length > 0 ? { tags } : {}),
          containerDefinitions: containerDefinitions.map((container) =>
            container.name === copy.container
              // A command of the image would come after an entry point of ours.
              ? { ...container, entryPoint: [...copy.entryPoint], command: [] }
              : container
          ),
        }),
        {
          doing: `register task definition "${copy.family}"`,
          action: "ecs:RegisterTaskDefinition",
        },
      );
      return registered?.taskDefinitionArn ?? "";
    },

    deregisterTaskDefinition: async (taskDefinition) => {
      const ecs = await aws.ecs();
      await explained(ecs.deregisterTaskDefinition({ taskDefinition }), {
        doing: `deregister task definition "${nameOfArn(taskDefinition)}"`,
        action: "ecs:DeregisterTaskDefinition",
      });
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
    ...(platformVersion === undefined ? {} : { platformVersion }),
    ...(network === undefined ? {} : {
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
    ...(containerOverrides === undefined ? {} : {
      containerOverrides: containerOverrides as readonly unknown[] as (
        EcsContainerOverride
      )[],
    }),
  };
}

/**
 * What DescribeTaskDefinition tells and RegisterTaskDefinition takes: the rest is AWS's own to say.
 * Secrets are names of parameters there, never values.
 */
function keepRegistrable(
  definition: EcsTaskDefinition | undefined,
): Partial<EcsTaskDefinition> {
  const {
    taskDefinitionArn: _arn,
    revision: _revision,
    status: _status,
    requiresAttributes: _attributes,
    compatibilities: _compatibilities,
    registeredAt: _registeredAt,
    registeredBy: _registeredBy,
    deregisteredAt: _deregisteredAt,
    deleteRequestedAt: _deleteRequestedAt,
    ...rest
  } = definition ?? {};
  return rest;
}
