import type { ContainerDefinition, TaskDefinition } from "../access/access.ts";
import { nameOfArn } from "../name_of_arn.ts";
import type { ConnectionFacts, Seen } from "./connection_facts.ts";
import { compareVersions } from "../compare_versions.ts";

/** How much the evidence proves: the agent cannot work so, seldom works so, or may not. */
export type Certainty = "certain" | "likely" | "possible";

/** One reason why an agent is not connected. */
export interface Cause {
  readonly certainty: Certainty;
  readonly evidence: string;
  readonly remedy: string;
}

/** What the facts say. */
export interface Diagnosis {
  /** The surest first. */
  readonly causes: readonly Cause[];
  /** Worth knowing, but no cause. */
  readonly advice: readonly string[];
  /** What could not be looked at, and why. */
  readonly unchecked: readonly string[];
}

const CERTAINTIES: readonly Certainty[] = ["certain", "likely", "possible"];

/** What ECS Exec takes at least, from "Using ECS Exec" in AWS's developer guide. */
const NEEDED = {
  linuxPlatform: "1.4.0",
  windowsPlatform: "1.0.0",
  ecsAgent: "1.50.2",
} as const;

/** The actions by which the agent connects, from AWS's "ECS Exec permissions". */
export const AGENT_ACTIONS =
  "ssmmessages:CreateControlChannel, CreateDataChannel, OpenControlChannel and OpenDataChannel";

/**
 * Ranks the causes that AWS's troubleshooting guide, amazon-ecs-exec-checker and the threads about
 * TargetNotConnectedException name. Within one certainty the order is that of the list below.
 */
export function rankCauses(facts: ConnectionFacts): Diagnosis {
  const causes = [
    ...judgeAgent(facts),
    ...judgePlatform(facts),
    ...judgeEcsAgent(facts),
    ...judgeDefinition(facts),
    ...judgeNetwork(facts),
  ];
  const isProven = causes.some(({ certainty }) => certainty === "certain");
  // Where one is certain, what merely may be one leads away from it.
  const ranked = CERTAINTIES.flatMap((certainty) =>
    isProven && certainty === "possible"
      ? []
      : causes.filter((cause) => cause.certainty === certainty)
  );
  return {
    causes: [
      ...ranked,
      // Nothing of IAM is looked at, so it can never be ruled out: said where nothing better is.
      ...(ranked.every(({ certainty }) => certainty === "possible")
        ? judgePermissions(facts)
        : []),
    ],
    advice: adviseInit(facts),
    unchecked: listUnchecked(facts),
  };
}

function judgeAgent({ container, task }: ConnectionFacts): readonly Cause[] {
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

function judgePlatform({ task }: ConnectionFacts): readonly Cause[] {
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

function judgeEcsAgent({ ecsAgentVersion }: ConnectionFacts): readonly Cause[] {
  const version = valueOf(ecsAgentVersion);
  if (version === undefined || !isOlder(version, NEEDED.ecsAgent)) return [];
  return [{
    certainty: "certain",
    evidence:
      `the container instance runs ECS agent ${version}, older than ${NEEDED.ecsAgent}`,
    remedy: "update the ECS agent, or replace the instance with a newer AMI",
  }];
}

function judgeDefinition(facts: ConnectionFacts): readonly Cause[] {
  const definition = valueOf(facts.definition);
  if (definition === undefined) return [];
  const container = definitionOf(facts, definition);
  return [
    ...judgeRole(facts, definition),
    ...(container?.readonlyRootFilesystem
      ? [
        {
          certainty: "certain",
          evidence:
            "the container's root filesystem is read-only (readonlyRootFilesystem)",
          remedy:
            "the agent writes to it: leave it writable, and protect what must be read-only in another way",
        } satisfies Cause,
      ]
      : []),
    ...judgeVariables(facts, container),
    ...judgePids(facts, definition),
  ];
}

function judgeRole(
  { task }: ConnectionFacts,
  { taskRoleArn }: TaskDefinition,
): readonly Cause[] {
  if ((task.taskRoleOverride ?? taskRoleArn) !== undefined) return [];
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

function judgeVariables(
  { container: { addedVariables = [] } }: ConnectionFacts,
  definition: ContainerDefinition | undefined,
): readonly Cause[] {
  const { environment = [], secrets = [] } = definition ?? {};
  const places: readonly (readonly [string, readonly string[]])[] = [
    ["environment", environment],
    ["secrets", secrets],
    ["the task's overrides", addedVariables],
  ];
  const found = places.flatMap(([place, names]) =>
    names.filter((name) => CREDENTIAL_VARIABLE.test(name))
      .map((name) => `${name} (${place})`)
  );
  const names = places.flatMap(([, names]) => names.map(upper));
  const proxy = names.find((name) => /^HTTPS?_PROXY$/.test(name));
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

function judgePids(
  { busyContainers }: ConnectionFacts,
  { pidMode, containers }: TaskDefinition,
): readonly Cause[] {
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

function judgeNetwork(facts: ConnectionFacts): readonly Cause[] {
  const { region, service, task, network } = facts;
  const mode = valueOf(facts.definition)?.networkMode;
  if (mode === "none") {
    return [{
      certainty: "certain",
      evidence: "the task has no network (networkMode none)",
      remedy: `the agent must reach ssmmessages.${region}.amazonaws.com`,
    }];
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

function judgePermissions(
  { task, definition }: ConnectionFacts,
): readonly Cause[] {
  const role = task.taskRoleOverride ?? valueOf(definition)?.taskRoleArn;
  const name = role === undefined
    ? "the task role"
    : `the task role ${nameOfArn(role)}`;
  return [{
    certainty: "possible",
    evidence: `${name} may lack the agent's permissions`,
    remedy: `it must allow ${AGENT_ACTIONS}`,
  }];
}

function adviseInit(facts: ConnectionFacts): readonly string[] {
  const definition = valueOf(facts.definition);
  const container = definition && definitionOf(facts, definition);
  return container === undefined || container.initProcessEnabled ? [] : [
    "initProcessEnabled is off: processes left behind by sessions are not reaped",
  ];
}

function listUnchecked(facts: ConnectionFacts): readonly string[] {
  const { definition, ecsAgentVersion, network, busyContainers } = facts;
  const looks: readonly (readonly [string, Seen<unknown> | undefined])[] = [
    [
      "the task definition (task role, AWS_* variables, readonlyRootFilesystem, pidMode, initProcessEnabled, networkMode)",
      definition,
    ],
    ["the ECS agent's version", ecsAgentVersion],
    ["the service's network", network],
    ["the other containers' sessions", busyContainers],
  ];
  return looks.flatMap(([what, seen]) =>
    seen?.kind === "unseen" ? [`${what}: ${seen.because}`] : []
  );
}

function definitionOf(
  { container }: ConnectionFacts,
  { containers }: TaskDefinition,
): ContainerDefinition | undefined {
  return containers.find(({ name }) => name === container.name);
}

function valueOf<T>(seen: Seen<T> | undefined): T | undefined {
  return seen?.kind === "seen" ? seen.value : undefined;
}

function upper(name: string): string {
  return name.toUpperCase();
}

/** Whether a version is older; "LATEST" and whatever else has no number is not. */
function isOlder(version: string, needed: string): boolean {
  return /\d/.test(version) && compareVersions(version, needed) < 0;
}
