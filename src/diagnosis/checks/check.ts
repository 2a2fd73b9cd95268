import type { Cause } from "../cause.ts";
import type { Unseen } from "../seen.ts";

/** What a check came to; `unknown`: it could not be checked. */
export type CheckStatus = "ok" | "warn" | "fail" | "unknown";

/** Every check there is; scripts rely on the names. */
export type CheckId =
  | "identity"
  | "permissions"
  | "direct_sessions"
  | "plugin"
  | "cluster"
  | "session_key"
  | "session_logging"
  | "service"
  | "running_tasks"
  | "task"
  | "platform"
  | "ecs_agent"
  | "exec_agent"
  | "task_role"
  | "root_filesystem"
  | "init_process"
  | "variables"
  | "pid_mode"
  | "network"
  | "endpoints"
  | "docker"
  | "rack"
  | "rack_token"
  | "rack_ecs_exec"
  | "tools"
  | "proof";

/** One thing that was looked at, and what was found. */
export interface Check {
  readonly id: CheckId;
  readonly title: string;
  readonly status: CheckStatus;
  /** What was seen, or why nothing was. */
  readonly evidence: string;
  /** What to do, a line each; a line that is a command begins with its program. */
  readonly remedy?: string;
  /** A page with more about it. */
  readonly link?: string;
}

/** What a check is, before it is known what it came to. */
export type CheckName = Pick<Check, "id" | "title" | "link">;

/** AWS's page on what ECS Exec needs. */
export const EXEC_LINK =
  "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html";
/** AWS's page on what keeps it from working. */
export const TROUBLESHOOTING_LINK =
  "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec-troubleshooting.html";

/** A check that came to something; only a problem has a link. */
export function settle(
  { id, title, link }: CheckName,
  status: CheckStatus,
  evidence: string,
  remedy?: string,
): Check {
  return {
    id,
    title,
    status,
    evidence,
    ...(remedy ? { remedy } : {}),
    ...(link !== undefined && (status === "fail" || status === "warn")
      ? { link }
      : {}),
  };
}

/** A check of something that could not be looked at: the permission that lacks is in the evidence. */
export function settleUnseen(
  name: CheckName,
  { because, hints = [] }: Unseen,
): Check {
  return settle(
    name,
    "unknown",
    `could not be checked: ${because}`,
    hints.join("\n"),
  );
}

/** A check by the rules for an agent that does not connect. */
export function settleCauses(
  name: CheckName,
  causes: readonly Cause[],
  well: string,
): Check {
  const [first] = causes;
  if (first === undefined) return settle(name, "ok", well);
  const certainties = causes.map(({ certainty }) => certainty);
  const status = certainties.includes("certain")
    ? "fail"
    : certainties.includes("likely")
    ? "warn"
    : "unknown";
  return settle(
    name,
    status,
    causes.map(({ evidence }) => evidence).join("; "),
    causes.map(({ remedy }) => remedy).join("\n"),
  );
}
