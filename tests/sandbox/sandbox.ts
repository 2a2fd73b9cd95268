import type { CallerIdentity } from "./caller_identity.ts";
import type { RackService } from "./rack_service.ts";

/** One API request as it is logged; tokens and keys are redacted. */
export type LoggedRequest = {
  /** When it was answered, ISO 8601. */
  readonly time: string;
  /** `ecs`, `ec2`, `ssm`, `sts`, `kms` or `ssmmessages`. */
  readonly service: string;
  /** `ListTasks`, `ExecuteCommand`, …; `OpenDataChannel` for the upgrade. */
  readonly operation: string;
  /** The request's own parameters. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Who has signed it. */
  readonly caller?: CallerIdentity;
  /** HTTP status and, if refused, AWS's error name and message. */
  readonly answer: {
    readonly status: number;
    readonly error?: string;
    readonly message?: string;
  };
  /** Milliseconds from the request's arrival to its answer. */
  readonly milliseconds: number;
};

/** What has happened in a session, in order; for tests that wait. */
export type SessionEvent =
  | { readonly kind: "created"; readonly sessionId: string }
  | {
    readonly kind: "joined";
    readonly sessionId: string;
    readonly clientId: string;
  }
  | {
    readonly kind: "started";
    readonly sessionId: string;
    readonly pid: number;
  }
  | {
    readonly kind: "resized";
    readonly sessionId: string;
    readonly cols: number;
    readonly rows: number;
  }
  | { readonly kind: "cut"; readonly sessionId: string }
  /** The agent has lost its own socket in mid-input. */
  | { readonly kind: "agent-cut"; readonly sessionId: string }
  /** The pty is full: from now on the agent is blind, until there is room. */
  | { readonly kind: "full"; readonly sessionId: string }
  /** The control channel is blocked: the session will never start. */
  | { readonly kind: "unheard"; readonly sessionId: string }
  | { readonly kind: "resumed"; readonly sessionId: string }
  | { readonly kind: "terminating"; readonly sessionId: string }
  | {
    readonly kind: "exited";
    readonly sessionId: string;
    readonly code: number;
    readonly signal: number;
  }
  | {
    readonly kind: "closed";
    readonly sessionId: string;
    /** The text of `channel_closed`; empty is a normal end. */
    readonly output: string;
  };

/** A task that RunTask has started has entered a state. */
export type TaskChange = {
  /** ISO 8601. */
  readonly time: string;
  readonly taskId: string;
  readonly status: "PROVISIONING" | "PENDING" | "RUNNING" | "STOPPED";
  /** With STOPPED. */
  readonly stopCode?: string | undefined;
  readonly stoppedReason?: string | undefined;
};

/** A session as it stands. */
export type SessionInfo = {
  readonly sessionId: string;
  readonly cluster: string;
  readonly taskId: string;
  readonly container: string;
  /** The command as ExecuteCommand got it. */
  readonly command: string;
  /** The container's home and working directory. */
  readonly directory: string;
  readonly state: "created" | "running" | "exited" | "closed";
  /** Process id of the real process, once it runs. */
  readonly pid: number | undefined;
  /** Frames and payload bytes sent to the client, resends not counted. */
  readonly sent: { readonly frames: number; readonly bytes: number };
  /** Frames and payload bytes accepted from the client, duplicates not counted. */
  readonly received: { readonly frames: number; readonly bytes: number };
  /** Output frames that were sent again. */
  readonly resent: number;
  /** Output frames that are not acknowledged: at the end, those that were given up. */
  readonly unacknowledged: number;
  /** Input frames that came again and were acknowledged again. */
  readonly duplicates: number;
};

/** A running sandbox. */
export type Sandbox = {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** `https://localhost:PORT`, with the option `tls`. */
  readonly tlsUrl: string | undefined;
  /** The TLS port, with the option `tls`. */
  readonly tlsPort: number | undefined;
  /** File of the test CA, for AWS_CA_BUNDLE. */
  readonly caFile: string;
  /** What a program must have in its environment to talk to this sandbox. */
  readonly env: Readonly<Record<string, string>>;
  /** The service of racks, with the option `rack`. */
  readonly rack: RackService | undefined;
  /** A temporary directory that is removed by `close`. */
  readonly directory: string;
  /** The requests so far. */
  requests(): readonly LoggedRequest[];
  /** The sessions so far, oldest first. */
  sessions(): readonly SessionInfo[];
  /** The session events so far. */
  events(): readonly SessionEvent[];
  /** What the tasks went through that RunTask has started. */
  taskChanges(): readonly TaskChange[];
  /** The tasks there are, for tests that need their ids. */
  tasks(service?: string, cluster?: string): readonly {
    readonly taskId: string;
    readonly taskArn: string;
    readonly status: string;
    readonly runtimeIds: Readonly<Record<string, string>>;
  }[];
  /** Opens a session as a rack does for somebody else, and tells what its client needs. */
  openSession(
    place: { readonly taskId: string; readonly container: string },
    command: string,
  ): {
    readonly sessionId: string;
    readonly streamUrl: string;
    readonly tokenValue: string;
  };
  /** A container as its processes find it. */
  openContainer(
    place: { readonly taskId: string; readonly container: string },
  ): {
    readonly path: string;
    readonly tools: string | undefined;
    readonly home: string;
    readonly env: Readonly<Record<string, string>>;
  };
  /** Resolves once the predicate holds; looked at again on every request and session event. */
  waitFor(
    predicate: (sandbox: Sandbox) => boolean,
    timeoutMs?: number,
  ): Promise<void>;
  /** Cuts every data channel without a goodbye; the processes keep running. */
  dropConnections(): void;
  /** Stops a task, ending its sessions, as ECS does. */
  stopTask(taskId: string, reason?: string): void;
  /** The credentials of all callers expire from now on, or are good again. */
  setExpired(expired: boolean): void;
  /** Ends every process it started, every connection and the temporary directory. */
  close(): Promise<void>;
};
