import type { AclRule, Service, Verdict } from "../../src/access/access.ts";
import type { ConnectionFacts } from "../../src/diagnosis/connection_facts.ts";
import type {
  DoctorFacts,
  InsideFacts,
  TargetFacts,
} from "../../src/diagnosis/doctor_facts.ts";
import type { NetworkFacts } from "../../src/diagnosis/network_facts.ts";
import type { Seen } from "../../src/diagnosis/seen.ts";
import { container, task } from "../target/fake_access.ts";

/** Something that was seen. */
export function seen<T>(value: T): Seen<T> {
  return { kind: "seen", value };
}

/** Something that may not be looked at. */
export function denied(action: string): Seen<never> {
  return {
    kind: "unseen",
    code: "access_denied",
    because: `you are not allowed to perform ${action}`,
    hints: [`add ${action}`],
  };
}

/** What IAM says of actions. */
export function verdicts(
  kind: Verdict["kind"],
  ...actions: readonly string[]
): readonly Verdict[] {
  return actions.map((action) => ({
    action,
    resource: "*",
    kind,
    missingKeys: kind === "unclear" ? ["aws:ResourceTag/team"] : [],
  }));
}

/** All that the agent does. */
export const AGENT = [
  "ssmmessages:CreateControlChannel",
  "ssmmessages:CreateDataChannel",
  "ssmmessages:OpenControlChannel",
  "ssmmessages:OpenDataChannel",
];

/** One rule of a network ACL: by default it lets everything out. */
export function aclRule(parts: Partial<AclRule> = {}): AclRule {
  return {
    number: 100,
    allows: true,
    direction: "out",
    protocol: "-1",
    cidr: "0.0.0.0/0",
    ...parts,
  };
}

/** A private subnet behind a NAT gateway. */
export function network(parts: Partial<NetworkFacts> = {}): NetworkFacts {
  return {
    owner: "task",
    subnet: seen({ id: "subnet-1", vpcId: "vpc-1", cidr: "10.0.1.0/24" }),
    hasPublicAddress: false,
    ownGroups: ["sg-task"],
    routes: seen([
      { destination: "10.0.0.0/16", target: "local", blackhole: false },
      { destination: "0.0.0.0/0", target: "nat-1", blackhole: false },
    ]),
    endpoints: seen([]),
    acl: seen([aclRule(), aclRule({ direction: "in" })]),
    groups: seen([{
      id: "sg-task",
      inbound: [],
      outbound: [{
        protocol: "-1",
        cidrs: ["0.0.0.0/0"],
        groups: [],
        hasPrefixLists: false,
      }],
    }]),
    ...parts,
  };
}

const WELL = {
  ...task("0123", {
    platformVersion: "1.4.0",
    launchType: "FARGATE",
    subnetId: "subnet-1",
    containers: [{ ...container("app"), agent: { status: "RUNNING" } }],
  }),
};

/** What is known of a healthy container. */
export function connection(
  parts: Partial<ConnectionFacts> = {},
): ConnectionFacts {
  return {
    region: "us-east-1",
    service: "web",
    task: WELL,
    container: WELL.containers[0]!,
    definition: seen({
      arn: "arn:aws:ecs:us-east-1:1:task-definition/web:7",
      networkMode: "awsvpc",
      taskRoleArn: "arn:aws:iam::1:role/app-task",
      containers: [{
        name: "app",
        essential: true,
        environment: ["PORT"],
        secrets: [],
        readonlyRootFilesystem: false,
        initProcessEnabled: true,
      }],
    }),
    network: seen({
      subnets: ["subnet-1"],
      securityGroups: ["sg-task"],
      assignPublicIp: false,
    }),
    roleVerdicts: seen(verdicts("allowed", ...AGENT)),
    surroundings: network(),
    ...parts,
  };
}

/** A healthy container, and a session that worked. */
export function inside(parts: Partial<InsideFacts> = {}): InsideFacts {
  return {
    task: WELL,
    container: WELL.containers[0]!,
    connection: connection(),
    loggingVerdicts: undefined,
    route: seen({ kind: "ecs_exec", because: "it has ECS Exec" }),
    docker: undefined,
    proof: { kind: "skipped", because: "--no-probe" },
    ...parts,
  };
}

/** A service that ECS deploys, with ECS Exec. */
export const SERVICE: Service = {
  name: "web",
  arn: "arn:aws:ecs:us-east-1:1:service/main/web",
  clusterArn: "arn:aws:ecs:us-east-1:1:cluster/main",
  status: "ACTIVE",
  desired: 1,
  running: 1,
  pending: 0,
  taskDefinitionArn: "arn:aws:ecs:us-east-1:1:task-definition/web:7",
  executeCommandEnabled: true,
  capacityProviderStrategy: [],
  deploymentController: "ECS",
  deployments: [],
  events: [],
};

/** A healthy service. */
export function target(parts: Partial<TargetFacts> = {}): TargetFacts {
  return {
    serviceName: "web",
    service: seen(SERVICE),
    tasks: seen([WELL]),
    inside: inside(),
    insideRefused: undefined,
    ...parts,
  };
}

/** All that a doctor sees where all is well. */
export function doctorFacts(parts: Partial<DoctorFacts> = {}): DoctorFacts {
  return {
    region: "us-east-1",
    profile: undefined,
    identity: seen({ account: "1", arn: "arn:aws:iam::1:user/me" }),
    callerVerdicts: seen([
      ...verdicts(
        "allowed",
        "ecs:ExecuteCommand",
        "ssmmessages:OpenDataChannel",
        "ssm:TerminateSession",
        "ssm:ResumeSession",
      ),
      ...verdicts("denied", "ssm:StartSession"),
    ]),
    plugin: {
      session: { value: "auto" },
      found: {
        kind: "unseen",
        because: "session-manager-plugin not found in PATH",
        code: "plugin_not_found",
      },
    },
    cluster: {
      name: "main",
      settings: seen({ status: "ACTIVE", logging: "DEFAULT" }),
      dataKey: undefined,
    },
    target: target(),
    ...parts,
  };
}
