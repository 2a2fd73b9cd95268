import type { CallerIdentity, Verdict } from "../../access/access.ts";
import type { Seen } from "../seen.ts";
import {
  type Check,
  type CheckName,
  EXEC_LINK,
  settle,
  settleUnseen,
} from "./check.ts";

/** What a session needs of us, and what it can do without. */
export const NEEDED_ACTIONS = [
  "ecs:ExecuteCommand",
  "ssmmessages:OpenDataChannel",
] as const;
/** What keeps a session across a broken connection, and ends one that does not end by itself. */
export const USEFUL_ACTIONS = [
  "ssm:TerminateSession",
  "ssm:ResumeSession",
] as const;
/** What opens the same containers past ECS Exec and its records. */
export const DIRECT_ACTION = "ssm:StartSession";

const IDENTITY: CheckName = { id: "identity", title: "Identity" };
const PERMISSIONS: CheckName = {
  id: "permissions",
  title: "Your permissions",
  link: EXEC_LINK,
};
const DIRECT: CheckName = {
  id: "direct_sessions",
  title: "Sessions past ECS Exec",
  link:
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html#ecs-exec-limit-access-start-session",
};

/** Who we are; without an answer nothing else of AWS's can be relied on. */
export function checkIdentity(
  identity: Seen<CallerIdentity>,
  { region, profile }: {
    readonly region: string;
    readonly profile: string | undefined;
  },
): Check {
  if (identity.kind === "seen") {
    const { arn, account } = identity.value;
    const by = profile === undefined ? "" : `, profile ${profile}`;
    return settle(
      IDENTITY,
      "ok",
      `${arn} (account ${account}, region ${region}${by})`,
    );
  }
  const { code, because, hints = [] } = identity;
  const isOurs = code === "no_credentials" || code === "expired_credentials";
  return isOurs
    ? settle(IDENTITY, "fail", because, hints.join("\n"))
    : settleUnseen(IDENTITY, identity);
}

/** What our policies allow of a session. Verdicts are absent where there is nobody to ask about. */
export function checkPermissions(
  verdicts: Seen<readonly Verdict[]> | undefined,
): Check {
  if (verdicts === undefined) {
    return settle(
      PERMISSIONS,
      "unknown",
      "not checked: the identity is not known",
    );
  }
  if (verdicts.kind === "unseen") return settleUnseen(PERMISSIONS, verdicts);
  const ours = verdicts.value.filter(({ action }) => action !== DIRECT_ACTION);
  const denied = ours.filter(isDenied);
  if (denied.length > 0) {
    const actions = distinct(denied.map(({ action }) => action));
    const isNeeded = actions.some((action) =>
      (NEEDED_ACTIONS as readonly string[]).includes(action)
    );
    return settle(
      PERMISSIONS,
      isNeeded ? "fail" : "warn",
      `not allowed: ${tellDenied(denied)}${
        isNeeded
          ? ""
          : " (sessions work, but cannot be resumed or ended on AWS's side)"
      }`,
      adviseOn(denied),
    );
  }
  const keys = distinct(ours.flatMap(({ missingKeys }) => missingKeys));
  if (keys.length > 0) {
    return settle(
      PERMISSIONS,
      "unknown",
      `they depend on ${keys.join(", ")}, which a simulation does not know`,
    );
  }
  const actions = distinct(ours.map(({ action }) => action));
  return settle(PERMISSIONS, "ok", `allowed: ${actions.join(", ")}`);
}

/** Whether the same containers can be opened without ecs:ExecuteCommand, which AWS advises against. */
export function checkDirectSessions(
  verdicts: Seen<readonly Verdict[]> | undefined,
): Check {
  const verdict = verdicts?.kind === "seen"
    ? verdicts.value.find(({ action }) => action === DIRECT_ACTION)
    : undefined;
  if (verdict === undefined || verdict.kind === "unclear") {
    return settle(
      DIRECT,
      "unknown",
      verdict === undefined
        ? `not checked, as your permissions were not: whether ${DIRECT_ACTION} is allowed on tasks`
        : `whether ${DIRECT_ACTION} is allowed on tasks depends on ${
          verdict.missingKeys.join(", ")
        }`,
    );
  }
  return isDenied(verdict)
    ? settle(DIRECT, "ok", `${DIRECT_ACTION} on tasks is not allowed`)
    : settle(
      DIRECT,
      "warn",
      `${DIRECT_ACTION} is allowed on tasks: such sessions are not recorded or limited as those of ECS Exec`,
      `deny it to identities that need only ECS Exec: ${
        JSON.stringify({
          Effect: "Deny",
          Action: DIRECT_ACTION,
          Resource: "arn:aws:ecs:*:*:task/*",
        })
      }`,
    );
}

/** Whether a verdict is a no. */
export function isDenied({ kind }: Verdict): boolean {
  return kind === "denied" || kind === "explicitly_denied";
}

function tellDenied(denied: readonly Verdict[]): string {
  return distinct(
    denied.map(({ action, resource }) =>
      resource === "*" ? action : `${action} on ${resource}`
    ),
  ).join(", ");
}

function adviseOn(denied: readonly Verdict[]): string {
  if (denied.some(({ kind }) => kind === "explicitly_denied")) {
    return "a policy denies it: allowing it elsewhere will not help";
  }
  const statement = {
    Effect: "Allow",
    Action: distinct(denied.map(({ action }) => action)),
    Resource: distinct(denied.map(({ resource }) => resource)),
  };
  return `add to a policy of your identity: ${JSON.stringify(statement)}`;
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
