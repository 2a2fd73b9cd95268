/** One container of a task, in AWS's words. */
export interface Container {
  readonly name: string;
  readonly runtimeId?: string;
  /** `lastStatus`: PENDING, RUNNING, STOPPED. */
  readonly status: string;
  /** The ExecuteCommandAgent, when the task has one. */
  readonly agent?: Agent;
  /** Names of the variables that whoever started the task has added to the task definition's. */
  readonly addedVariables?: readonly string[];
}

/** The ExecuteCommandAgent of a container. */
export interface Agent {
  /** `lastStatus`: PENDING, RUNNING, STOPPED. */
  readonly status: string;
  readonly reason?: string;
  readonly startedAt?: Date;
}

/** One task, in AWS's words; containers in DescribeTasks' order, which is not the task definition's. */
export interface Task {
  /** The last part of the ARN. */
  readonly id: string;
  readonly arn: string;
  readonly clusterArn: string;
  /** `lastStatus`. */
  readonly status: string;
  readonly desiredStatus: string;
  /** `service:NAME`, `family:NAME` or what StartTask was given. */
  readonly group?: string;
  readonly startedAt?: Date;
  readonly launchType?: string;
  readonly platformFamily?: string;
  readonly platformVersion?: string;
  readonly containerInstanceArn?: string;
  /** The subnet of its own network interface (networkMode awsvpc). */
  readonly subnetId?: string;
  /** Where whoever started the task has put another role in the place of the task definition's. */
  readonly taskRoleOverride?: string;
  readonly availabilityZone?: string;
  readonly health?: string;
  readonly taskDefinitionArn: string;
  readonly executeCommandEnabled: boolean;
  readonly stoppedReason?: string;
  readonly containers: readonly Container[];
}

/** What of a task definition bears on ECS Exec. No values of variables: they may be secret. */
export interface TaskDefinition {
  readonly networkMode?: string;
  readonly pidMode?: string;
  readonly taskRoleArn?: string;
  /** In the order they are written. */
  readonly containers: readonly ContainerDefinition[];
}

/** One container of a task definition. */
export interface ContainerDefinition {
  readonly name: string;
  /** Names under `environment` and `secrets`. */
  readonly environment: readonly string[];
  readonly secrets: readonly string[];
  readonly readonlyRootFilesystem: boolean;
  readonly initProcessEnabled: boolean;
}

/** The machine that a task's containers run on. */
export interface ContainerInstance {
  readonly arn: string;
  /** `i-…`, or `mi-…` of an external machine. */
  readonly instanceId: string;
}

/** Where an EC2 instance can be reached. */
export interface InstanceAddresses {
  readonly privateIp?: string;
  readonly publicIp?: string;
}

/** Where a service puts its tasks (networkMode awsvpc). */
export interface ServiceNetwork {
  readonly subnets: readonly string[];
  readonly assignPublicIp: boolean;
}

/** What a list of clusters tells of one. */
export interface ClusterSummary {
  readonly name: string;
  /** Active services. */
  readonly services: number;
  readonly runningTasks: number;
}

/** What a list of services tells of one. */
export interface ServiceSummary {
  readonly name: string;
  readonly running: number;
  readonly desired: number;
  readonly taskDefinitionArn: string;
}

/** What ExecuteCommand hands out: everything a session client needs. Secret, all of it but the ids. */
export interface SessionGrant {
  readonly sessionId: string;
  readonly streamUrl: string;
  readonly tokenValue: string;
  /** `ecs:<cluster>_<task>_<runtimeId>`: the session's SSM target, and part of the KMS context. */
  readonly target: string;
}

/** A key of KMS, in the clear and as only KMS can read it. */
export interface DataKey {
  readonly plaintext: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/** Which container a session is for. */
export interface SessionRequest {
  readonly cluster: string;
  readonly task: Task;
  readonly container: Container;
  /** What the agent splits with shlex rules and executes. */
  readonly command: string;
}

/** The one door to the cluster. AWS answers today; its errors come explained, as PortholeError. */
export interface Access {
  readonly region: string;
  listClusters(): Promise<readonly string[]>;
  /** In no order; clusters that are gone are left out. */
  describeClusters(
    names: readonly string[],
  ): Promise<readonly ClusterSummary[]>;
  listServices(cluster: string): Promise<readonly string[]>;
  /** In no order; services that are gone are left out. */
  describeServices(
    cluster: string,
    names: readonly string[],
  ): Promise<readonly ServiceSummary[]>;
  /** The tasks of a service (of the whole cluster without one), whatever their status, in no order. */
  listTasks(cluster: string, service?: string): Promise<readonly Task[]>;
  /** One task by its whole id; undefined when the cluster has none such. */
  describeTask(cluster: string, taskId: string): Promise<Task | undefined>;
  /** Container names in the task definition's order. */
  listContainerNames(taskDefinitionArn: string): Promise<readonly string[]>;
  describeTaskDefinition(taskDefinitionArn: string): Promise<TaskDefinition>;
  /** The version of the ECS agent on a container instance, where ECS tells it. */
  findAgentVersion(
    cluster: string,
    containerInstanceArn: string,
  ): Promise<string | undefined>;
  /** The machine of a task; undefined where ECS tells none. */
  describeContainerInstance(
    task: Task,
  ): Promise<ContainerInstance | undefined>;
  /** The addresses of an EC2 instance. */
  describeInstanceAddresses(instanceId: string): Promise<InstanceAddresses>;
  /** Undefined for a service without a network configuration of its own. */
  describeNetwork(
    cluster: string,
    service: string,
  ): Promise<ServiceNetwork | undefined>;
  /** The ids of the sessions that anybody has open in a container. */
  listSessions(task: Task, container: Container): Promise<readonly string[]>;
  openSession(request: SessionRequest): Promise<SessionGrant>;
  /** A session on a container instance itself, whose shell runs the command. */
  openInstanceSession(
    instanceId: string,
    command: string,
  ): Promise<SessionGrant>;
  /** A new token for a session whose connection broke; undefined when AWS has ended the session. */
  resumeSession(sessionId: string): Promise<string | undefined>;
  terminateSession(sessionId: string): Promise<void>;
  /** The 64-byte key of a session in a cluster whose sessions KMS encrypts. */
  createDataKey(keyId: string, grant: SessionGrant): Promise<DataKey>;
}
