import type { Deployment, Task } from "../access/access.ts";
import {
  findPrimary,
  isRollback,
  needsReplacement,
  readAgents,
  type RolloutLook,
} from "./judge_rollout.ts";

/** What it takes to have ECS Exec on, or off, for a service and all its tasks. */
export type SwitchDecision =
  | { readonly kind: "already" }
  /** It has been asked for: the deployment has only to be waited for. */
  | { readonly kind: "under_way"; readonly deployment: Deployment }
  | {
    readonly kind: "update";
    /** What only a new task can change; where there is none, the setting alone is changed. */
    readonly lacking: readonly Task[];
  };

/** Plans the switch. Pure. */
export function decideSwitch(
  look: RolloutLook,
  enable: boolean,
): SwitchDecision {
  const { service, tasks } = look;
  const lacking = tasks.filter((task) => needsReplacement(task, enable));
  if (service.executeCommandEnabled !== enable) {
    return { kind: "update", lacking };
  }
  const primary = findPrimary(service);
  if (lacking.length === 0) {
    const starting = enable &&
      tasks.some((task) =>
        task.status === "RUNNING" && readAgents(task) === "PENDING"
      );
    return starting && primary !== undefined
      ? { kind: "under_way", deployment: primary }
      : { kind: "already" };
  }
  const isUnderWay = primary?.rolloutState === "IN_PROGRESS" &&
    !isRollback(primary) &&
    lacking.every(({ startedBy }) => startedBy !== primary.id);
  return isUnderWay
    ? { kind: "under_way", deployment: primary }
    : { kind: "update", lacking };
}
