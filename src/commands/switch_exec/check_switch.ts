import type { Service } from "../../access/access.ts";
import { judgeService } from "../../diagnosis/judge_service.ts";
import { lookUpService } from "../../diagnosis/look_up_service.ts";
import { PortholeError } from "../../errors.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import { sayTurn } from "../../output/format_exec_switch.ts";
import type { RolloutLook } from "../../service/judge_rollout.ts";
import type { SwitchedService } from "./switched_service.ts";

/**
 * Refuses a service whose tasks ECS cannot be asked to replace: UpdateService says "Cannot force a
 * new deployment on services with a CODE_DEPLOY deployment controller", and says no of EXTERNAL.
 *
 * @throws {PortholeError} service_unsuitable, with what to deploy instead.
 */
export function refuseForeignController(
  enable: boolean,
  service: Service,
  region: string,
): void {
  const { deploymentController, name, clusterArn, taskDefinitionArn } = service;
  if (deploymentController === "ECS") return;
  const definition = nameOfArn(taskDefinitionArn);
  throw new PortholeError(
    "service_unsuitable",
    `Cannot ${
      sayTurn(enable)
    } for service "${name}": its deployment controller is ${deploymentController}, and ECS cannot replace its tasks`,
    {
      hint: [
        ...(service.executeCommandEnabled === enable ? [] : [
          `for the tasks that start from then on: aws ecs update-service --region ${region} --cluster ${
            nameOfArn(clusterArn)
          } --service ${name} --${enable ? "" : "no-"}enable-execute-command`,
        ]),
        deploymentController === "CODE_DEPLOY"
          ? `replace those that run by a CodeDeploy deployment (aws deploy create-deployment) whose AppSpec names task definition ${definition}`
          : `replace those that run: have what deploys the service make a new task set of task definition ${definition} (aws ecs create-task-set), and delete the old one`,
      ],
    },
  );
}

/**
 * Says what would keep ECS Exec from working, before anything is changed.
 *
 * @throws {PortholeError} service_unsuitable, where it could work on no task.
 */
export async function checkService(
  { access, log }: Pick<SwitchedService, "access" | "log">,
  { service, tasks }: RolloutLook,
): Promise<void> {
  const { obstacles, warnings, possible, unchecked } = judgeService(
    await lookUpService(access, service, tasks),
  );
  if (obstacles.length > 0) {
    throw new PortholeError(
      "service_unsuitable",
      `Cannot ${
        sayTurn(true)
      } for service "${service.name}": its tasks cannot support it`,
      {
        hint: obstacles.map(({ evidence, remedy }) => `${evidence}: ${remedy}`),
        link:
          "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html",
      },
    );
  }
  for (const { evidence, remedy } of warnings) {
    log.warn(`${evidence}: ${remedy}`);
  }
  for (const { evidence, remedy } of possible) {
    log.info(`Not checked (not visible from here): ${evidence}; ${remedy}`);
  }
  for (const what of unchecked) log.warn(`Could not check ${what}`);
}
