import type {
  AwsAccess,
  Container,
  ExecSettings,
  Task,
  Verdict,
} from "../../access/access.ts";
import type { DoctorInvocation } from "../../args/invocation.ts";
import type { Config } from "../../config/config.ts";
import { isRunning } from "../../diagnosis/checks/check_service.ts";
import {
  KEY_ACTION,
  loggingActions,
} from "../../diagnosis/checks/check_cluster.ts";
import type { ConnectionFacts } from "../../diagnosis/connection_facts.ts";
import type { InsideFacts, TargetFacts } from "../../diagnosis/doctor_facts.ts";
import {
  AGENT_ACTION_NAMES,
  findTaskRole,
} from "../../diagnosis/judge_connection.ts";
import { lookUpFacts } from "../../diagnosis/look_up_facts.ts";
import {
  lookUpSurroundings,
  type NetworkPlace,
} from "../../diagnosis/look_up_surroundings.ts";
import type { NetworkFacts } from "../../diagnosis/network_facts.ts";
import { look, type Seen, valueOf } from "../../diagnosis/seen.ts";
import { PortholeError } from "../../errors.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import { decideRouteTo } from "../../exec/decide_way.ts";
import type { Route } from "../../route/route.ts";
import type { Chooser } from "../../target/chooser.ts";
import { findContainer } from "../../target/find_container.ts";
import {
  orderTasks,
  refuseMissingTask,
  serviceOf,
  type Target,
} from "../../target/target.ts";
import type { OpenedConfig } from "../../start/open_access.ts";
import type { DoctorTools } from "./doctor_tools.ts";
import { reachDockerHost } from "./reach_docker_host.ts";
import { trySession } from "./try_session.ts";

type TargetTools = DoctorTools & {
  readonly settings: Promise<Seen<ExecSettings>>;
};

/** Looks at what the command line or the configuration names; undefined where neither does. */
export async function gatherTarget(
  invocation: DoctorInvocation,
  config: OpenedConfig,
  tools: TargetTools,
): Promise<TargetFacts | undefined> {
  const { access } = tools;
  const cluster = config.cluster.value;
  const { taskId } = invocation;
  const named = config.service?.value;
  if (taskId === undefined && named === undefined) return undefined;
  const tasks = await look(
    taskId === undefined
      ? access.listTasks(cluster, named)
      : findTask(access, cluster, taskId),
  );
  const owner = taskId === undefined
    ? named
    : serviceOf(valueOf(tasks)?.[0] ?? { id: "", status: "", containers: [] });
  const lookAtService = owner === undefined
    ? undefined
    : look(access.describeService(cluster, owner));
  const inside = await gatherInside(invocation, config, tools, tasks);
  return {
    serviceName: owner === undefined ? undefined : nameOfArn(owner),
    service: await lookAtService,
    tasks,
    inside: inside?.kind === "seen" ? inside.value : undefined,
    insideRefused: inside?.kind === "unseen" ? inside : undefined,
  };
}

async function findTask(
  access: AwsAccess,
  cluster: string,
  id: string,
): Promise<readonly Task[]> {
  const task = await access.describeTask(cluster, id);
  if (task === undefined) throw refuseMissingTask(id, cluster);
  if (!isRunning(task)) {
    const reason = task.stoppedReason === undefined
      ? ""
      : ` (${task.stoppedReason})`;
    throw new PortholeError(
      "no_running_task",
      `Cannot look into task ${id}: it is ${task.status}${reason}`,
      { hint: "name a task that runs: porthole tasks" },
    );
  }
  return [task];
}

/** The task that shows most: one with ECS Exec whose agent does not run, else one with ECS Exec. */
function chooseTask(tasks: readonly Task[]): Task | undefined {
  const running = orderTasks(tasks).filter(isRunning);
  const enabled = running.filter(({ executeCommandEnabled }) =>
    executeCommandEnabled
  );
  const isDown = ({ containers }: Task) =>
    containers.some(({ agent }) =>
      agent !== undefined && agent.status !== "RUNNING"
    );
  return enabled.find(isDown) ?? enabled[0] ?? running[0];
}

async function gatherInside(
  invocation: DoctorInvocation,
  config: OpenedConfig,
  tools: TargetTools,
  tasks: Seen<readonly Task[]>,
): Promise<Seen<InsideFacts> | undefined> {
  if (tasks.kind === "unseen") return undefined;
  const task = chooseTask(tasks.value);
  if (task === undefined) return undefined;
  const container = await look(
    chooseContainer(tools.access, task, invocation.container),
  );
  if (container.kind === "unseen") return container;
  const service = serviceOf(task);
  const target: Target = {
    cluster: nameOfArn(task.clusterArn),
    ...(service === undefined ? {} : { service }),
    task,
    container: container.value,
    notes: [],
  };
  return {
    kind: "seen",
    value: await lookInside(target, invocation, config, tools),
  };
}

/** Where the task definition may not be read, the first that runs stands for its first. */
async function chooseContainer(
  access: AwsAccess,
  task: Task,
  container: string | undefined,
): Promise<Container> {
  try {
    const offer = await findContainer(
      access,
      task,
      container === undefined ? {} : { container },
      SILENT,
    );
    if (offer.kind === "one") return offer.item.container;
  } catch (error) {
    const isDenied = error instanceof PortholeError &&
      error.code === "access_denied";
    if (!isDenied) throw error;
  }
  const running = task.containers.find(({ status }) => status === "RUNNING");
  if (running !== undefined) return running;
  throw new PortholeError(
    "container_not_found",
    `Cannot find a running container in task ${task.id}`,
  );
}

/** Asks nobody. */
const SILENT: Chooser = {
  canAsk: () => Promise.resolve(false),
  noInput: true,
  print() {},
  ask: () => Promise.resolve(""),
  terminalSize: () => undefined,
  now: () => new Date(),
  random: () => 0,
  announce() {},
  enterPlace() {},
};

async function lookInside(
  target: Target,
  invocation: DoctorInvocation,
  config: OpenedConfig,
  tools: TargetTools,
): Promise<InsideFacts> {
  const { access, cancellation, log } = tools;
  const { deps } = cancellation;
  const seen = await lookUpFacts(access, target);
  const [surroundings, roleVerdicts, loggingVerdicts] = await Promise.all([
    findSurroundings(access, seen),
    simulateRole(access, seen, AGENT_ACTION_NAMES),
    simulateLogging(access, seen, await tools.settings),
  ]);
  const connection: ConnectionFacts = {
    ...seen,
    ...(surroundings === undefined ? {} : { surroundings }),
    ...(roleVerdicts === undefined ? {} : { roleVerdicts }),
  };
  const fresh = { ...target, task: seen.task, container: seen.container };
  const route = findRoute(fresh, config);
  const docker = valueOf(route)?.kind === "docker"
    ? await look(reachDockerHost({ config, target: fresh, access, log }, deps))
    : undefined;
  return {
    task: seen.task,
    container: seen.container,
    connection,
    loggingVerdicts,
    route,
    docker,
    proof: await trySession({
      invocation,
      config,
      target: fresh,
      route,
      docker,
    }, tools),
  };
}

function findRoute(target: Target, config: Config): Seen<Route> {
  const route = decideRouteTo(target, config);
  if (route.kind !== "none") return { kind: "seen", value: route };
  const { because, code, hints } = route.error;
  return { kind: "unseen", because, code, hints };
}

/** Where the agent is in the network: with an interface of its own, or on its instance's. */
async function findSurroundings(
  access: AwsAccess,
  facts: ConnectionFacts,
): Promise<NetworkFacts | undefined> {
  const { task, network } = facts;
  const mode = valueOf(facts.definition)?.networkMode;
  if (mode === "none") return undefined;
  const own = valueOf(network);
  if (task.subnetId !== undefined) {
    return await lookUpSurroundings(access, {
      owner: "task",
      subnetId: task.subnetId,
      ownGroups: own?.securityGroups,
      hasPublicAddress: own?.assignPublicIp,
    }, look);
  }
  const place = task.containerInstanceArn === undefined
    ? undefined
    : valueOf(await look(findInstancePlace(access, task)));
  return place && await lookUpSurroundings(access, place, look);
}

async function findInstancePlace(
  access: AwsAccess,
  task: Task,
): Promise<NetworkPlace | undefined> {
  const instance = await access.describeContainerInstance(task);
  const id = instance?.instanceId;
  // External machines have networks of their own.
  if (id === undefined || !id.startsWith("i-")) return undefined;
  const { subnetId, securityGroups, hasPublicAddress } = await access
    .describeInstanceNetwork(id);
  return subnetId === undefined ? undefined : {
    owner: "instance",
    subnetId,
    ownGroups: securityGroups,
    hasPublicAddress,
  };
}

async function simulateRole(
  access: AwsAccess,
  facts: ConnectionFacts,
  actions: readonly string[],
  resources?: readonly string[],
): Promise<Seen<readonly Verdict[]> | undefined> {
  const role = findTaskRole(facts);
  if (role === undefined) return undefined;
  return await look(
    access.simulatePolicy(
      role,
      actions,
      resources === undefined ? {} : { resources },
    ),
  );
}

/** What the task role needs for the cluster's log and key, each on its own resource. */
async function simulateLogging(
  access: AwsAccess,
  facts: ConnectionFacts,
  settings: Seen<ExecSettings>,
): Promise<Seen<readonly Verdict[]> | undefined> {
  if (settings.kind === "unseen") return undefined;
  const { kmsKeyId, bucket } = settings.value;
  const actions = loggingActions(settings.value);
  const ofBucket = actions.filter((action) => action.startsWith("s3:"));
  const others = actions.filter((action) => !action.startsWith("s3:"));
  const key = kmsKeyId?.startsWith("arn:") ? kmsKeyId : "*";
  const asks = await Promise.all([
    others.length === 0 ? undefined : simulateRole(access, facts, others),
    ofBucket.length === 0 ? undefined : simulateRole(access, facts, ofBucket, [
      `arn:aws:s3:::${bucket}`,
      `arn:aws:s3:::${bucket}/porthole`,
    ]),
    kmsKeyId === undefined
      ? undefined
      : simulateRole(access, facts, [KEY_ACTION], [key]),
  ]);
  const answers = asks.filter((one) => one !== undefined);
  if (answers.length === 0) return undefined;
  return answers.find(({ kind }) => kind === "unseen") ??
    { kind: "seen", value: answers.flatMap((one) => valueOf(one) ?? []) };
}
