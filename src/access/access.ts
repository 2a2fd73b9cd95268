/** One container of a task, in AWS's words. */
export interface Container {
  readonly name: string;
  readonly runtimeId?: string;
  /** `lastStatus`: PENDING, RUNNING, STOPPED. */
  readonly status: string;
  /** The ExecuteCommandAgent, when the task has one. */
  readonly agent?: { readonly status: string; readonly reason?: string };
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
  readonly availabilityZone?: string;
  readonly health?: string;
  readonly taskDefinitionArn: string;
  readonly executeCommandEnabled: boolean;
  readonly stoppedReason?: string;
  readonly containers: readonly Container[];
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
  listServices(cluster: string): Promise<readonly string[]>;
  /** The tasks of a service (of the whole cluster without one), whatever their status, in no order. */
  listTasks(cluster: string, service?: string): Promise<readonly Task[]>;
  /** One task by its whole id; undefined when the cluster has none such. */
  describeTask(cluster: string, taskId: string): Promise<Task | undefined>;
  /** Container names in the task definition's order. */
  listContainerNames(taskDefinitionArn: string): Promise<readonly string[]>;
  openSession(request: SessionRequest): Promise<SessionGrant>;
  /** A new token for a session whose connection broke; undefined when AWS has ended the session. */
  resumeSession(sessionId: string): Promise<string | undefined>;
  terminateSession(sessionId: string): Promise<void>;
  /** The 64-byte key of a session in a cluster whose sessions KMS encrypts. */
  createDataKey(keyId: string, grant: SessionGrant): Promise<DataKey>;
}
