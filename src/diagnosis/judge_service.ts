import { present } from "../present.ts";
import type {
  Container,
  Service,
  Task,
  TaskDefinition,
} from "../access/access.ts";
import { nameOfArn } from "../name_of_arn.ts";
import type { Cause } from "./cause.ts";
import { AGENT_ACTIONS } from "./judge_connection.ts";
import { rankCauses } from "./rank_causes.ts";
import type { Seen } from "./seen.ts";

/** All that AWS shows of whether the next tasks of a service can be gone into. */
export interface ServiceFacts {
  readonly region: string;
  readonly service: Service;
  /** One that runs today stands for the next ones; absent where none runs. */
  readonly sample?: Task;
  readonly definition: Seen<TaskDefinition>;
  /** Of each container instance that the service's tasks are on. */
  readonly ecsAgentVersions: readonly Seen<string | undefined>[];
}

/** What the facts say, the surest first in each list. */
export interface ServiceJudgement {
  /** Why no container of any next task could be gone into. */
  readonly obstacles: readonly Cause[];
  /** What keeps some of them shut, or is likely to. */
  readonly warnings: readonly Cause[];
  readonly possible: readonly Cause[];
  readonly unchecked: readonly string[];
}

/**
 * Judges, by the causes that keep an agent from connecting, whether ECS Exec can work on the tasks
 * that a service starts next.
 */
export function judgeService(facts: ServiceFacts): ServiceJudgement {
  const { definition, service } = facts;
  if (
    definition.kind === "seen" && definition.value.taskRoleArn === undefined
  ) return refuseWithoutRole(service);

  // Every container on every instance: what holds for all of them cannot be got round.
  const agents = facts.ecsAgentVersions.length === 0
    ? [undefined]
    : facts.ecsAgentVersions;
  const containers = definition.kind === "seen"
    ? definition.value.containers.map(({ name }) => name)
    : [""];
  const diagnoses = containers.flatMap((name) =>
    agents.map((agent) => ({ name, ...rankNext(facts, name, agent) }))
  );
  const causes = diagnoses.flatMap(({ name, causes }) =>
    causes.map((cause) => ({ ...cause, name }))
  );
  const holdsForAll = ({ evidence }: Cause) =>
    causes.filter((one) => one.evidence === evidence).length ===
      diagnoses.length;
  const where = (cause: Cause & { readonly name: string }): Cause => ({
    certainty: cause.certainty,
    evidence: holdsForAll(cause) || containers.length === 1
      ? cause.evidence
      : `container "${cause.name}": ${cause.evidence}`,
    remedy: cause.remedy,
  });
  const certain = causes.filter(({ certainty }) => certainty === "certain");
  return {
    obstacles: distinct(certain.filter(holdsForAll).map(where)),
    warnings: distinct([
      ...certain.filter((cause) => !holdsForAll(cause)).map(where),
      ...causes.filter(({ certainty }) => certainty === "likely").map(where),
    ]),
    possible: distinct(
      causes.filter(({ certainty }) => certainty === "possible").map(where),
    ),
    unchecked: [...new Set(diagnoses.flatMap(({ unchecked }) => unchecked))],
  };
}

/** ECS itself refuses to turn ECS Exec on then, on EC2 too: aws-toolkit-jetbrains 3649. */
function refuseWithoutRole(
  { taskDefinitionArn }: Service,
): ServiceJudgement {
  const name = nameOfArn(taskDefinitionArn);
  return {
    obstacles: [{
      certainty: "certain",
      evidence: `task definition "${name}" has no task role (taskRoleArn)`,
      remedy:
        `give it one that allows ${AGENT_ACTIONS}, and deploy that; not the execution role`,
    }],
    warnings: [],
    possible: [],
    unchecked: [],
  };
}

function rankNext(
  { region, service, sample, definition }: ServiceFacts,
  name: string,
  ecsAgentVersion: Seen<string | undefined> | undefined,
) {
  const container: Container = { name, status: "PENDING" };
  const { platformVersion, platformFamily } = service;
  const { subnetId, containerInstanceArn } = sample ?? {};
  const task: Task = present({
    id: "",
    arn: "",
    clusterArn: service.clusterArn,
    status: "PENDING",
    desiredStatus: "RUNNING",
    taskDefinitionArn: service.taskDefinitionArn,
    executeCommandEnabled: true,
    containers: [container],
    platformFamily,
    // The latest one has all it takes.
    ...(platformVersion === undefined || platformVersion === "LATEST"
      ? {}
      : { platformVersion }),
    subnetId,
    containerInstanceArn,
  });
  return rankCauses({
    region,
    service: service.name,
    task,
    container,
    definition,
    ...present({ ecsAgentVersion }),
    network: { kind: "seen", value: service.network },
  });
}

function distinct(causes: readonly Cause[]): readonly Cause[] {
  return [
    ...new Map(causes.map((cause) => [cause.evidence, cause])).values(),
  ];
}
