/** The least that is known of a container. */
export interface ContainerSummary {
  readonly name: string;
  /** `lastStatus`: PENDING, RUNNING, STOPPED. */
  readonly status: string;
}

/** The least that is known of a task: enough to list it, and to choose it. */
export interface TaskSummary {
  /** The last part of the ARN. */
  readonly id: string;
  /** `lastStatus`. */
  readonly status: string;
  readonly desiredStatus?: string;
  readonly clusterArn?: string;
  /** `service:NAME`, `family:NAME` or what StartTask was given. */
  readonly group?: string;
  readonly startedAt?: Date;
  readonly createdAt?: Date;
  readonly availabilityZone?: string;
  readonly taskDefinitionArn?: string;
  readonly health?: string;
  readonly stoppedReason?: string;
  /** Its own address in the network (networkMode awsvpc). */
  readonly privateIp?: string;
  readonly containers: readonly ContainerSummary[];
}

/** One container of a task, in AWS's words. */
export interface Container extends ContainerSummary {
  readonly runtimeId?: string;
  /** `healthStatus`: HEALTHY, UNHEALTHY, UNKNOWN (no health check, or none has been answered yet). */
  readonly health?: string;
  /** The status it ended with. */
  readonly exitCode?: number;
  /** What ECS says of its end, or of why it never began. */
  readonly reason?: string;
  /** The ExecuteCommandAgent, when the task has one. */
  readonly agent?: Agent;
  /** Names of the variables that RunTask added to the task definition's. */
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
export interface Task extends TaskSummary {
  readonly arn: string;
  readonly clusterArn: string;
  readonly desiredStatus: string;
  /** `ecs-svc/…`, the id of the deployment, where a service has started it. */
  readonly startedBy?: string;
  /** The images are pulled from here … */
  readonly pullStartedAt?: Date;
  /** … to here. */
  readonly pullStoppedAt?: Date;
  readonly stoppedAt?: Date;
  readonly launchType?: string;
  readonly capacityProvider?: string;
  readonly platformFamily?: string;
  readonly platformVersion?: string;
  readonly containerInstanceArn?: string;
  /** The subnet of its own network interface (networkMode awsvpc). */
  readonly subnetId?: string;
  /** Set if RunTask replaced the task definition's role. */
  readonly taskRoleOverride?: string;
  readonly taskDefinitionArn: string;
  readonly executeCommandEnabled: boolean;
  /** TaskFailedToStart, EssentialContainerExited, UserInitiated, …. */
  readonly stopCode?: string;
  readonly containers: readonly Container[];
}

/** What of a task definition bears on ECS Exec and on running it. No values of variables: they may be secret. */
export interface TaskDefinition {
  readonly arn: string;
  readonly networkMode?: string;
  readonly pidMode?: string;
  readonly taskRoleArn?: string;
  /** LINUX, WINDOWS_SERVER_2022_CORE, …; absent is Linux. */
  readonly osFamily?: string;
  /** In the order they are written. */
  readonly containers: readonly ContainerDefinition[];
}

/** One container of a task definition. */
export interface ContainerDefinition {
  readonly name: string;
  /** The task ends with it. */
  readonly essential: boolean;
  /** What the definition sets in the place of the image's ENTRYPOINT. */
  readonly entryPoint?: readonly string[];
  /** Names under `environment` and `secrets`. */
  readonly environment: readonly string[];
  readonly secrets: readonly string[];
  readonly readonlyRootFilesystem: boolean;
  readonly initProcessEnabled: boolean;
  /** Where its output goes; absent where the machine's Docker decides. */
  readonly logs?: LogConfiguration;
}

/** A container's `logConfiguration`, without what it may hold in secrets. */
export interface LogConfiguration {
  /** awslogs, awsfirelens, json-file, splunk, …. */
  readonly driver: string;
  /** Of awslogs only. */
  readonly options: Readonly<Record<string, string>>;
}

/** The machine that a task's containers run on. */
export interface ContainerInstance {
  readonly arn: string;
  /** `i-…`, or `mi-…` of an external machine; absent where ECS reports none. */
  readonly instanceId?: string;
  readonly agentVersion?: string;
}

/** Where an EC2 instance can be reached. */
export interface InstanceAddresses {
  readonly privateIp?: string;
  readonly publicIp?: string;
}

/** Where a service puts its tasks (networkMode awsvpc). */
export interface ServiceNetwork {
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly assignPublicIp: boolean;
}

/** One share of a capacity provider strategy. */
export interface CapacityProvider {
  readonly name: string;
  readonly weight: number;
  readonly base: number;
}

/** A tag of a resource. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** One deployment of a service; of a service that something else deploys, one of its task sets. */
export interface Deployment {
  /** `ecs-svc/…`: the `startedBy` of its tasks. */
  readonly id: string;
  /** PRIMARY, ACTIVE (being replaced), INACTIVE or DRAINING. */
  readonly status: string;
  readonly taskDefinitionArn: string;
  readonly desired: number;
  readonly running: number;
  readonly pending: number;
  /** Tasks that could not be started since the last one that could. */
  readonly failed: number;
  /** IN_PROGRESS, COMPLETED or FAILED; unknown of a task set. */
  readonly rolloutState?: string;
  readonly rolloutStateReason?: string;
  readonly createdAt?: Date;
  readonly updatedAt?: Date;
}

/** One line of a service's event log. */
export interface ServiceEvent {
  readonly id: string;
  readonly at: Date;
  readonly message: string;
}

/** One service, in AWS's words. */
export interface Service {
  readonly name: string;
  readonly arn: string;
  readonly clusterArn: string;
  /** ACTIVE, or DRAINING while it is being deleted. */
  readonly status: string;
  readonly desired: number;
  readonly running: number;
  readonly pending: number;
  readonly taskDefinitionArn: string;
  /** Whether the tasks it starts from now on have ECS Exec. */
  readonly executeCommandEnabled: boolean;
  /** Absent where a capacity provider strategy decides. */
  readonly launchType?: string;
  /** Empty where the launch type decides. */
  readonly capacityProviderStrategy: readonly CapacityProvider[];
  readonly platformFamily?: string;
  /** `LATEST` or a version; of Fargate only. */
  readonly platformVersion?: string;
  readonly network?: ServiceNetwork;
  /** ECS, CODE_DEPLOY or EXTERNAL. */
  readonly deploymentController: string;
  readonly circuitBreaker?: {
    readonly enabled: boolean;
    readonly rollback: boolean;
  };
  /** SERVICE, TASK_DEFINITION or NONE. */
  readonly propagateTags?: string;
  /** Only where they were asked for. */
  readonly tags?: readonly Tag[];
  readonly createdAt?: Date;
  /** The primary one first. */
  readonly deployments: readonly Deployment[];
  /** The newest first; AWS keeps a hundred. */
  readonly events: readonly ServiceEvent[];
}

/** What a list of clusters shows of one. */
export interface ClusterSummary {
  readonly name: string;
  /** Active services. */
  readonly services: number;
  readonly runningTasks: number;
}

/** What a list of services shows of one. */
export type ServiceSummary = Pick<
  Service,
  "name" | "running" | "desired" | "taskDefinitionArn"
>;

/** What ExecuteCommand hands out: everything a session client needs. Secret, all of it but the ids. */
export interface SessionGrant {
  readonly sessionId: string;
  readonly streamUrl: string;
  readonly tokenValue: string;
  /** `ecs:<cluster>_<task>_<runtimeId>`: the session's SSM target, and part of the KMS context. */
  readonly target: string;
  /** The cluster whose setting names the session's KMS key; absent for a session on an instance. */
  readonly cluster?: string;
}

/** A key of KMS, in the clear and as only KMS can read it. */
export interface DataKey {
  readonly plaintext: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/** Which container a session is for. */
export interface SessionRequest<T extends TaskSummary = Task> {
  readonly cluster: string;
  readonly task: T;
  readonly container: T["containers"][number];
  /** What the agent splits with shlex rules and executes. */
  readonly command: string;
}

/** Which port a session forwards to. */
export interface PortRequest {
  readonly task: Task;
  readonly container: Container;
  /** In the container's network, or of `host`. */
  readonly port: number;
  /** A name or address that the container reaches; absent: the container's own. */
  readonly host?: string;
}

/** What of a service is to change; what is left out stays as it is. */
export interface ServiceUpdate {
  /** For the tasks that start from now on. */
  readonly executeCommandEnabled: boolean;
  /** Replaces every task, though nothing else has changed. */
  readonly forceNewDeployment: boolean;
}

/** A name and its value, as tasks and containers have them in their environment. */
export interface Variable {
  readonly name: string;
  readonly value: string;
}

/** What a task's container has in the place of, or beside, what its task definition says. */
export interface ContainerOverride {
  readonly name: string;
  readonly command?: readonly string[];
  readonly environment?: readonly Variable[];
  /** Whatever else RunTask takes. */
  readonly [more: string]: unknown;
}

/** RunTask's `overrides`. */
export interface TaskOverrides {
  readonly containerOverrides?: readonly ContainerOverride[];
  readonly cpu?: string;
  readonly memory?: string;
  /** Whatever else RunTask takes. */
  readonly [more: string]: unknown;
}

/** Tasks to start, all alike. */
export interface StartRequest {
  /** Name or ARN. */
  readonly cluster: string;
  readonly taskDefinitionArn: string;
  /** 1 to 10. */
  readonly count: number;
  /** Not beside a capacity provider strategy. */
  readonly launchType?: string;
  readonly capacityProviderStrategy: readonly CapacityProvider[];
  readonly platformVersion?: string;
  readonly network?: ServiceNetwork;
  readonly executeCommand: boolean;
  readonly overrides: TaskOverrides;
  readonly tags: readonly Tag[];
  /** Those of the task definition as well. */
  readonly propagateTags: boolean;
  /** What the tasks can be found by. */
  readonly startedBy: string;
  /** The same request with the same token starts nothing again. */
  readonly clientToken: string;
}

/** A task that could not be started. */
export interface StartFailure {
  readonly arn?: string;
  /** RESOURCE:MEMORY, AGENT, …, or a sentence. */
  readonly reason: string;
  readonly detail?: string;
}

/** What came of it: some may have started, and some not. */
export interface StartAnswer {
  readonly tasks: readonly Task[];
  readonly failures: readonly StartFailure[];
}

/** A copy of a task definition in which one container runs something else, whatever its image says. */
export interface DefinitionCopy {
  readonly taskDefinitionArn: string;
  readonly family: string;
  readonly container: string;
  readonly entryPoint: readonly string[];
  /** Whether it gets the tags, too. */
  readonly tags: boolean;
}

/** What ECS wants a task to be; those that are to stop are listed for an hour. */
export type DesiredStatus = "RUNNING" | "STOPPED";

/**
 * What there is: clusters, services, tasks and their definitions. It only reads. A task may be known by
 * less than AWS reports; `T` says by how much. Errors come explained, as PortholeError, here and in the
 * other ports.
 */
export interface Directory<T extends TaskSummary = Task> {
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
  /**
   * The tasks of a service (of the whole cluster without one), in no order: those that are meant to
   * run or those that are not, and by default the latter only where there are none of the former.
   */
  listTasks(
    cluster: string,
    service?: string,
    desiredStatus?: DesiredStatus,
  ): Promise<readonly T[]>;
  /** One task by its whole id; undefined when the cluster has none such. */
  describeTask(cluster: string, taskId: string): Promise<T | undefined>;
  /**
   * Those of these tasks that answer at a private IP: at their own, or, where they share the network of
   * an EC2 instance (networkMode bridge or host), at the instance's.
   */
  selectByIp(tasks: readonly T[], ip: string): Promise<readonly T[]>;
  /** Container names in the order in which the task's definition has them. */
  listContainerNames(task: T): Promise<readonly string[]>;
}

/** A task with its tags, which everyone who may tag the task can set. */
export interface TaggedTask extends Task {
  readonly tags: ReadonlyMap<string, string>;
}

/** The tasks of a cluster as a rack looks them up: what is listed, and what is described, apart. */
export interface TaggedTasks {
  /** The ids of the tasks that are meant to run; rejects with service_not_found. */
  listTaskIds(cluster: string, service?: string): Promise<readonly string[]>;
  /** The ids of the tasks that have stopped, or are to: ECS knows them for an hour or so. */
  listStoppedTaskIds(cluster: string): Promise<readonly string[]>;
  /** Those that are gone meanwhile are left out. */
  describeTaggedTasks(
    cluster: string,
    ids: readonly string[],
  ): Promise<readonly TaggedTask[]>;
}

/** What AWS reports beyond that. */
export interface Definitions {
  /** One service by name or ARN; rejects with service_not_found, also for one that was deleted. */
  describeService(
    cluster: string,
    service: string,
    options?: { readonly tags?: boolean },
  ): Promise<Service>;
  /** By its ARN, its family and revision, or its family alone: the latest that is active. */
  describeTaskDefinition(nameOrArn: string): Promise<TaskDefinition>;
}

/** What asking for a session has brought: what a client needs to join it, or the session itself. */
export type OpenedSession<Stream = never> =
  | { readonly kind: "grant"; readonly grant: SessionGrant }
  | ([Stream] extends [never] ? never
    : { readonly kind: "stream"; readonly stream: Stream });

/** How to dial a stream URL. */
export interface Upgrade {
  /** They sign the request. */
  readonly headers: Readonly<Record<string, string>>;
  /** In PEM form, beside those that are trusted anyway. */
  readonly caCertificates?: readonly string[];
}

/** What session-manager-plugin needs beside the grant. */
export interface PluginSurroundings {
  readonly region: string;
  readonly ssmEndpoint: string;
}

/** Sessions in containers, from their start to their end; `Stream` is what a door that carries them itself hands out. */
export interface Sessions<T extends TaskSummary = Task, Stream = never> {
  open(request: SessionRequest<T>): Promise<OpenedSession<Stream>>;
  /** `isRetry`: the last attempt was refused, perhaps because temporary credentials have expired. */
  signUpgrade(
    grant: SessionGrant,
    options: { readonly isRetry: boolean },
  ): Promise<Upgrade>;
  /** A new token for a session whose connection broke; undefined when AWS has ended the session. */
  resumeSession(sessionId: string): Promise<string | undefined>;
  terminateSession(sessionId: string): Promise<void>;
  /** The 64-byte key of a session in a cluster whose sessions KMS encrypts. */
  createDataKey(keyId: string, grant: SessionGrant): Promise<DataKey>;
  describePluginSurroundings(): Promise<PluginSurroundings>;
  /** Stops showing waits until the returned function is called: the terminal belongs to a session. */
  muteWaits(): () => void;
}

/** Ports of containers, and what containers reach. */
export interface Ports {
  openPort(request: PortRequest): Promise<SessionGrant>;
}

/** Tasks that are started and stopped, and what they are started from. */
export interface Tasks {
  /** Rejects where none could be asked for; those that did not start are in the answer. */
  startTasks(request: StartRequest): Promise<StartAnswer>;
  /** The ids of the tasks with that `startedBy` that are meant to run. */
  listTasksStartedBy(
    cluster: string,
    startedBy: string,
  ): Promise<readonly string[]>;
  /** Resolves once ECS has taken it on, also for a task that is gone. */
  stopTask(cluster: string, taskId: string, reason: string): Promise<void>;
  /** Resolves with the copy's ARN. */
  copyTaskDefinition(copy: DefinitionCopy): Promise<string>;
  deregisterTaskDefinition(taskDefinitionArn: string): Promise<void>;
  /** The service as it then is: a deployment that was forced has only begun. */
  updateService(
    cluster: string,
    service: string,
    update: ServiceUpdate,
  ): Promise<Service>;
}

/** The machines that tasks run on, and sessions on them. */
export interface Hosts {
  /** The machine of a task; undefined where ECS reports none. */
  describeContainerInstance(
    task: Pick<Task, "clusterArn" | "containerInstanceArn">,
  ): Promise<ContainerInstance | undefined>;
  /** The addresses of an EC2 instance. */
  describeInstanceAddresses(instanceId: string): Promise<InstanceAddresses>;
  /** The ids of the sessions that anybody has open in a container. */
  listSessions(task: Task, container: Container): Promise<readonly string[]>;
  /** A session on a container instance itself, whose shell runs the command. */
  openInstanceSession(
    instanceId: string,
    command: string,
  ): Promise<SessionGrant>;
}

/** One event of a log stream: a line, or what the container's log driver takes for one. */
export interface LogEvent {
  /** CloudWatch's own: the same event always has the same. */
  readonly id: string;
  /** The name of its stream. */
  readonly stream: string;
  /** When the container wrote it, in milliseconds since 1970. */
  readonly at: number;
  /** When CloudWatch took it in, in milliseconds since 1970. */
  readonly ingestedAt: number;
  readonly message: string;
}

/** Which events are meant. */
export interface LogQuery {
  /** The group's region, which need not be the cluster's. */
  readonly region: string;
  readonly group: string;
  /** 1 to 100 names. */
  readonly streams: readonly string[];
  /** The earliest and the latest time of an event, both included, in milliseconds since 1970. */
  readonly from: number;
  readonly until?: number;
  /** A filter pattern of CloudWatch's. */
  readonly pattern?: string;
}

/** A part of an answer: it may hold no event though more are to come. */
export interface LogPage {
  /** By their time, the oldest first. */
  readonly events: readonly LogEvent[];
  /** Leads to the next part; absent with the last one. */
  readonly next?: string;
}

/** What containers have written, where CloudWatch Logs keeps it. */
export interface Logs {
  /** Undefined where one of the streams is not there (yet); rejects with log_group_not_found. */
  filterLogEvents(query: LogQuery, next?: string): Promise<LogPage | undefined>;
}

/** Whose credentials these are. */
export interface CallerIdentity {
  readonly account: string;
  /** Of a user, of a role's session, or of the account's root. */
  readonly arn: string;
}

/** What IAM's policy simulator says of one action on one resource. */
export interface Verdict {
  readonly action: string;
  /** As it was asked for: an ARN or `*`. */
  readonly resource: string;
  /** `unclear`: a policy asks for what the simulator was not told, such as tags. */
  readonly kind: "allowed" | "denied" | "explicitly_denied" | "unclear";
  /** Of `unclear`: the context keys. */
  readonly missingKeys: readonly string[];
}

/** What a cluster says of ECS Exec sessions: `executeCommandConfiguration`. */
export interface ExecSettings {
  /** ACTIVE, INACTIVE, …. */
  readonly status: string;
  /** Id, ARN or alias. */
  readonly kmsKeyId?: string;
  /** DEFAULT (where the task's own log goes), OVERRIDE or NONE. */
  readonly logging: string;
  /** Only with OVERRIDE. */
  readonly logGroup?: string;
  /** Only with OVERRIDE. */
  readonly bucket?: string;
}

/** A subnet, and the network that it is part of. */
export interface Subnet {
  readonly id: string;
  readonly vpcId: string;
  readonly cidr?: string;
}

/** One row of the route table that a subnet uses. */
export interface NetworkRoute {
  /** A CIDR block, or the id of a prefix list. */
  readonly destination: string;
  /** `igw-…`, `nat-…`, `tgw-…`, `vpce-…`, `local`, …. */
  readonly target: string;
  /** Its target is gone. */
  readonly blackhole: boolean;
}

/** A door from a network to a service of AWS's. */
export interface VpcEndpoint {
  readonly id: string;
  /** `com.amazonaws.us-east-1.ssmmessages`. */
  readonly serviceName: string;
  /** Interface, Gateway, …. */
  readonly type: string;
  /** `available`, `pending`, …. */
  readonly state: string;
  /** The service's usual name leads to it. */
  readonly privateDns: boolean;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  /** Its policy, as JSON. */
  readonly policy?: string;
}

/** One rule of a security group: a protocol, its ports, and the other side. */
export interface SecurityRule {
  /** `tcp`, a number, or `-1` for all. */
  readonly protocol: string;
  /** Absent: all ports. */
  readonly from?: number;
  readonly to?: number;
  readonly cidrs: readonly string[];
  readonly groups: readonly string[];
  /** Whether it names prefix lists, whose blocks are not looked up. */
  readonly hasPrefixLists: boolean;
}

/** A security group. */
export interface SecurityGroup {
  readonly id: string;
  readonly inbound: readonly SecurityRule[];
  readonly outbound: readonly SecurityRule[];
}

/** One rule of a network ACL, for IPv4. */
export interface AclRule {
  /** The lowest number that fits decides. */
  readonly number: number;
  readonly allows: boolean;
  /** `out` of the subnet, or `in` to it. */
  readonly direction: "in" | "out";
  /** A number, or `-1` for all. */
  readonly protocol: string;
  /** Absent: all ports. */
  readonly from?: number;
  readonly to?: number;
  readonly cidr: string;
}

/** Where an EC2 instance is in the network. */
export interface InstanceNetwork {
  readonly subnetId?: string;
  readonly securityGroups: readonly string[];
  readonly hasPublicAddress: boolean;
}

/** What only a diagnosis asks: who we are, what roles may do, and the network. It only reads. */
export interface Inspect {
  getCallerIdentity(): Promise<CallerIdentity>;
  /** The ARN of a role by its name, with its path; a session's ARN has none. */
  findRoleArn(name: string): Promise<string>;
  /** Asks IAM's simulator what the policies of a user or role allow; resource policies are not part of it. */
  simulatePolicy(
    principalArn: string,
    actions: readonly string[],
    /** Absent resources are `*`; the context is what a real request would say of itself. */
    options?: {
      readonly resources?: readonly string[];
      readonly context?: Readonly<Record<string, string>>;
    },
  ): Promise<readonly Verdict[]>;
  /** Rejects with cluster_not_found too. */
  describeExecSettings(cluster: string): Promise<ExecSettings>;
  /** Asks KMS for a session's key without getting one; rejects as GenerateDataKey would. */
  tryDataKey(keyId: string): Promise<void>;
  describeSubnet(subnetId: string): Promise<Subnet>;
  /** The rows of the subnet's own route table, else of the network's main one. */
  listRoutes(subnet: Subnet): Promise<readonly NetworkRoute[]>;
  listVpcEndpoints(vpcId: string): Promise<readonly VpcEndpoint[]>;
  describeSecurityGroups(
    ids: readonly string[],
  ): Promise<readonly SecurityGroup[]>;
  /** The rules of the network ACL of a subnet. */
  listAclRules(subnetId: string): Promise<readonly AclRule[]>;
  describeInstanceNetwork(instanceId: string): Promise<InstanceNetwork>;
}

/** All that AWS answers. */
export interface AwsAccess
  extends
    Directory,
    Definitions,
    Sessions,
    Ports,
    Tasks,
    Hosts,
    Logs,
    Pick<TaggedTasks, "describeTaggedTasks">,
    Inspect {}
