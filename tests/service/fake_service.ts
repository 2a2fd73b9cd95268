import type {
  Agent,
  Deployment,
  Service,
  Task,
} from "../../src/access/access.ts";
import type {
  RolloutGoal,
  RolloutLook,
} from "../../src/service/judge_rollout.ts";
import { container, task } from "../target/fake_access.ts";

/** The deployment that a test follows, and the one before it. */
export const NEW = "ecs-svc/2";
export const OLD = "ecs-svc/1";

/** Turning ECS Exec on by the deployment NEW. */
export const GOAL: RolloutGoal = {
  enable: true,
  deployment: { id: NEW, createdAt: new Date("2023-01-01T00:00:00Z") },
};

/** A deployment of one task that is completed, unless told otherwise. */
export function deployment(
  id: string,
  fields: Partial<Deployment> = {},
): Deployment {
  return {
    id,
    status: "PRIMARY",
    taskDefinitionArn: "arn:aws:ecs:us-east-1:1:task-definition/web:7",
    desired: 1,
    running: 1,
    pending: 0,
    failed: 0,
    rolloutState: "COMPLETED",
    createdAt: new Date("2023-01-01T00:00:00Z"),
    ...fields,
  };
}

/** A service of one task with ECS Exec on, unless told otherwise. */
export function service(fields: Partial<Service> = {}): Service {
  return {
    name: "web",
    arn: "arn:aws:ecs:us-east-1:1:service/main/web",
    clusterArn: "arn:aws:ecs:us-east-1:1:cluster/main",
    status: "ACTIVE",
    desired: 1,
    running: 1,
    pending: 0,
    taskDefinitionArn: "arn:aws:ecs:us-east-1:1:task-definition/web:7",
    executeCommandEnabled: true,
    capacityProviderStrategy: [],
    deploymentController: "ECS",
    deployments: [deployment(NEW)],
    events: [],
    ...fields,
  };
}

/** A running task of the deployment NEW whose agent is in this state; without one it has no ECS Exec. */
export function execTask(
  id: string,
  agent: Agent["status"] | undefined,
  fields: Partial<Task> = {},
): Task {
  return task(id, {
    startedBy: agent === undefined ? OLD : NEW,
    executeCommandEnabled: agent !== undefined,
    containers: [{
      ...container("app"),
      ...(agent === undefined ? {} : { agent: { status: agent } }),
    }],
    ...fields,
  });
}

/** What is seen of a service. */
export function look(
  tasks: readonly Task[],
  fields: Partial<Service> = {},
): RolloutLook {
  return { service: service(fields), tasks };
}
