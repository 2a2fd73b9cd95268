import { present } from "../present.ts";
import type {
  Container,
  Definitions,
  Directory,
  Hosts,
  ServiceNetwork,
  Task,
} from "../access/access.ts";
import type { Target } from "../target/target.ts";
import type { ConnectionFacts } from "./connection_facts.ts";
import { look } from "./seen.ts";

/** Who is asked. */
export type FactSources =
  & Pick<Directory, "region" | "describeTask">
  & Definitions
  & Pick<Hosts, "describeContainerInstance" | "listSessions">;

/** Asks AWS for all that bears on a container's agent. It only reads, and what it may not see it says. */
export async function lookUpFacts(
  access: FactSources,
  { cluster, service, task: before, container: { name } }: Target,
): Promise<ConnectionFacts> {
  const [now, definition, ecsAgentVersion, network] = await Promise.all([
    access.describeTask(cluster, before.id).catch(() => undefined),
    look(access.describeTaskDefinition(before.taskDefinitionArn)),
    before.containerInstanceArn === undefined
      ? undefined
      : look(findAgentVersion(access, before)),
    service === undefined
      ? undefined
      : look(findNetwork(access, cluster, service)),
  ]);
  const task = now ?? before;
  const container = findContainer(task, name) ?? findContainer(before, name);
  const sharesPids = definition.kind === "seen" &&
    definition.value.pidMode === "task";
  const busyContainers = sharesPids
    ? await look(findBusyContainers(access, task, name))
    : undefined;
  return present({
    region: access.region,
    service,
    task,
    container: container ?? { name, status: "UNKNOWN" },
    definition,
    ecsAgentVersion,
    network,
    busyContainers,
  });
}

async function findAgentVersion(
  access: Pick<Hosts, "describeContainerInstance">,
  task: Task,
): Promise<string | undefined> {
  return (await access.describeContainerInstance(task))?.agentVersion;
}

async function findNetwork(
  access: Pick<Definitions, "describeService">,
  cluster: string,
  service: string,
): Promise<ServiceNetwork | undefined> {
  return (await access.describeService(cluster, service)).network;
}

function findContainer(task: Task, name: string): Container | undefined {
  return task.containers.find((container) => container.name === name);
}

async function findBusyContainers(
  access: Pick<Hosts, "listSessions">,
  task: Task,
  except: string,
): Promise<readonly string[]> {
  const others = task.containers.filter(({ name, runtimeId }) =>
    name !== except && runtimeId !== undefined
  );
  const sessions = await Promise.all(
    others.map((container) => access.listSessions(task, container)),
  );
  return others.filter((_, index) => sessions[index]?.length !== 0)
    .map(({ name }) => name);
}
