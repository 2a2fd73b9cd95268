import type { Service, Task } from "../../access/access.ts";
import type { TargetFacts } from "../doctor_facts.ts";
import {
  type Check,
  type CheckName,
  EXEC_LINK,
  settle,
  settleUnseen,
} from "./check.ts";

const SERVICE: CheckName = { id: "service", title: "Service", link: EXEC_LINK };
const RUNNING: CheckName = {
  id: "running_tasks",
  title: "Running tasks",
  link: EXEC_LINK,
};

/** What a service is checked with. */
export interface ServicePlace {
  /** `cluster/service`. */
  readonly place: string;
  /** Docker is the way that was chosen: ECS Exec is not wanted. */
  readonly byDocker: boolean;
  /** There is a Docker daemon to fall back on. */
  readonly hasDaemon: boolean;
}

/** Whether the tasks that a service starts get ECS Exec. */
export function checkService(
  service: NonNullable<TargetFacts["service"]>,
  { place, byDocker, hasDaemon }: ServicePlace,
): Check {
  if (service.kind === "unseen") {
    const { code, because, hints = [] } = service;
    return code === "service_not_found" || code === "cluster_not_found"
      ? settle(SERVICE, "fail", because, hints.join("\n"))
      : settleUnseen(SERVICE, service);
  }
  const { status, executeCommandEnabled, deploymentController } = service.value;
  const by = deploymentController === "ECS"
    ? ""
    : `, deployed by ${deploymentController}`;
  if (status !== "ACTIVE") {
    return settle(SERVICE, "warn", `it is ${status}: it is being deleted`);
  }
  if (executeCommandEnabled) {
    return settle(SERVICE, "ok", `ECS Exec is on (enableExecuteCommand)${by}`);
  }
  if (byDocker) {
    return settle(
      SERVICE,
      "ok",
      `ECS Exec is off, and Docker was chosen instead${by}`,
    );
  }
  return settle(
    SERVICE,
    hasDaemon ? "warn" : "fail",
    `ECS Exec is off (enableExecuteCommand)${by}`,
    adviseOnTurn(service.value, place),
  );
}

/** Whether the tasks that run have ECS Exec: one that was started before it was turned on never gets it. */
export function checkRunningTasks(
  tasks: Seen,
  service: Service | undefined,
  { place, byDocker, hasDaemon }: ServicePlace,
): Check {
  if (tasks.kind === "unseen") return settleUnseen(RUNNING, tasks);
  const running = tasks.value.filter(isRunning);
  if (running.length === 0) {
    return settle(
      RUNNING,
      "fail",
      tellNone(tasks.value, service),
      `porthole status ${place}`,
    );
  }
  const old = running.filter(({ executeCommandEnabled }) =>
    !executeCommandEnabled
  );
  const all = running.length;
  if (old.length === 0 || byDocker) {
    return settle(
      RUNNING,
      "ok",
      byDocker && old.length > 0
        ? `${all} running; Docker was chosen`
        : `${all} running, all with ECS Exec`,
    );
  }
  const ids = old.slice(0, 5).map(({ id }) => id).join(", ");
  return settle(
    RUNNING,
    old.length === all && !hasDaemon ? "fail" : "warn",
    `${old.length} of ${all} started without ECS Exec: ${ids}${
      old.length > 5 ? ", …" : ""
    }`,
    service === undefined
      ? "start them again with it: aws ecs run-task --enable-execute-command"
      : adviseOnTurn(service, place),
  );
}

type Seen = TargetFacts["tasks"];

/** Whether a task runs and is meant to. */
export function isRunning({ status, desiredStatus }: Task): boolean {
  return status === "RUNNING" && desiredStatus !== "STOPPED";
}

/** `enable-exec` forces a deployment, which only ECS's own controller takes. */
function adviseOnTurn(
  { deploymentController }: Service,
  place: string,
): string {
  return deploymentController === "ECS"
    ? `porthole enable-exec ${place}`
    : `turn it on and deploy with ${deploymentController}: porthole enable-exec ${place} says how`;
}

function tellNone(
  tasks: readonly Task[],
  service: Service | undefined,
): string {
  const [last] = tasks.toSorted((a, b) =>
    (b.stoppedAt?.getTime() ?? Infinity) - (a.stoppedAt?.getTime() ?? Infinity)
  );
  if (last === undefined) {
    return service?.desired === 0
      ? "none: its desired count is 0"
      : "none, and none has stopped within the last hour";
  }
  const reason = last.stoppedReason === undefined
    ? ""
    : ` (${last.stoppedReason})`;
  return `none: task ${last.id} is ${last.status}${reason}`;
}
