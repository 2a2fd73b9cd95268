/**
 * The stable names of everything porthole can fail with.
 *
 * They are the `code` of an error object, so scripts rely on them: add, never rename.
 */
export type ErrorCode =
  | "usage"
  | "not_a_tty"
  | "config_not_found"
  | "config_invalid"
  | "no_region"
  | "no_credentials"
  | "expired_credentials"
  | "access_denied"
  | "throttled"
  | "unreachable"
  | "aws_refused"
  | "cluster_not_found"
  | "service_not_found"
  | "no_service"
  | "no_running_task"
  | "task_not_found"
  | "task_ambiguous"
  | "container_not_found"
  | "no_choice"
  | "exec_not_enabled"
  | "agent_not_running"
  | "target_not_connected"
  | "plugin_not_found"
  | "plugin_failed"
  | "cannot_start"
  | "not_executable"
  | "command_not_found"
  | "session_refused"
  | "session_lost"
  | "task_stopped"
  | "status_unknown"
  | "timed_out"
  | "cancelled"
  | "io_failed"
  | "internal";

/** What an error may say beside its one sentence. */
export interface ErrorDetails {
  /** What the user can do about it, one line an entry. */
  readonly hint?: string | undefined;
  /** A page that says more. */
  readonly link?: string | undefined;
  readonly cause?: unknown;
}

/** The only error porthole throws on purpose: "Cannot X: Y", with a remedy where there is one. */
export class PortholeError extends Error {
  override readonly name = "PortholeError";
  readonly hint: string | undefined;
  readonly link: string | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    details: ErrorDetails = {},
  ) {
    super(message, { cause: details.cause });
    this.hint = details.hint;
    this.link = details.link;
  }
}

/** Tells a value thrown by anyone as text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Makes porthole's own error of whatever was thrown: what it does not know is its own mistake. */
export function explainUnknown(error: unknown): PortholeError {
  if (error instanceof PortholeError) return error;
  return new PortholeError("internal", `Cannot go on: ${messageOf(error)}`, {
    hint: "this is a mistake of porthole's; --debug shows where",
    cause: error,
  });
}
