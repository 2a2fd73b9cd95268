/**
 * Everything porthole can fail with: its stable name, and what `porthole help errors` says of it.
 *
 * The names are the `code` of an error object, so scripts rely on them: add, never rename.
 */
export const ERRORS = {
  usage: "a mistake on the command line",
  not_a_tty: "a terminal is required, and there is none",
  config_not_found: "the configuration file does not exist",
  config_invalid: "a mistake in the configuration file",
  no_region: "no AWS region is set",
  no_credentials:
    "no AWS credentials were found, or AWS does not recognize them",
  expired_credentials: "the AWS credentials or the sign-in have expired",
  access_denied: "the credentials do not allow it",
  throttled: "AWS is throttling requests",
  unreachable: "the AWS endpoint did not answer, or what answered is not AWS",
  aws_refused: "AWS refused the request, and no more specific code applies",
  cluster_not_found: "there is no such cluster in the region",
  service_not_found: "there is no such service in the cluster",
  no_service: "no service was named",
  service_unsuitable: "ECS Exec cannot be turned on or off for this service",
  deployment_failed: "the service's deployment failed or was rolled back",
  no_running_task: "the service has no running task",
  task_not_found: "there is no such task in the cluster",
  task_ambiguous: "several tasks have such an id or address",
  container_not_found: "the task has no such container, or it is not running",
  no_choice: "a choice is needed, and there is no terminal to ask on",
  exec_not_enabled: "the task was started without ECS Exec",
  agent_not_running: "the container's ECS Exec agent is not running",
  target_not_connected: "the agent has not reached Session Manager",
  plugin_not_found: "session-manager-plugin is not in PATH",
  plugin_failed: "session-manager-plugin failed",
  cannot_listen: "a local port cannot be listened on",
  cannot_link: "a link could not be made",
  cannot_start: "the command could not be started",
  not_executable: "the command was found but cannot be run",
  command_not_found: "the command was not found",
  docker_unreachable: "the Docker daemon does not answer",
  docker_untrusted:
    "the Docker daemon's certificate, or the one presented to it, was rejected",
  docker_refused:
    "the Docker daemon refused the request, or the address is not a Docker daemon",
  session_refused: "AWS or the agent refused the session",
  session_lost: "the connection broke and could not be resumed",
  task_stopped: "the task stopped",
  task_not_started: "the task did not start, or stopped immediately",
  task_not_stopped: "the task that was started could not be stopped",
  rack_not_found: "no rack of that name is known here",
  rack_refused: "the rack refused the request, or what answered is not a rack",
  parameter_invalid:
    "a parameter of a rack is not written as Key=Value, or is set twice",
  status_unknown: "the session ended before the exit status arrived",
  timed_out: "--timeout or --agent-timeout expired",
  cancelled: "cancelled by the user",
  io_failed: "a file or stream could not be read or written to its end",
  logs_unavailable: "the container's logs cannot be read from here",
  log_group_not_found: "there is no such log group in the region",
  update_unknown: "could not check for a newer version",
  internal: "a bug in porthole",
} as const satisfies Readonly<Record<string, string>>;

/** One of these names. */
export type ErrorCode = keyof typeof ERRORS;

/** What an error may add to its sentence. */
export interface ErrorDetails {
  /** What the user can do about it: one line, or several. */
  readonly hint?: string | readonly string[] | undefined;
  /** A page with more about it. */
  readonly link?: string | undefined;
  readonly cause?: unknown;
}

/** The two halves of "Cannot X: Y". */
export interface Failure {
  /** What was being done, as it follows "Cannot". */
  readonly cannot: string;
  /** Why it failed. */
  readonly because: string;
}

/** The only error porthole throws on purpose: "Cannot X: Y", with a remedy where there is one. */
export class PortholeError extends Error {
  override readonly name = "PortholeError";
  /** What was being done, where the sentence begins with it. */
  readonly cannot: string | undefined;
  /** Why it failed, without what was being done; the whole sentence where `cannot` is undefined. */
  readonly because: string;
  /** What the user can do about it, a line each. */
  readonly hints: readonly string[];
  readonly link: string | undefined;

  constructor(
    readonly code: ErrorCode,
    failure: Failure | string,
    details: ErrorDetails = {},
  ) {
    super(
      typeof failure === "string"
        ? failure
        : `Cannot ${failure.cannot}: ${failure.because}`,
      { cause: details.cause },
    );
    ({ cannot: this.cannot, because: this.because } =
      typeof failure === "string"
        ? { cannot: undefined, because: failure }
        : failure);
    this.hints = [details.hint ?? []].flat();
    this.link = details.link;
  }

  /** Its hints as one text. */
  get hint(): string | undefined {
    return this.hints.length === 0 ? undefined : this.hints.join("\n");
  }

  /** The same error, of the same class, with these details in the place of its own. */
  withDetails(
    { hints = this.hints, link = this.link }: Partial<
      Pick<PortholeError, "hints" | "link">
    >,
  ): this {
    return Object.defineProperties(
      Object.create(Object.getPrototypeOf(this)),
      {
        ...Object.getOwnPropertyDescriptors(this),
        ...Object.getOwnPropertyDescriptors({ hints, link }),
      },
    );
  }

  /** The same error with one more line of hints. */
  withHint(line: string): this {
    return this.withDetails({ hints: [...this.hints, line] });
  }
}

/** The text of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Turns any thrown value into a PortholeError: an unexpected one is a bug in porthole. */
export function explainUnknown(error: unknown): PortholeError {
  if (error instanceof PortholeError) return error;
  return new PortholeError("internal", `Cannot continue: ${messageOf(error)}`, {
    hint:
      "this is a bug in porthole; please report it with the output of --debug",
    cause: error,
  });
}
