import {
  checkDirectSessions,
  checkIdentity,
  checkPermissions,
} from "./checks/check_caller.ts";
import {
  checkCluster,
  checkSessionKey,
  checkSessionLogging,
} from "./checks/check_cluster.ts";
import type { Check, CheckId } from "./checks/check.ts";
import { checkPlugin } from "./checks/check_plugin.ts";
import {
  checkRunningTasks,
  checkService,
  isRunning,
  type ServicePlace,
} from "./checks/check_service.ts";
import { checkDocker, checkProof, checkTools } from "./checks/check_session.ts";
import { checkConnection, checkTask } from "./checks/check_task.ts";
import { settle, settleUnseen } from "./checks/check.ts";
import type { DoctorFacts, InsideFacts, TargetFacts } from "./doctor_facts.ts";
import { valueOf } from "./seen.ts";

/** Checks all that was looked at, in the order in which a session comes about. */
export function listChecks(
  facts: DoctorFacts,
  settings: Pick<ServicePlace, "byDocker" | "hasDaemon">,
): readonly Check[] {
  const { identity, callerVerdicts, plugin, cluster, target, region } = facts;
  const inside = target?.inside;
  return deferProof(weighProof([
    checkIdentity(identity, facts),
    checkPermissions(callerVerdicts),
    checkDirectSessions(callerVerdicts),
    checkPlugin(plugin),
    checkCluster(cluster),
    checkSessionKey(cluster, region, inside),
    checkSessionLogging(cluster, region, inside),
    ...(target === undefined
      ? []
      : checkTarget(target, cluster.name, settings)),
  ], inside));
}

function checkTarget(
  target: TargetFacts,
  cluster: string,
  settings: Pick<ServicePlace, "byDocker" | "hasDaemon">,
): readonly Check[] {
  const { service, serviceName, tasks, inside, insideRefused } = target;
  const place = { ...settings, place: `${cluster}/${serviceName}` };
  return [
    ...(service === undefined ? [] : [checkService(service, place)]),
    ...(serviceName === undefined
      ? []
      : [checkRunningTasks(tasks, valueOf(service), place)]),
    ...(inside === undefined
      ? lackInside(target, insideRefused)
      : checkInside(inside)),
  ];
}

/** A task that cannot be looked into is said, once. */
function lackInside(
  { tasks, serviceName }: TargetFacts,
  refused: TargetFacts["insideRefused"],
): readonly Check[] {
  const name = { id: "task", title: "Task" } as const;
  if (refused !== undefined) {
    const { code, because, hints = [] } = refused;
    return [
      code === "access_denied" || code === "throttled"
        ? settleUnseen(name, refused)
        : settle(name, "fail", because, hints.join("\n")),
    ];
  }
  if (tasks.kind === "unseen") return [settleUnseen(name, tasks)];
  // Of a service, the running tasks say why there is none.
  return serviceName !== undefined && !tasks.value.some(isRunning) ? [] : [
    settle(name, "unknown", "there is none to look at"),
  ];
}

function checkInside(inside: InsideFacts): readonly Check[] {
  const { route, docker, proof, connection } = inside;
  const tools = checkTools(proof);
  return [
    checkTask(inside),
    ...(valueOf(route)?.kind === "docker" ? [] : checkConnection(inside)),
    ...(docker === undefined ? [] : [checkDocker(docker)]),
    ...(tools === undefined ? [] : [tools]),
    checkProof(proof, connection),
  ];
}

/** Where something else has failed, that is to be mended first: a session that fails too adds no remedy. */
function deferProof(checks: readonly Check[]): readonly Check[] {
  const failed = checks.filter(({ status }) => status === "fail");
  if (failed.length < 2) return checks;
  return checks.map((check) => {
    if (check.id !== "proof" || check.status !== "fail") return check;
    const { remedy: _, ...rest } = check;
    return rest;
  });
}

/** What keeps an agent from connecting cannot be so where a session through it has just worked. */
const REFUTABLE: readonly CheckId[] = [
  "permissions",
  "platform",
  "ecs_agent",
  "exec_agent",
  "task_role",
  "root_filesystem",
  "variables",
  "pid_mode",
  "network",
  "endpoints",
  "session_key",
];

/** A session that worked weighs more than what was read: such a failure is only a warning then. */
function weighProof(
  checks: readonly Check[],
  inside: InsideFacts | undefined,
): readonly Check[] {
  const works = inside?.proof.kind === "ran" && inside.proof.status === 0 &&
    valueOf(inside.route)?.kind === "ecs_exec";
  if (!works) return checks;
  return checks.map((check) =>
    check.status === "fail" && REFUTABLE.includes(check.id)
      ? {
        ...check,
        status: "warn",
        evidence: `${check.evidence} (a session worked all the same)`,
      }
      : check
  );
}

/** What has to be known for a diagnosis to be one; without a target the identity is enough. */
const DECISIVE: readonly CheckId[] = ["identity", "task", "exec_agent"];

/** 0 where nothing failed and what decides could be checked, else 1. */
export function statusOfChecks(checks: readonly Check[]): 0 | 1 {
  return checks.some(({ id, status }) =>
      status === "fail" || (status === "unknown" && DECISIVE.includes(id))
    )
    ? 1
    : 0;
}
