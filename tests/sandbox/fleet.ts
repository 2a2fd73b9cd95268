/** Region, account and the start of every ARN of the sandbox. */
export const region = "us-east-1";
/** The sandbox's AWS account. */
export const account = "123456789012";

/** The states a task goes through; those after RUNNING are of a task that is to stop. */
export type TaskStatus =
  | "PROVISIONING"
  | "PENDING"
  | "RUNNING"
  | "STOPPING"
  | "STOPPED";

/** How a task is run. */
export type LaunchType = "FARGATE" | "EC2" | "EXTERNAL" | "MANAGED_INSTANCES";

/** A container of a running task. */
export type Container = {
  readonly name: string;
  readonly containerArn: string;
  readonly runtimeId: string;
};

/** A task; the few things that change over its life are not readonly. */
export type Task = {
  readonly taskId: string;
  readonly taskArn: string;
  readonly cluster: Cluster;
  readonly service: string | undefined;
  readonly family: string;
  readonly revision: number;
  readonly launchType: LaunchType;
  readonly execEnabled: boolean;
  readonly zone: string;
  readonly createdAt: number;
  readonly containerInstanceArn: string | undefined;
  readonly containers: readonly Container[];
  /** Where it is not one that the id makes up. */
  readonly privateIp?: string;
  status: TaskStatus;
  /** The deployment it belongs to, where a service has started it. */
  deploymentId: string | undefined;
  startedAt: number;
  /** When its ECS Exec agent runs, or has begun to. */
  agentRunsAt: number;
  stoppedAt: number;
  stopCode: string;
  stoppedReason: string | undefined;
  /** Only of a task that RunTask has started. */
  readonly run?: TaskRun;
};

/** What RunTask was told, and what has become of it; its containers are real processes. */
export type TaskRun = {
  readonly startedBy: string | undefined;
  readonly group: string;
  readonly tags: readonly object[];
  readonly overrides: object;
  readonly createdAt: number;
  /** By name. */
  readonly containers: ReadonlyMap<string, ContainerRun>;
  desiredStatus: "RUNNING" | "STOPPED";
  stopCode?: "TaskFailedToStart" | "EssentialContainerExited" | "UserInitiated";
  pullStartedAt?: number;
  pullStoppedAt?: number;
  startedAt?: number;
  stoppedAt?: number;
  agentRunsAt?: number;
};

/** A container that is a real process. */
export type ContainerRun = {
  readonly essential: boolean;
  /** The entry point, and the command after it. */
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  status: "PENDING" | "RUNNING" | "STOPPED";
  exitCode?: number;
  reason?: string;
};

/** A deployment of a service; what changes until it is completed is not readonly. */
export type Deployment = {
  readonly id: string;
  readonly createdAt: number;
  /** Of the task definition that it starts tasks from. */
  readonly family: string;
  readonly revision: number;
  status: "PRIMARY" | "ACTIVE";
  rolloutState: "IN_PROGRESS" | "COMPLETED" | "FAILED";
  rolloutStateReason: string;
  updatedAt: number;
  failedTasks: number;
};

/** A line of a service's event log. */
export type ServiceEvent = {
  readonly at: number;
  readonly message: string;
};

/** What replaces the tasks of a service. */
export type DeploymentController = "ECS" | "CODE_DEPLOY" | "EXTERNAL";

/** A service; its tasks are found by its name. What a deployment changes is not readonly. */
export type Service = {
  readonly name: string;
  readonly serviceArn: string;
  family: string;
  revision: number;
  readonly launchType: LaunchType;
  readonly controller: DeploymentController;
  readonly createdAt: number;
  readonly desired: number;
  execEnabled: boolean;
  /** The primary one first. */
  deployments: readonly Deployment[];
  /** The newest first. */
  events: readonly ServiceEvent[];
  readonly tags: readonly { readonly key: string; readonly value: string }[];
};

/** A task definition, its containers in the order they are written. */
export type TaskDefinition = {
  readonly family: string;
  readonly revision: number;
  readonly containers: readonly string[];
  readonly launchType: LaunchType;
  /** What RegisterTaskDefinition was told, of one that was not there from the start. */
  readonly registered?: Readonly<Record<string, unknown>>;
  /** DeregisterTaskDefinition makes it INACTIVE. */
  inactive?: boolean;
};

/** A cluster and all that is in it. */
export type Cluster = {
  readonly name: string;
  readonly clusterArn: string;
  readonly services: Service[];
  readonly tasks: Task[];
};

/** Everything the ECS API can tell about. */
export type Fleet = {
  readonly clusters: readonly Cluster[];
  readonly definitions: TaskDefinition[];
};

/** The ARN of a task definition. */
export function formatDefinitionArn(family: string, revision: number): string {
  return `arn:aws:ecs:${region}:${account}:task-definition/${family}:${revision}`;
}

/** Whether ECS wants a task to run. */
export function isWanted({ status, run }: Task): boolean {
  return status !== "STOPPING" && status !== "STOPPED" &&
    run?.desiredStatus !== "STOPPED";
}

/** Whether a task has run, or runs. */
export function hasStarted({ status }: Task): boolean {
  return status !== "PROVISIONING" && status !== "PENDING";
}

/** The part of an ARN after its last slash, or the name itself. */
export function shortenArn(nameOrArn: string): string {
  return nameOrArn.slice(nameOrArn.lastIndexOf("/") + 1);
}

/** Clusters of another region, of which only the names are known. */
export function nameClusters(where: string, names: readonly string[]): Fleet {
  const clusters = names.map((name): Cluster => ({
    name,
    clusterArn: `arn:aws:ecs:${where}:${account}:cluster/${name}`,
    services: [],
    tasks: [],
  }));
  return { clusters, definitions: [] };
}

/** Finds a cluster by name or ARN. */
export function findCluster(fleet: Fleet, name: string): Cluster | undefined {
  return fleet.clusters.find((cluster) =>
    cluster.name === name || cluster.clusterArn === name
  );
}

/** The id of the machine a task runs on; machines of one's own have ids of Systems Manager. */
export function nameInstance(task: Task): string | undefined {
  const { containerInstanceArn: arn, launchType } = task;
  return arn &&
    `${launchType === "EXTERNAL" ? "mi" : "i"}-${shortenArn(arn).slice(0, 17)}`;
}
