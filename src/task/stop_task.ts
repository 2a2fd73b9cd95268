import type { Directory, Tasks } from "../access/access.ts";
import type { Deps } from "../deps.ts";
import { type ErrorCode, messageOf, PortholeError } from "../errors.ts";

/** Between two tries; the SDK has tried several times in each. */
const RETRY_MS = [1_000, 2_000, 4_000] as const;

/** Refusals that another try will not change. */
const FINAL: readonly ErrorCode[] = [
  "access_denied",
  "no_credentials",
  "cluster_not_found",
];

/** A task to stop. */
export interface StopRequest {
  /** Name or ARN. */
  readonly cluster: string;
  readonly taskId: string;
  /** The reason that ECS shows for it. */
  readonly reason: string;
}

/**
 * Stops a task: tries again where that failed, and gives up after some seconds.
 *
 * @throws {PortholeError} task_not_stopped, with the command that stops it.
 */
export async function stopTask(
  access: Pick<Tasks, "stopTask"> & Pick<Directory, "region">,
  { cluster, taskId, reason }: StopRequest,
  { deps, onRetry }: {
    readonly deps: Pick<Deps, "sleep">;
    readonly onRetry: (message: string) => void;
  },
): Promise<void> {
  for (let tries = 0;; tries++) {
    try {
      return await access.stopTask(cluster, taskId, reason);
    } catch (error) {
      const wait = RETRY_MS[tries];
      if (wait === undefined || isFinal(error)) {
        throw explainNotStopped(access.region, { cluster, taskId }, error);
      }
      onRetry(messageOf(error));
      await deps.sleep(wait);
    }
  }
}

/** The error of a task that is left running against our will. */
export function explainNotStopped(
  region: string,
  { cluster, taskId }: Pick<StopRequest, "cluster" | "taskId">,
  cause: unknown,
): PortholeError {
  const { hints, link } = cause instanceof PortholeError
    ? cause
    : { hints: [], link: undefined };
  const attempt = `stop task ${taskId}`;
  return new PortholeError(
    "task_not_stopped",
    {
      cannot: `${attempt}, which is still running`,
      because: cause instanceof PortholeError && cause.cannot === attempt
        ? cause.because
        : messageOf(cause),
    },
    {
      hint: [
        `stop it: ${stopLine(region, cluster, taskId)}`,
        ...hints,
      ],
      link,
      cause,
    },
  );
}

/** The command line of the AWS CLI that stops a task. */
export function stopLine(
  region: string,
  cluster: string,
  taskId: string,
): string {
  return `aws ecs stop-task --region ${region} --cluster ${cluster} --task ${taskId}`;
}

/** The command line of the AWS CLI that finds what was started for a run. */
export function findLine(
  region: string,
  cluster: string,
  startedBy: string,
): string {
  return `aws ecs list-tasks --region ${region} --cluster ${cluster} --started-by ${startedBy}`;
}

function isFinal(error: unknown): boolean {
  return error instanceof PortholeError && FINAL.includes(error.code);
}
