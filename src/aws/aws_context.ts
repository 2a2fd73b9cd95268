import type { ExecFacts } from "./explain_exec_refusal.ts";

/** What was being done when AWS refused. */
export interface AwsContext {
  /** Completes "Cannot …". */
  readonly doing: string;
  /** The IAM action, for refusals that do not name it: `ecs:ListTasks`. */
  readonly action?: string;
  /** `doing`, for errors of the network too: where the endpoint does not tell what it was asked for. */
  readonly purpose?: string;
  readonly region?: string;
  readonly profile?: string | undefined;
  readonly cluster?: string;
  readonly service?: string;
  /** For ExecuteCommand: what DescribeTasks said about its target. */
  readonly exec?: ExecFacts;
}
