import { present } from "../present.ts";
import type {
  Definitions,
  Directory,
  Hosts,
  Service,
  Task,
} from "../access/access.ts";
import type { ServiceFacts } from "./judge_service.ts";
import { look } from "./seen.ts";

/** Instances whose ECS agent is looked at: enough to see whether any is old. */
const INSTANCES = 5;

/** Asks AWS for all that bears on the next tasks of a service. It only reads, and what it may not see it says. */
export async function lookUpService(
  access:
    & Pick<Directory, "region">
    & Pick<Definitions, "describeTaskDefinition">
    & Pick<Hosts, "describeContainerInstance">,
  service: Service,
  tasks: readonly Task[],
): Promise<ServiceFacts> {
  const instances = new Set(
    tasks.flatMap(({ containerInstanceArn }) => containerInstanceArn ?? []),
  );
  const [definition, ...ecsAgentVersions] = await Promise.all([
    look(access.describeTaskDefinition(service.taskDefinitionArn)),
    ...[...instances].slice(0, INSTANCES).map((arn) =>
      look(
        access.describeContainerInstance({
          clusterArn: service.clusterArn,
          containerInstanceArn: arn,
        }).then((instance) => instance?.agentVersion),
      )
    ),
  ]);
  const [sample] = tasks;
  return {
    region: access.region,
    service,
    ...present({ sample }),
    definition,
    ecsAgentVersions,
  };
}
