import type { Aws, EcsTaskDefinition } from "../../aws/create_aws.ts";
import { PortholeError } from "../../errors.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import { present } from "../../present.ts";
import type { Revision, RevisionChange, Revisions } from "../revisions.ts";
import { createTasks } from "./create_tasks.ts";
import { keepRegistrable } from "./keep_registrable.ts";
import { readService } from "./read_service.ts";

/** Revisions as the ECS API keeps them. */
export function createRevisions(aws: Pick<Aws, "call">): Revisions {
  const { deregisterTaskDefinition } = createTasks(aws);

  async function describe(taskDefinition: string, tags: boolean) {
    return await aws.call("ecs", "describeTaskDefinition", {
      taskDefinition,
      ...(tags && { include: ["TAGS"] }),
    }, {
      doing: `look at task definition "${nameOfArn(taskDefinition)}"`,
      action: "ecs:DescribeTaskDefinition",
    });
  }

  return {
    deregisterTaskDefinition,

    describeRevision: async (nameOrArn, container) => {
      const { taskDefinition } = await describe(nameOrArn, false);
      return readRevision(taskDefinition, container);
    },

    registerRevision: async (arn, change) => {
      const { taskDefinition, tags = [] } = await describe(arn, true);
      const registrable = changeContainer(
        keepRegistrable(taskDefinition),
        change,
      );
      const { family } = registrable;
      // Those are AWS's own: nobody else may set them.
      const own = tags.filter(({ key }) => !key?.startsWith("aws:"));
      const answer = await aws.call("ecs", "registerTaskDefinition", {
        ...registrable,
        family,
        containerDefinitions: registrable.containerDefinitions,
        ...(own.length > 0 ? { tags: own } : {}),
      }, {
        doing: `register a revision of task definition "${family}"`,
        action: "ecs:RegisterTaskDefinition",
      });
      const registered = readRevision(answer.taskDefinition, change.container);
      if (registered !== undefined) return registered;
      throw new PortholeError(
        "aws_refused",
        `Cannot register a revision of task definition "${family}": ECS answers without it`,
      );
    },

    deployRevision: async (cluster, service, taskDefinition) => {
      const answer = await aws.call("ecs", "updateService", {
        cluster,
        service,
        taskDefinition,
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

/** The same definition, but for what is to change in one container. */
function changeContainer(
  { containerDefinitions = [], ...rest }: Partial<EcsTaskDefinition>,
  { container, labels, image }: RevisionChange,
) {
  return {
    ...rest,
    containerDefinitions: containerDefinitions.map((one) =>
      one.name !== container ? one : {
        ...one,
        ...present({ image }),
        ...(labels === undefined
          ? {}
          : { dockerLabels: { ...one.dockerLabels, ...labels } }),
      }
    ),
  };
}

function readRevision(
  definition: EcsTaskDefinition | undefined,
  name: string,
): Revision | undefined {
  const container = definition?.containerDefinitions?.find((one) =>
    one.name === name
  );
  return container && present({
    arn: definition?.taskDefinitionArn ?? "",
    family: definition?.family ?? "",
    number: definition?.revision ?? 0,
    taskRoleArn: definition?.taskRoleArn,
    image: container.image ?? "",
    labels: container.dockerLabels ?? {},
  });
}
