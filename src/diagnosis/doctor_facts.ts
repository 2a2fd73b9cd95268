import type {
  CallerIdentity,
  Container,
  ExecSettings,
  Service,
  Task,
  Verdict,
} from "../access/access.ts";
import type { SessionChoice } from "../choices.ts";
import type { Setting } from "../setting.ts";
import type { Route } from "../route/route.ts";
import type { ConnectionFacts } from "./connection_facts.ts";
import type { Seen, Unseen } from "./seen.ts";

/** Everything that a doctor has looked at. */
export interface DoctorFacts {
  readonly region: string;
  readonly profile: string | undefined;
  readonly identity: Seen<CallerIdentity>;
  /** What our policies allow; absent where nobody was asked. */
  readonly callerVerdicts: Seen<readonly Verdict[]> | undefined;
  readonly plugin: PluginFacts;
  readonly cluster: ClusterFacts;
  /** Absent where neither TARGET nor configuration name anything. */
  readonly target: TargetFacts | undefined;
}

/** What there is of session-manager-plugin. */
export interface PluginFacts {
  readonly session: Pick<Setting<SessionChoice>, "value">;
  readonly found: Seen<{
    readonly path: string;
    readonly version: string | undefined;
    /** Whether it is new enough for AWS's endpoint. */
    readonly signs: boolean;
  }>;
}

/** The cluster, and its key. */
export interface ClusterFacts {
  /** Its name. */
  readonly name: string;
  readonly settings: Seen<ExecSettings>;
  /** Whether we get keys of it; absent where it has none. */
  readonly dataKey: Seen<void> | undefined;
}

/** A service, or a task, and what runs of it. */
export interface TargetFacts {
  /** Its name; absent for a task that no service started. */
  readonly serviceName: string | undefined;
  readonly service: Seen<Service> | undefined;
  /** The tasks that run, or those that did; one where a task was named. */
  readonly tasks: Seen<readonly Task[]>;
  /** The one that the other checks are about, and its container. */
  readonly inside: InsideFacts | undefined;
  /** Why there is none, where that is not for a lack of tasks. */
  readonly insideRefused: Unseen | undefined;
}

/** One container of a running task. */
export interface InsideFacts {
  readonly task: Task;
  readonly container: Container;
  readonly connection: ConnectionFacts;
  /** What the task role allows of logging and keys; absent where the cluster asks for neither. */
  readonly loggingVerdicts: Seen<readonly Verdict[]> | undefined;
  readonly route: Seen<Route>;
  /** Absent where the route is another. */
  readonly docker: Seen<string> | undefined;
  readonly proof: ProofFacts;
}

/** What the shell script of a session finds in a container. */
export interface ToolFacts {
  readonly stty: boolean;
  readonly base64: boolean;
  readonly dd: boolean;
  readonly uniq: boolean;
}

/** A session that ran `true`, or why there was none. */
export type ProofFacts =
  | { readonly kind: "skipped"; readonly because: string }
  | {
    readonly kind: "ran";
    readonly status: number | undefined;
    readonly milliseconds: number;
    readonly tools: ToolFacts | undefined;
  }
  | { readonly kind: "failed"; readonly reason: Unseen };
