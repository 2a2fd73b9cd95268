import type { Definitions, Directory } from "../access/access.ts";
import type { Deps } from "../deps.ts";
import { type ErrorCode, PortholeError } from "../errors.ts";
import {
  judgeRollout,
  type RolloutGoal,
  type RolloutLook,
  type RolloutState,
} from "./judge_rollout.ts";

/** How following a rollout ended, and what was seen last. */
export interface RolloutEnd {
  readonly state:
    | Exclude<RolloutState, { readonly kind: "going" | "replaced" }>
    | { readonly kind: "timed_out" };
  readonly look: RolloutLook;
  /** The deployment that was followed last. */
  readonly goal: RolloutGoal;
}

/** What following takes. */
export interface RolloutParts {
  readonly access:
    & Pick<Definitions, "describeService">
    & Pick<Directory, "listTasks">;
  readonly cluster: string;
  readonly service: string;
  /** Milliseconds; 0 means no limit. */
  readonly limitMs: number;
  readonly deps: Pick<Deps, "now" | "sleep">;
  /** Called with each look, and waited for. */
  readonly onLook: (look: RolloutLook, goal: RolloutGoal) => Promise<void>;
}

/** Between two looks at first, and at most: tasks take a minute, but small ones may be quick. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5_000;

/** Looks in a row that may fail. */
const FAILURES_TOLERATED = 5;

/** What says nothing about the rollout, and may pass. */
const PASSING: readonly ErrorCode[] = ["throttled", "unreachable"];

/** Looks at a service and its tasks together. */
export async function lookAtService(
  { access, cluster, service }: Pick<
    RolloutParts,
    "access" | "cluster" | "service"
  >,
): Promise<RolloutLook> {
  const [described, tasks] = await Promise.all([
    access.describeService(cluster, service),
    access.listTasks(cluster, service, "RUNNING"),
  ]);
  return { service: described, tasks };
}

/**
 * Looks at a service until its deployment has brought about what it was to, or will not any more.
 * When the service is deployed again, the new deployment is followed.
 *
 * @throws {PortholeError} what `access` throws, unless it passes.
 */
export async function followRollout(
  first: RolloutGoal,
  parts: RolloutParts,
): Promise<RolloutEnd> {
  const { limitMs, deps, onLook } = parts;
  const start = deps.now().getTime();
  let goal = first;
  let waitMs = FIRST_WAIT_MS;
  let failures = 0;
  for (;;) {
    const look = await lookAtService(parts).catch((error: unknown) => {
      if (++failures > FAILURES_TOLERATED || !isPassing(error)) throw error;
      return undefined;
    });
    if (look !== undefined) {
      failures = 0;
      const state = judgeRollout(look, goal);
      if (state.kind === "replaced") goal = { ...goal, deployment: state.by };
      await onLook(look, goal);
      if (state.kind !== "going" && state.kind !== "replaced") {
        return { state, look, goal };
      }
      const leftMs = limitMs === 0
        ? Infinity
        : start + limitMs - deps.now().getTime();
      if (leftMs <= 0) return { state: { kind: "timed_out" }, look, goal };
      await deps.sleep(Math.min(waitMs, leftMs));
    } else {
      await deps.sleep(waitMs);
    }
    waitMs = Math.min(waitMs * 1.5, LONGEST_WAIT_MS);
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof PortholeError && PASSING.includes(error.code);
}
