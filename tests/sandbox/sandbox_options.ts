import type { RackServiceOption } from "./rack_service.ts";
import type { DeploymentController, LaunchType } from "./fleet.ts";

/** The shell and tools a container has: a name, or a base without some of its tools. */
export type ImageOption = ImageName | {
  /** The shell behind `sh`. */
  readonly sh: "dash" | "bash" | "busybox" | "none";
  /** Tools taken away, e.g. `["stty", "base64"]`. */
  readonly without?: readonly string[];
};

/** The images that have a name of their own. */
export type ImageName =
  | "debian"
  | "dash"
  | "bash"
  | "busybox"
  | "no-sh"
  | "no-stty"
  | "no-base64";

/** What is wrong with the KMS key of the sandbox, if anything. */
export type KmsOption = {
  /** The key that the agent asks for; an ARN made by the sandbox when absent. */
  readonly keyId?: string;
  /** What the cluster's setting says, where it is not that key's ARN. */
  readonly setting?: string;
  /**
   * `denied`: GenerateDataKey is refused. `wrong-key`: the agent holds another
   * key than the caller got, so that the challenge cannot be read.
   */
  readonly fault?: "denied" | "wrong-key";
};

/** One frame that breaks the protocol, sent once before a good one. */
export type MalformedFrame = {
  /** What is wrong with it. */
  readonly kind: "digest" | "length" | "header-length" | "short" | "text";
  /** Sent before the output frame of this number (0 is the first). */
  readonly beforeFrame: number;
};

/** An answer that AWS gives instead of doing as asked. */
export type FailOption = {
  /** AWS's error name, e.g. `ClientException`. */
  readonly error: string;
  readonly message?: string;
  readonly status?: number;
  /** How often, before all is well again. Default: always. */
  readonly times?: number;
};

/** What stands in every task definition; the faults in it keep the agent off Session Manager. */
export type DefinitionOption = {
  /** Variables of each container's `environment`. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Names of each container's `secrets`. */
  readonly secrets?: readonly string[];
  readonly readonlyRootFilesystem?: boolean;
  readonly pidMode?: "host" | "task";
  /** Default: true. */
  readonly initProcessEnabled?: boolean;
  /** Default: true. */
  readonly taskRole?: boolean;
};

/** A VPC endpoint: by default an open interface with private DNS. */
export type EndpointOption = {
  /** Its security group lets nobody in. */
  readonly shut?: boolean;
  readonly privateDns?: boolean;
  readonly state?: string;
  readonly policy?: string;
};

/** A service whose first task is what a real Docker Engine runs. */
export type DockerTaskOption = {
  /** Where the containers' labels say it; otherwise it is drawn like any other. */
  readonly taskId?: string;
  /** Docker's id of each container, by name, in the task definition's order. */
  readonly containers: Readonly<Record<string, string>>;
  /** The address of its own interface (networkMode awsvpc); otherwise it has none. */
  readonly privateIp?: string;
};

/** What every container instance is like. */
export type InstanceOption = {
  readonly privateIp: string;
  readonly publicIp?: string;
  /** The DOCKER_HOST of commands that run there. */
  readonly dockerHost?: string;
};

/** How services are deployed. */
export type RolloutOption = {
  /** Time between two states of a new task, and until an old one has stopped. */
  readonly stepMs: number;
  /** The new tasks stop as soon as they run. */
  readonly tasksStop: boolean;
  /** Whether three tasks that fail end a deployment, and bring back the one before it. */
  readonly circuitBreaker: "off" | "on" | "rollback";
};

/** What containers write, and where it goes. */
export type LogOption = {
  /** The log driver by container name, "" for none; default: awslogs. */
  readonly drivers: Readonly<Record<string, string>>;
  /** awslogs-stream-prefix; "" for none. */
  readonly prefix: string;
  /** awslogs-region; absent where the options name none. */
  readonly region?: string;
  /** Lines that each container of a service writes, beside the first. */
  readonly linesPerSecond: number;
  /** Each such line (0 is none) can be read only so much later. */
  readonly lateEvery: number;
  readonly lateMs: number;
  /** How many of the last lines are kept. */
  readonly kept: number;
  /** Events in one answer, at most. */
  readonly pageSize: number;
  /** Log groups that have been deleted. */
  readonly missingGroups: readonly string[];
};

/** How the tasks start that RunTask is asked for. */
export type RunTaskOption = {
  /** Time until a task is PENDING. */
  readonly provisioningMs: number;
  /** Time until its images are pulled and it runs; Infinity is never. */
  readonly pullMs: number;
  /** Time between TERM and KILL; AWS's: 30 000. */
  readonly stopTimeoutMs: number;
  /** Why tasks never get to run: what stands before the colon is AWS's, e.g. `CannotPullContainerError: …`. */
  readonly stoppedReason?: string;
  /** Each stands in an answer for one task that is not started. */
  readonly failures: readonly {
    readonly arn?: string;
    readonly reason: string;
    readonly detail?: string;
  }[];
  /** The ENTRYPOINT of images, by container name. */
  readonly entryPoints: Readonly<Record<string, readonly string[]>>;
};

/** Everything the sandbox can be asked to do; see {@linkcode defaultOptions}. */
export type SandboxOptions = {
  /** Feeds task ids and every fault: the same seed gives the same run. */
  readonly seed: number;
  /** Number of clusters; the first is `default`, the rest `cluster-2` … */
  readonly clusters: number;
  /** Other names for the clusters after `default`. */
  readonly clusterNames: readonly string[];
  /** Number of services in `default`; more than the usual five are `service-6` … */
  readonly services: number;
  /** Number of tasks of a service, by service name. */
  readonly tasks: Readonly<Record<string, number>>;
  /**
   * Adds to `default` the services `stopped` (desired count 0), `pending` (its
   * task is PENDING) and `stopping` (its task is STOPPED, with a reason).
   */
  readonly unsettled: boolean;
  /** Milliseconds that every API call takes before it is answered. */
  readonly latencyMs: number;
  /** The first N API calls are answered with ThrottlingException. */
  readonly throttle: number;
  /** The first N API calls are answered with ExpiredTokenException. */
  readonly expiredCalls: number;
  /** IAM actions that are refused, e.g. `ecs:ListTasks`, `ssmmessages:OpenDataChannel`. */
  readonly deny: readonly string[];
  /** Calls that AWS answers with an error, by IAM action, e.g. `ecs:ExecuteCommand`. */
  readonly fail: Readonly<Record<string, FailOption>>;
  /** How often a call is carried out and never answered, by IAM action. */
  readonly stall: Readonly<Record<string, number>>;
  /** Whether a service's tasks have ECS Exec, by service name. */
  readonly exec: Readonly<Record<string, boolean>>;
  /** How a service's tasks are run, by service name. */
  readonly launchTypes: Readonly<Record<string, LaunchType>>;
  /** What replaces a service's tasks, by service name; else ECS itself. */
  readonly deploymentControllers: Readonly<
    Record<string, DeploymentController>
  >;
  /** How UpdateService deploys a service. */
  readonly rollout: RolloutOption;
  /** How tasks start that are run by themselves. */
  readonly runTask: RunTaskOption;
  /** Adds the service `rack`, in `default`, of real racks behind a balancer. */
  readonly rack: RackServiceOption | undefined;
  /** Tasks that are real containers of a Docker Engine, by service name. */
  readonly docker: Readonly<Record<string, DockerTaskOption>>;
  /** What container instances are like. */
  readonly instance: InstanceOption;
  /** What stands in every task definition. */
  readonly definition: DefinitionOption;
  /** The platform version of Fargate tasks. */
  readonly platformVersion: string;
  /** The version of the ECS agent on container instances. */
  readonly ecsAgentVersion: string;
  /** What the SSM agent in the containers says in its handshake. */
  readonly ssmAgentVersion: string;
  /** Names that containers can resolve, and their addresses: what ports are forwarded to. */
  readonly hosts: Readonly<Record<string, string>>;
  /**
   * Where Fargate tasks are: with a public address, in private subnets with a NAT
   * gateway, with no way out, with a way to other networks alone, or with one for IPv6 alone.
   */
  readonly network: "public" | "nat" | "none" | "transit" | "ipv6";
  /** What the network ACL of the subnet keeps out: nothing, port 443, or the answers to it. */
  readonly acl: "open" | "out" | "in";
  /** Endpoints of the network, by service: `ssmmessages`, `kms`, …. */
  readonly endpoints: Readonly<Record<string, EndpointOption>>;
  /** The group of tasks lets out nothing to port 443. */
  readonly outboundShut: boolean;
  /** Actions that the policies of the task role do not allow. */
  readonly roleDeny: readonly string[];
  /** Actions that depend on context keys, as the policy simulator tells. */
  readonly missingKeys: Readonly<Record<string, readonly string[]>>;
  /** `ssm:StartSession` on tasks is allowed. */
  readonly directSessions: boolean;
  /** The cluster's sessions are logged there. */
  readonly sessionLog:
    | { readonly logGroup?: string; readonly bucket?: string }
    | undefined;
  /** Clusters of other regions, by region: all that can be asked of them is their names. */
  readonly otherRegions: Readonly<Record<string, readonly string[]>>;
  /** Changes what an action of the JSON services answers, before it is sent. */
  readonly rewrite:
    | ((operation: string, answer: object) => object)
    | undefined;
  readonly logs: LogOption;
  /** SSM parameters by name. */
  readonly parameters: Readonly<Record<string, string>>;
  /** File to which one JSON line per API request is appended. */
  readonly log: string | undefined;
  /** What the containers hold, when `images` does not say otherwise. */
  readonly image: ImageOption;
  /** What a container holds, by container name or `service/container`. */
  readonly images: Readonly<Record<string, ImageOption>>;
  /** The agent is PENDING for this long after the start, then RUNNING. */
  readonly agentPendingMs: number;
  /** The agent is STOPPED, with this reason. */
  readonly agentStopped: string | undefined;
  /** Every task stops this long after its first session has opened; 0 is never. */
  readonly stopTaskAfterMs: number;
  /** Wait before the pty is read for the first time; AWS's agent: 1000. */
  readonly firstOutputDelayMs: number;
  /** Time between two output messages; AWS's agent: 1.35. 0 is unthrottled. */
  readonly messageIntervalMs: number;
  /** Wait before a command that cannot start is reported; AWS's agent: 2000. */
  readonly startErrorDelayMs: number;
  /** How long unacknowledged output is resent after the end; AWS's agent: 2000. */
  readonly giveUpMs: number;
  /** Time from the client's token to the start of the command. */
  readonly channelOpenMs: number;
  /** Input that arrives within `channelOpenMs`: not acknowledged, or acknowledged and dropped. */
  readonly earlyInput: "ignore" | "drop";
  /** Start the command at ExecuteCommand, as the agent does, and not when the client joins. */
  readonly startBeforeClient: boolean;
  /**
   * When TerminateSession reaches an agent that is blind because the pty is full:
   * over its control channel, so long after the call (AWS's agent: 2000), or not
   * before there is room again (Infinity).
   */
  readonly blindTerminateMs: number;
  /**
   * Sessions that a container can have at a time; AWS's ECS agent: 2. One more
   * blocks the agent's control channel for good: neither that session nor a
   * later one ever starts, and TerminateSession ends none. 0 is no limit: tests
   * may share a container.
   */
  readonly sessionWorkersLimit: number;
  /** What the agent does with the pty while no client is connected. */
  readonly whileCut: "pause" | "send";
  /** Share of stream and acknowledge frames that get lost, either way, 0 to 1. */
  readonly loss: number;
  /** Share of stream and acknowledge frames that arrive twice, either way, 0 to 1. */
  readonly duplicate: number;
  /** Share of stream and acknowledge frames that are overtaken by the next one, either way, 0 to 1. */
  readonly reorder: number;
  /** Milliseconds that every frame takes, either way. */
  readonly delayMs: number;
  /** Number of times the connection of a session is cut. */
  readonly disconnects: number;
  /** The connection is cut after this many frames each time; 0 draws 1 to 40 from the seed. */
  readonly disconnectAfterFrames: number;
  /**
   * Number of times the agent loses its own socket in mid-input: it has written
   * the frame to the pty, cannot acknowledge it, does not count it, and takes the
   * client's resend for the next one. The client's socket lives on.
   */
  readonly inputCuts: number;
  /** So many frames of input stand before each such cut; 0 draws 1 to 40 from the seed. */
  readonly inputCutAfterFrames: number;
  /** How long the agent is away then; what is sent to it meanwhile is lost. */
  readonly agentAwayMs: number;
  /** Share of the client's acknowledgements that the agent overlooks once, 0 to 1. */
  readonly ignoredAcks: number;
  /** A frame that breaks the protocol. */
  readonly malformed: MalformedFrame | undefined;
  /** The cluster has a KMS key: handshake and encryption. */
  readonly kms: boolean | KmsOption;
  /** A handshake without KMS. */
  readonly handshake: boolean;
  /** Shown by the client after the handshake (which this switches on). */
  readonly customerMessage: string;
  /** The `cell-number` of stream URLs. */
  readonly cellNumber: string | undefined;
  /** Another server's address, `ws://HOST:PORT`, for the data channels. */
  readonly streamBase: string | undefined;
  /** Time between two pings of the agent; AWS's: 54 000. */
  readonly pingMs: number;
  /**
   * For benchmarks only: puts a command `synthetic-output MIB` into containers.
   * The agent sends so many MiB of prepared bytes in 1 KiB messages in its place,
   * without a pty; what the session prints before and after stays real.
   */
  readonly syntheticOutput: boolean;
  /** Serve https and wss too, on a second port, for `localhost` and `*.sandbox.test`. */
  readonly tls: boolean;
  /** Take upgrades without a signature too: AWS's own client signs since 1.2.764 only. */
  readonly unsignedUpgrades: boolean;
  /** Upgrades that are signed are refused, as by an account that lets nobody do so. */
  readonly refuseSignedUpgrades: boolean;
  /** Lifetime of a session token, in milliseconds; 0 is for ever. */
  readonly tokenLifetimeMs: number;
  /** What ResumeSession answers: a token, or none (as for a session that timed out). */
  readonly resume: "token" | "none" | "empty";
};

/** What the sandbox does when nothing else is asked for. */
export const defaultOptions: SandboxOptions = {
  seed: 1,
  clusters: 1,
  clusterNames: [],
  services: 5,
  tasks: {},
  unsettled: false,
  latencyMs: 0,
  throttle: 0,
  expiredCalls: 0,
  deny: [],
  fail: {},
  stall: {},
  exec: {},
  launchTypes: {},
  deploymentControllers: {},
  rollout: { stepMs: 100, tasksStop: false, circuitBreaker: "rollback" },
  runTask: {
    provisioningMs: 20,
    pullMs: 50,
    stopTimeoutMs: 2000,
    failures: [],
    entryPoints: {},
  },
  docker: {},
  instance: { privateIp: "127.0.0.1" },
  definition: {},
  platformVersion: "1.4.0",
  ecsAgentVersion: "1.89.0",
  ssmAgentVersion: "3.3.0.0",
  hosts: {},
  network: "nat",
  acl: "open",
  endpoints: {},
  outboundShut: false,
  roleDeny: [],
  missingKeys: {},
  directSessions: false,
  sessionLog: undefined,
  otherRegions: {},
  rewrite: undefined,
  logs: {
    drivers: {},
    prefix: "ecs",
    linesPerSecond: 0,
    lateEvery: 0,
    lateMs: 0,
    kept: 5_000,
    pageSize: 10_000,
    missingGroups: [],
  },
  parameters: {},
  rack: undefined,
  log: undefined,
  image: "debian",
  images: {},
  agentPendingMs: 0,
  agentStopped: undefined,
  stopTaskAfterMs: 0,
  firstOutputDelayMs: 0,
  messageIntervalMs: 0,
  startErrorDelayMs: 20,
  giveUpMs: 2000,
  channelOpenMs: 0,
  earlyInput: "ignore",
  startBeforeClient: false,
  blindTerminateMs: Infinity,
  sessionWorkersLimit: 0,
  whileCut: "pause",
  loss: 0,
  duplicate: 0,
  reorder: 0,
  delayMs: 0,
  disconnects: 0,
  disconnectAfterFrames: 0,
  inputCuts: 0,
  inputCutAfterFrames: 0,
  agentAwayMs: 20,
  ignoredAcks: 0,
  malformed: undefined,
  kms: false,
  handshake: false,
  customerMessage: "",
  cellNumber: undefined,
  streamBase: undefined,
  pingMs: 54_000,
  syntheticOutput: false,
  tls: false,
  unsignedUpgrades: false,
  refuseSignedUpgrades: false,
  tokenLifetimeMs: 0,
  resume: "token",
};

/** The times and the limit of AWS's own agent, as measured. */
export const realAgentTimes = {
  firstOutputDelayMs: 1000,
  messageIntervalMs: 1.35,
  startErrorDelayMs: 2000,
  giveUpMs: 2000,
  blindTerminateMs: 2000,
  sessionWorkersLimit: 2,
} as const satisfies Partial<SandboxOptions>;
