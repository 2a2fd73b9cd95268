import type { ExecFacts } from "./explain_exec_refusal.ts";

/** What was being done when AWS refused. */
export interface AwsContext {
  /** Completes "Cannot …". */
  readonly doing: string;
  /** The IAM action, for refusals that do not name it: `ecs:ListTasks`. */
  readonly action?: string;
  /** `doing`, for errors of the network too: where the endpoint alone does not show what it was asked for. */
  readonly purpose?: string;
  readonly region?: string;
  readonly profile?: string | undefined;
  /** How to get new credentials, should these have expired. */
  readonly renewal?: string | undefined;
  readonly cluster?: string;
  readonly service?: string;
  /** The log group that was asked for. */
  readonly logGroup?: string;
  /** What was sent and is not for showing, should AWS quote it: values of variables, the command. */
  readonly secrets?: readonly string[];
  /** For ExecuteCommand: what DescribeTasks said about its target. */
  readonly exec?: ExecFacts;
}
