import type { Cluster, Fleet, Service, Task } from "./fleet.ts";
import type { LogStore } from "./log_store.ts";
import type { TaskRuns } from "./open_task_runs.ts";
import type { SandboxOptions } from "./sandbox_options.ts";
import type { Credentials } from "./verify_signature.ts";

/** What a new session is told by ExecuteCommand. */
export type NewSession = {
  readonly task: Task;
  readonly container: string;
  readonly runtimeId: string;
  readonly command: string;
  /** Whether the request came over TLS, as the data channel then will. */
  readonly secure: boolean;
  /** Absent: ExecuteCommand's only one. */
  readonly way?: CommandWay;
};

/** How a session runs its command, by its document. */
export type CommandWay = {
  readonly sessionType:
    | "Standard_Stream"
    | "InteractiveCommands"
    | "NonInteractiveCommands";
  /** Whether errors and the exit code are told apart from the output (`separateOutputStream`). */
  readonly apart: boolean;
};

/** What a new session on a container instance is told by StartSession. */
export type NewInstanceSession =
  & Pick<NewSession, "task" | "command" | "secure">
  & {
    readonly instanceId: string;
  };

/** What a new port session is told by StartSession. */
export type NewPortSession =
  & Pick<NewSession, "task" | "container" | "runtimeId" | "secure">
  & { readonly port: PortProperties };

/** What a port session's document says; without `type` its bytes are passed on as they are. */
export type PortProperties = {
  readonly portNumber: string;
  readonly localPortNumber?: string;
  readonly host?: string;
  readonly type?: "LocalPortForwarding";
};

/** What the client of a session needs to dial. */
export type SessionTicket = {
  readonly sessionId: string;
  readonly streamUrl: string;
  readonly tokenValue: string;
};

/** A parameter of the Parameter Store. */
export type KeptParameter = {
  readonly value: string;
  readonly type: string;
  readonly version: number;
};

/** A role that was assumed: its keys, and who it is then. */
export type AssumedRole = Credentials & {
  /** `arn:aws:sts::ACCOUNT:assumed-role/ROLE/NAME`. */
  readonly arn: string;
  readonly sourceIdentity?: string;
};

/** What the operations of the API work on. */
export type ApiContext = {
  readonly options: SandboxOptions;
  readonly fleet: Fleet;
  /** Whether the request came over TLS. */
  readonly secure: boolean;
  readonly now: () => number;
  /** Milliseconds since the sandbox began. */
  readonly age: () => number;
  /** Temporary credentials handed out by AssumeRole, by access key id. */
  readonly roles: Map<string, AssumedRole>;
  /** The Parameter Store, by name. */
  readonly parameters: Map<string, KeptParameter>;
  /** Data keys by the base64 of their ciphertext. */
  readonly dataKeys: Map<string, Uint8Array>;
  /** The key the clusters name, when there is one. */
  readonly kmsKeyId: string | undefined;
  readonly openSession: (session: NewSession) => SessionTicket;
  readonly openInstanceSession: (session: NewInstanceSession) => SessionTicket;
  readonly openPortSession: (session: NewPortSession) => SessionTicket;
  readonly resumeSession: (sessionId: string) => SessionTicket | undefined;
  readonly terminateSession: (sessionId: string) => boolean;
  /** Starts a deployment that replaces every task of a service. */
  readonly deploy: (cluster: Cluster, service: Service) => void;
  readonly logs: LogStore;
  readonly runs: TaskRuns;
  readonly stopTask: (task: Task, reason: string) => void;
  /** Answers of RunTask by the token that makes it idempotent. */
  readonly clientTokens: Map<
    string,
    { readonly request: string; readonly answer: () => object }
  >;
  /** The ids of the sessions with an SSM target that are not over. */
  readonly listSessions: (target: string) => readonly string[];
};

/** The parameters of a JSON request. */
export type Parameters = Readonly<Record<string, unknown>>;
