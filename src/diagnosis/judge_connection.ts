import type { ContainerDefinition } from "../access/access.ts";
import { compareVersions } from "../compare_versions.ts";
import { nameOfArn } from "../name_of_arn.ts";
import type { Cause } from "./cause.ts";
import type { ConnectionFacts } from "./connection_facts.ts";
import { findReach } from "./find_reach.ts";
import { valueOf } from "./seen.ts";

/** What ECS Exec takes at least, from "Using ECS Exec" in AWS's developer guide. */
const NEEDED = {
  linuxPlatform: "1.4.0",
  windowsPlatform: "1.0.0",
  ecsAgent: "1.50.2",
} as const;

/** The actions by which the agent connects, one by one. */
export const AGENT_ACTION_NAMES = [
  "ssmmessages:CreateControlChannel",
  "ssmmessages:CreateDataChannel",
  "ssmmessages:OpenControlChannel",
  "ssmmessages:OpenDataChannel",
] as const;

/** The actions by which the agent connects, from AWS's "ECS Exec permissions". */
export const AGENT_ACTIONS =
  "ssmmessages:CreateControlChannel, CreateDataChannel, OpenControlChannel and OpenDataChannel";

/** Whether its agent runs. */
export function judgeAgent(
  { container, task }: ConnectionFacts,
): readonly Cause[] {
  const { agent } = container;
  if (agent === undefined || agent.status === "RUNNING") return [];
  const reason = agent.reason === undefined ? "" : ` (${agent.reason})`;
  return [{
    certainty: "certain",
    evidence: `its ECS Exec agent is ${agent.status}${reason}`,
    remedy: agent.status === "PENDING"
      ? "it is starting: try again, or wait longer with --agent-timeout"
      : `only a new task gets a new agent: stop ${task.id}, or force a new deployment`,
  }];
}

/** Whether Fargate's platform has the agent. */
export function judgePlatform({ task }: ConnectionFacts): readonly Cause[] {
  const { platformVersion, platformFamily = "" } = task;
  const needed = /^windows/i.test(platformFamily)
    ? NEEDED.windowsPlatform
    : NEEDED.linuxPlatform;
  if (platformVersion === undefined || !isOlder(platformVersion, needed)) {
    return [];
  }
  return [{
    certainty: "certain",
    evidence:
      `the task runs on Fargate platform version ${platformVersion}, older than ${needed}`,
    remedy: "redeploy with platform version LATEST",
  }];
}

/** Whether the instance's ECS agent can start it. */
export function judgeEcsAgent(
  { ecsAgentVersion }: Pick<ConnectionFacts, "ecsAgentVersion">,
): readonly Cause[] {
  const version = valueOf(ecsAgentVersion);
  if (version === undefined || !isOlder(version, NEEDED.ecsAgent)) return [];
  return [{
    certainty: "certain",
    evidence:
      `the container instance runs ECS agent ${version}, older than ${NEEDED.ecsAgent}`,
    remedy: "update the ECS agent, or replace the instance with a newer AMI",
  }];
}

/** Whether the agent can write its files. */
export function judgeRoot(facts: ConnectionFacts): readonly Cause[] {
  return findDefinition(facts)?.readonlyRootFilesystem
    ? [{
      certainty: "certain",
      evidence:
        "the container's root filesystem is read-only (readonlyRootFilesystem)",
      remedy:
        "the agent writes to it: leave it writable, and protect what must be read-only in another way",
    }]
    : [];
}

/** Whether there is a role that the agent can take. */
export function judgeRole(facts: ConnectionFacts): readonly Cause[] {
  const { task, definition } = facts;
  if (definition.kind === "unseen" || findTaskRole(facts) !== undefined) {
    return [];
  }
  // Without a task role the agent on an instance takes the instance's, which may or may not do.
  return task.containerInstanceArn === undefined
    ? [{
      certainty: "certain",
      evidence: "the task has no task role (taskRoleArn)",
      remedy:
        `give it one that allows ${AGENT_ACTIONS}; not the execution role`,
    }]
    : [{
      certainty: "likely",
      evidence:
        "the task has no task role (taskRoleArn), so the agent uses the instance's role",
      remedy: `give it one that allows ${AGENT_ACTIONS}`,
    }];
}

/** Variables that AWS's SDKs, and so the agent, take credentials from before they ask for the task role. */
const CREDENTIAL_VARIABLE =
  /^AWS_(ACCESS_KEY(_ID)?|SECRET(_ACCESS)?_KEY|SESSION_TOKEN|PROFILE|DEFAULT_PROFILE|SHARED_CREDENTIALS_FILE|CONFIG_FILE|WEB_IDENTITY_TOKEN_FILE|ROLE_ARN|CONTAINER_CREDENTIALS_(RELATIVE|FULL)_URI)$/;

/** Whether the container's variables lead the agent to other credentials, or off the task role's. */
export function judgeVariables(facts: ConnectionFacts): readonly Cause[] {
  if (facts.definition.kind === "unseen") return [];
  const places = listVariables(facts);
  const found = places.flatMap(([place, names]) =>
    names.filter((name) => CREDENTIAL_VARIABLE.test(name))
      .map((name) => `${name} (${place})`)
  );
  const names = places.flatMap(([, names]) => names.map(upper));
  const proxy = findProxyVariable(facts);
  return [
    ...(found.length === 0 ? [] : [
      {
        certainty: "likely",
        evidence: `the container has ${
          found.join(", ")
        }, which the agent uses instead of the task role`,
        remedy: `remove them, or let those credentials allow ${AGENT_ACTIONS}`,
      } satisfies Cause,
    ]),
    ...(proxy === undefined || names.includes("NO_PROXY") ? [] : [
      {
        certainty: "likely",
        evidence:
          `the container has ${proxy} but not NO_PROXY, so the agent cannot get the task role's credentials`,
        remedy: "set NO_PROXY=169.254.169.254,169.254.170.2",
      } satisfies Cause,
    ]),
  ];
}

/** The names of the container's variables, by where they are set. */
function listVariables(
  facts: ConnectionFacts,
): readonly (readonly [place: string, names: readonly string[]])[] {
  const { addedVariables = [] } = facts.container;
  const { environment = [], secrets = [] } = findDefinition(facts) ?? {};
  return [
    ["environment", environment],
    ["secrets", secrets],
    ["the task's overrides", addedVariables],
  ];
}

/** The variable by which the agent takes a proxy, which has ways of its own. */
function findProxyVariable(facts: ConnectionFacts): string | undefined {
  return listVariables(facts).flatMap(([, names]) => names.map(upper))
    .find((name) => /^HTTPS?_PROXY$/.test(name));
}

/** Whether a session in another container keeps this one shut. */
export function judgePids(
  { busyContainers, definition }: ConnectionFacts,
): readonly Cause[] {
  const { pidMode, containers = [] } = valueOf(definition) ?? {};
  if (pidMode !== "task" || containers.length < 2) return [];
  const busy = valueOf(busyContainers);
  if (busy?.length === 0) return [];
  const shared = "the task's containers share a PID namespace (pidMode task)";
  return busy === undefined
    ? [{
      certainty: "possible",
      evidence:
        `${shared}: ECS Exec then serves one container at a time, and a session may be open in another`,
      remedy: "end the other session",
    }]
    : [{
      certainty: "likely",
      evidence:
        `${shared}: ECS Exec then serves one container at a time, and a session is open in ${
          busy.map((name) => `"${name}"`).join(", ")
        }`,
      remedy: "end that session, or use that container",
    }];
}

/** Whether the agent has a way to Session Manager, as far as it was looked at. */
export function judgeNetwork(facts: ConnectionFacts): readonly Cause[] {
  const { region, service, task, network, surroundings } = facts;
  const mode = valueOf(facts.definition)?.networkMode;
  if (mode === "none") {
    return [{
      certainty: "certain",
      evidence: "the task has no network (networkMode none)",
      remedy: `the agent must reach ssmmessages.${region}.amazonaws.com`,
    }];
  }
  if (surroundings !== undefined) {
    const reach = findReach(surroundings, "ssmmessages", region);
    if (reach.kind === "open") return [];
    const { certainty, evidence, remedy } = reach;
    const proxy = findProxyVariable(facts);
    return [
      proxy === undefined ? { certainty, evidence, remedy } : {
        certainty: "possible",
        evidence: `${evidence}; the container's ${proxy} may be another way`,
        remedy,
      },
    ];
  }
  const ownInterface = task.subnetId !== undefined || mode === "awsvpc";
  if (ownInterface && valueOf(network)?.assignPublicIp) return [];
  const where = task.subnetId === undefined ? "" : ` in ${task.subnetId}`;
  const evidence = !ownInterface
    ? "the container instance may have no route to Session Manager"
    : valueOf(network) === undefined
    ? `the task${where} may have no route to Session Manager`
    : `the task${where} has no public address (assignPublicIp of service "${service}" is DISABLED)`;
  return [{
    certainty: "possible",
    evidence,
    remedy:
      `without a NAT gateway the VPC needs the interface endpoint com.amazonaws.${region}.ssmmessages, open to the ${
        ownInterface ? "task" : "instance"
      }'s security group on port 443 (and com.amazonaws.${region}.kms where a KMS key encrypts sessions)`,
  }];
}

/** Whether the task role allows what the agent does; without a role there is nothing to say. */
export function judgePermissions(facts: ConnectionFacts): readonly Cause[] {
  const role = findTaskRole(facts);
  const name = role === undefined
    ? "the task role"
    : `the task role ${nameOfArn(role)}`;
  const verdicts = valueOf(facts.roleVerdicts);
  if (verdicts === undefined) {
    return [{
      certainty: "possible",
      evidence: `${name} may lack the agent's permissions`,
      remedy: `it must allow ${AGENT_ACTIONS}`,
    }];
  }
  const denied = verdicts.filter(({ kind }) => kind.endsWith("denied"));
  if (denied.length > 0) {
    const actions = denied.map(({ action }) => action);
    return [{
      certainty: "certain",
      evidence: `${name} does not allow ${actions.join(", ")}`,
      remedy: denied.some(({ kind }) => kind === "explicitly_denied")
        ? "a policy denies it: allowing it elsewhere will not help"
        : allowInRole(role ?? "", AGENT_ACTION_NAMES),
    }];
  }
  const unclear = verdicts.flatMap(({ missingKeys }) => missingKeys);
  return unclear.length === 0 ? [] : [{
    certainty: "possible",
    evidence: `what ${name} allows depends on ${
      [...new Set(unclear)].join(", ")
    }`,
    remedy: `it must allow ${AGENT_ACTIONS}`,
  }];
}

/** The command that lets a role do something. */
export function allowInRole(
  roleArn: string,
  actions: readonly string[],
  resource = "*",
): string {
  const document = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: actions, Resource: resource }],
  });
  return `aws iam put-role-policy --role-name ${
    nameOfArn(roleArn)
  } --policy-name ecs-exec --policy-document '${document}'`;
}

/** The role of the task, as it runs. */
export function findTaskRole(
  { task, definition }: Pick<ConnectionFacts, "task" | "definition">,
): string | undefined {
  return task.taskRoleOverride ?? valueOf(definition)?.taskRoleArn;
}

/** What the task definition says of the container. */
export function findDefinition(
  { container, definition }: Pick<ConnectionFacts, "container" | "definition">,
): ContainerDefinition | undefined {
  return valueOf(definition)?.containers.find(({ name }) =>
    name === container.name
  );
}

function upper(name: string): string {
  return name.toUpperCase();
}

/** Whether a version is older; "LATEST" and whatever else has no number is not. */
function isOlder(version: string, needed: string): boolean {
  return /\d/.test(version) && compareVersions(version, needed) < 0;
}
