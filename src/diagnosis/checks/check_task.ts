import type { ConnectionFacts } from "../connection_facts.ts";
import {
  AGENT_ACTION_NAMES,
  findDefinition,
  findTaskRole,
  judgeAgent,
  judgeEcsAgent,
  judgeNetwork,
  judgePermissions,
  judgePids,
  judgePlatform,
  judgeRole,
  judgeRoot,
  judgeVariables,
} from "../judge_connection.ts";
import { findReach } from "../find_reach.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import type { InsideFacts } from "../doctor_facts.ts";
import { valueOf } from "../seen.ts";
import { checkEndpoints } from "./check_endpoints.ts";
import {
  type Check,
  type CheckId,
  type CheckName,
  EXEC_LINK,
  settle,
  settleCauses,
  settleUnseen,
  TROUBLESHOOTING_LINK,
} from "./check.ts";

/** How the task itself is. */
export function checkTask({ task, container }: InsideFacts): Check {
  return settle(
    { id: "task", title: "Task" },
    "ok",
    `${task.id}, container "${container.name}", on ${
      task.capacityProvider ?? task.launchType ?? "an unknown launch type"
    }`,
  );
}

/** The checks of a task that is to be entered through ECS Exec, in the order of the agent's way up. */
export function checkConnection(inside: InsideFacts): readonly Check[] {
  const { connection } = inside;
  return [
    ...(connection.task.platformVersion === undefined
      ? []
      : [checkPlatform(connection)]),
    ...(connection.ecsAgentVersion === undefined
      ? []
      : [checkEcsAgent(connection)]),
    // Of a service's task without ECS Exec, the running tasks say so.
    ...(inside.task.executeCommandEnabled || !isOfService(inside)
      ? [checkExecAgent(inside)]
      : []),
    checkTaskRole(connection),
    checkRoot(connection),
    checkInit(connection),
    checkVariables(connection),
    checkPids(connection),
    checkNetwork(connection),
    ...checkEndpoints(connection),
  ];
}

function checkPlatform(facts: ConnectionFacts): Check {
  return settleCauses(
    nameIt("platform", "Fargate platform"),
    judgePlatform(facts),
    `version ${facts.task.platformVersion}`,
  );
}

function checkEcsAgent(facts: ConnectionFacts): Check {
  const name = nameIt("ecs_agent", "ECS agent");
  const { ecsAgentVersion: seen } = facts;
  if (seen?.kind === "unseen") return settleUnseen(name, seen);
  return seen?.value === undefined
    ? settle(name, "unknown", "ECS does not report its version")
    : settleCauses(name, judgeEcsAgent(facts), `version ${seen.value}`);
}

/** All containers of a task: each has an agent of its own, and the one in question decides. */
function checkExecAgent({ task, connection }: InsideFacts): Check {
  const name = nameIt("exec_agent", "ECS Exec agent");
  const { container } = connection;
  if (container.agent === undefined) {
    return task.executeCommandEnabled
      ? settle(name, "unknown", "ECS reports no agent")
      : settle(
        name,
        "fail",
        "none: the task was started without ECS Exec",
        "start the task again: aws ecs run-task --enable-execute-command",
      );
  }
  const causes = judgeAgent(connection);
  if (causes.length > 0) return settleCauses(name, causes, "");
  const others = task.containers.filter((other) =>
    other.name !== container.name && other.agent !== undefined &&
    other.agent.status !== "RUNNING"
  );
  const list = task.containers.filter(({ agent }) => agent !== undefined)
    .map((one) => `"${one.name}" ${one.agent?.status}`).join(", ");
  return settle(
    name,
    others.length === 0 ? "ok" : "warn",
    list,
    others.length === 0
      ? undefined
      : "only a new task gets a new agent: force a new deployment",
  );
}

function isOfService({ task }: InsideFacts): boolean {
  return task.group?.startsWith("service:") ?? false;
}

function checkTaskRole(facts: ConnectionFacts): Check {
  const name = nameIt("task_role", "Task role");
  if (facts.definition.kind === "unseen") {
    return settleUnseen(name, facts.definition);
  }
  const missing = judgeRole(facts);
  if (missing.length > 0) return settleCauses(name, missing, "");
  const { roleVerdicts } = facts;
  const role = nameOfArn(findTaskRole(facts) ?? "");
  if (roleVerdicts?.kind === "unseen") {
    return settleUnseen(name, {
      ...roleVerdicts,
      because: `whether ${role} allows ${
        AGENT_ACTION_NAMES[0]
      } and the like (${roleVerdicts.because})`,
    });
  }
  return settleCauses(
    name,
    judgePermissions(facts),
    `${role} allows what the agent needs (${AGENT_ACTION_NAMES.length} ssmmessages actions)`,
  );
}

function checkRoot(facts: ConnectionFacts): Check {
  const name = nameIt("root_filesystem", "Root filesystem");
  return settleDefinition(name, facts) ??
    settleCauses(name, judgeRoot(facts), "writable");
}

/** Without an init process sessions leave zombies behind; the sessions themselves work. */
function checkInit(facts: ConnectionFacts): Check {
  const name: CheckName = {
    id: "init_process",
    title: "Init process",
    link: EXEC_LINK,
  };
  return settleDefinition(name, facts) ??
    (findDefinition(facts)?.initProcessEnabled
      ? settle(name, "ok", "initProcessEnabled is on")
      : settle(
        name,
        "warn",
        "initProcessEnabled is off: processes left behind by sessions are not reaped",
        'set "linuxParameters": {"initProcessEnabled": true} in the task definition',
      ));
}

function checkVariables(facts: ConnectionFacts): Check {
  const name = nameIt("variables", "Variables");
  return settleDefinition(name, facts) ??
    settleCauses(
      name,
      judgeVariables(facts),
      "none that leads the agent to other credentials",
    );
}

function checkPids(facts: ConnectionFacts): Check {
  const name = nameIt("pid_mode", "PID namespace");
  const shared = valueOf(facts.definition)?.pidMode === "task";
  return settleDefinition(name, facts) ??
    settleCauses(
      name,
      judgePids(facts),
      shared ? "shared, and no other session is open" : "not shared",
    );
}

function checkNetwork(facts: ConnectionFacts): Check {
  const name = nameIt("network", "Network");
  const { surroundings, region } = facts;
  const reach = surroundings &&
    findReach(surroundings, "ssmmessages", region);
  return settleCauses(
    name,
    judgeNetwork(facts),
    reach?.kind === "open"
      ? `ssmmessages is reached ${reach.how}`
      : "the task has a public address",
  );
}

/** What is in the task definition cannot be judged without it. */
function settleDefinition(
  name: CheckName,
  { definition }: ConnectionFacts,
): Check | undefined {
  return definition.kind === "unseen"
    ? settleUnseen(name, definition)
    : undefined;
}

function nameIt(id: CheckId, title: string): CheckName {
  return { id, title, link: TROUBLESHOOTING_LINK };
}
