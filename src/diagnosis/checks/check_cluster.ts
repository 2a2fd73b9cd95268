import type { ExecSettings, Verdict } from "../../access/access.ts";
import { allowInRole, findTaskRole } from "../judge_connection.ts";
import { findReach, type Reach } from "../find_reach.ts";
import type { ClusterFacts, InsideFacts } from "../doctor_facts.ts";
import type { Seen } from "../seen.ts";
import { isDenied } from "./check_caller.ts";
import { type Check, type CheckName, settle, settleUnseen } from "./check.ts";

/** The actions of a task role that writes a session's log, from AWS's "Logging and auditing using ECS Exec". */
export const LOG_ACTIONS = [
  "logs:DescribeLogGroups",
  "logs:CreateLogStream",
  "logs:DescribeLogStreams",
  "logs:PutLogEvents",
] as const;
/** The same where a bucket gets it. */
export const BUCKET_ACTIONS = [
  "s3:PutObject",
  "s3:GetEncryptionConfiguration",
] as const;
/** What the agent needs to open a session's key. */
export const KEY_ACTION = "kms:Decrypt";

const CLUSTER: CheckName = { id: "cluster", title: "Cluster" };
const KEY: CheckName = {
  id: "session_key",
  title: "Session encryption",
  link:
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html",
};
const LOGGING: CheckName = {
  id: "session_logging",
  title: "Session logging",
  link:
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec-logging.html",
};

/** Whether the cluster is there. */
export function checkCluster({ name, settings }: ClusterFacts): Check {
  if (settings.kind === "seen") {
    const { status } = settings.value;
    return settle(
      CLUSTER,
      status === "ACTIVE" ? "ok" : "warn",
      `${name} is ${status}`,
    );
  }
  const { code, because, hints = [] } = settings;
  return code === "cluster_not_found"
    ? settle(CLUSTER, "fail", because, hints.join("\n"))
    : settleUnseen(CLUSTER, settings);
}

/** Whether both ends get the key that the cluster asks for: we from KMS, and the task with its role. */
export function checkSessionKey(
  { settings, dataKey }: ClusterFacts,
  region: string,
  inside: InsideFacts | undefined,
): Check {
  if (settings.kind === "unseen") return settleUnseen(KEY, settings);
  const { kmsKeyId } = settings.value;
  if (kmsKeyId === undefined) {
    return settle(KEY, "ok", "the cluster sets no KMS key; TLS encrypts");
  }
  if (dataKey?.kind === "unseen") {
    const { because, hints = [], code } = dataKey;
    return code === "throttled" || code === "unreachable"
      ? settleUnseen(KEY, dataKey)
      : settle(KEY, "fail", because, hints.join("\n"));
  }
  const role = inside === undefined
    ? undefined
    : checkRole(inside, [KEY_ACTION], kmsKeyId);
  const reach = inside && reachOf(inside, "kms", region);
  return role ?? closedReach(KEY, reach) ??
    settle(KEY, "ok", `KMS key ${kmsKeyId}; you may use it`);

  // A key's own policy may allow what the role's policies do not.
  function checkRole(
    { loggingVerdicts, connection }: InsideFacts,
    actions: readonly string[],
    key: string,
  ): Check | undefined {
    const denied = deniedOf(loggingVerdicts, actions);
    if (denied.length === 0) return undefined;
    const arn = findTaskRole(connection);
    const isExplicit = denied.some(({ kind }) => kind === "explicitly_denied");
    return settle(
      KEY,
      isExplicit ? "fail" : "warn",
      `KMS key ${key}: no policy of the task role allows ${KEY_ACTION}; only the key's own policy still may`,
      allowInRole(arn ?? "", actions, key.startsWith("arn:") ? key : "*"),
    );
  }
}

/** Where sessions are logged, and whether the task may write there. */
export function checkSessionLogging(
  { settings }: ClusterFacts,
  region: string,
  inside: InsideFacts | undefined,
): Check {
  if (settings.kind === "unseen") return settleUnseen(LOGGING, settings);
  const { logging, logGroup, bucket } = settings.value;
  if (logging !== "OVERRIDE") {
    return settle(
      LOGGING,
      "ok",
      logging === "NONE"
        ? "off (NONE): what is typed and printed is not recorded"
        : "to the task's own log, where it uses awslogs (DEFAULT)",
    );
  }
  const places = [
    ...(logGroup === undefined ? [] : [`log group ${logGroup}`]),
    ...(bucket === undefined ? [] : [`bucket ${bucket}`]),
  ].join(" and ");
  const where = places || "nowhere (OVERRIDE without a place)";
  const denied = deniedOf(
    inside?.loggingVerdicts,
    loggingActions(settings.value),
  );
  if (inside !== undefined && denied.length > 0) {
    const actions = [...new Set(denied.map(({ action }) => action))];
    return settle(
      LOGGING,
      "warn",
      `to ${where}, but the task role does not allow ${actions.join(", ")}`,
      allowInRole(findTaskRole(inside.connection) ?? "", actions),
    );
  }
  const services = [
    ...(logGroup === undefined ? [] : ["logs"]),
    ...(bucket === undefined ? [] : ["s3"]),
  ];
  const closed = services.flatMap((service) =>
    closedReach(LOGGING, inside && reachOf(inside, service, region)) ?? []
  );
  return closed[0] ??
    settle(LOGGING, "ok", `to ${where}; the image needs script and cat for it`);
}

/** What the task role needs for the logging that a cluster asks for. */
export function loggingActions(
  { logging, logGroup, bucket }: ExecSettings,
): readonly string[] {
  if (logging !== "OVERRIDE") return [];
  return [
    ...(logGroup === undefined ? [] : LOG_ACTIONS),
    ...(bucket === undefined ? [] : BUCKET_ACTIONS),
  ];
}

function deniedOf(
  verdicts: Seen<readonly Verdict[]> | undefined,
  actions: readonly string[],
): readonly Verdict[] {
  return verdicts?.kind === "seen"
    ? verdicts.value.filter((verdict) =>
      isDenied(verdict) && actions.includes(verdict.action)
    )
    : [];
}

function reachOf(
  { connection: { surroundings } }: InsideFacts,
  service: string,
  region: string,
): Reach | undefined {
  return surroundings && findReach(surroundings, service, region);
}

function closedReach(
  name: CheckName,
  reach: Reach | undefined,
): Check | undefined {
  if (reach?.kind !== "barred" || reach.certainty === "possible") {
    return undefined;
  }
  const status = reach.certainty === "certain" ? "fail" : "warn";
  return settle(name, status, reach.evidence, reach.remedy);
}
