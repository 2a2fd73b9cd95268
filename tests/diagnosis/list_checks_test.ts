import assert from "node:assert/strict";
import type { AclRule, ExecSettings } from "../../src/access/access.ts";
import type { CheckId, CheckStatus } from "../../src/diagnosis/checks/check.ts";
import type { ConnectionFacts } from "../../src/diagnosis/connection_facts.ts";
import type {
  DoctorFacts,
  InsideFacts,
  ProofFacts,
  TargetFacts,
} from "../../src/diagnosis/doctor_facts.ts";
import { listChecks, statusOfChecks } from "../../src/diagnosis/list_checks.ts";
import type { NetworkFacts } from "../../src/diagnosis/network_facts.ts";
import { valueOf } from "../../src/diagnosis/seen.ts";
import { container, task } from "../target/fake_access.ts";
import {
  aclRule,
  connection,
  denied,
  doctorFacts,
  inside,
  network,
  seen,
  SERVICE,
  target,
  verdicts,
} from "./doctor_facts.ts";

const FARGATE = { byDocker: false, hasDaemon: false };

const atTarget = (parts: Partial<TargetFacts>) =>
  doctorFacts({ target: target(parts) });
const atInside = (parts: Partial<InsideFacts>) =>
  atTarget({ inside: inside(parts) });
const atConnection = (parts: Partial<ConnectionFacts>) =>
  atInside({ connection: connection(parts) });
const atNetwork = (parts: Partial<NetworkFacts>) =>
  atConnection({ surroundings: network(parts) });
const atCluster = (settings: Partial<ExecSettings>, parts = {}) =>
  doctorFacts({
    cluster: {
      name: "main",
      settings: seen({ status: "ACTIVE", logging: "DEFAULT", ...settings }),
      dataKey: undefined,
    },
    ...parts,
  });
const definition = valueOf(connection().definition)!;
const atContainer = (parts: object) =>
  atConnection({
    definition: seen({
      ...definition,
      containers: [{ ...definition.containers[0]!, ...parts }],
    }),
  });
const withAgent = (status: string, reason?: string) => {
  const one = {
    ...container("app"),
    agent: { status, ...(reason === undefined ? {} : { reason }) },
  };
  const each = { ...inside().task, containers: [one] };
  return atInside({
    task: each,
    container: one,
    connection: connection({ task: each, container: one }),
  });
};
const old = task("old", { executeCommandEnabled: false });
const endpoint = {
  id: "vpce-1",
  serviceName: "com.amazonaws.us-east-1.ssmmessages",
  type: "Interface",
  state: "available",
  privateDns: true,
  subnets: ["subnet-1"],
  securityGroups: ["sg-door"],
};
const LOCAL = { destination: "10.0.0.0/16", target: "local", blackhole: false };
const leadsTo = (to: string) => [
  LOCAL,
  { destination: "0.0.0.0/0", target: to, blackhole: false },
];
const all = {
  protocol: "-1",
  cidrs: ["0.0.0.0/0"],
  groups: [],
  hasPrefixLists: false,
};
const https = (parts: object) => ({
  protocol: "tcp",
  from: 443,
  to: 443,
  cidrs: [],
  groups: [],
  hasPrefixLists: false,
  ...parts,
});
const doors = (inbound: readonly ReturnType<typeof https>[]) =>
  seen([
    { id: "sg-task", inbound: [], outbound: [all] },
    { id: "sg-door", inbound, outbound: [] },
  ]);
const atAcl = (...rules: readonly Partial<AclRule>[]) =>
  atNetwork({ acl: seen(rules.map(aclRule)) });
const answers: Partial<AclRule> = { direction: "in" };
const no443: Partial<AclRule> = {
  number: 90,
  allows: false,
  protocol: "6",
  from: 443,
  to: 443,
};
const gateway = {
  ...endpoint,
  id: "vpce-s3",
  serviceName: "com.amazonaws.us-east-1.s3",
  type: "Gateway",
  privateDns: false,
  subnets: [],
  securityGroups: [],
};
const toBucket = (parts: Partial<NetworkFacts>) =>
  atCluster({ logging: "OVERRIDE", bucket: "logs" }, {
    target: target({
      inside: inside({
        connection: connection({ surroundings: network(parts) }),
      }),
    }),
  });
const ran = (parts = {}): ProofFacts => ({
  kind: "ran",
  status: 0,
  milliseconds: 1234,
  tools: { stty: true, base64: true, dd: true, uniq: true },
  ...parts,
});
const { taskRoleArn: _, ...withoutRole } = definition;

/** What is wrong, the check that says so, what it comes to, and its evidence and remedy. */
const CASES: readonly (readonly [
  name: string,
  facts: DoctorFacts,
  id: CheckId,
  status: CheckStatus,
  evidence: RegExp,
  remedy?: RegExp,
])[] = [
  [
    "no credentials",
    doctorFacts({
      identity: {
        kind: "unseen",
        code: "no_credentials",
        because: "no credentials were found",
        hints: ["aws configure"],
      },
    }),
    "identity",
    "fail",
    /no credentials/,
    /aws configure/,
  ],
  [
    "identity denied",
    doctorFacts({
      identity: denied("sts:GetCallerIdentity"),
      callerVerdicts: undefined,
    }),
    "identity",
    "unknown",
    /sts:GetCallerIdentity/,
  ],
  [
    "simulation denied",
    doctorFacts({ callerVerdicts: denied("iam:SimulatePrincipalPolicy") }),
    "permissions",
    "unknown",
    /iam:SimulatePrincipalPolicy/,
    /add iam/,
  ],
  [
    "exec denied",
    doctorFacts({
      callerVerdicts: seen(verdicts("denied", "ecs:ExecuteCommand")),
    }),
    "permissions",
    "fail",
    /not allowed: ecs:ExecuteCommand/,
    /"Action":\["ecs:ExecuteCommand"\]/,
  ],
  [
    "exec denied by a policy",
    doctorFacts({
      callerVerdicts: seen(verdicts("explicitly_denied", "ecs:ExecuteCommand")),
    }),
    "permissions",
    "fail",
    /ExecuteCommand/,
    /elsewhere will not help/,
  ],
  [
    "terminate denied",
    doctorFacts({
      callerVerdicts: seen(verdicts("denied", "ssm:TerminateSession")),
    }),
    "permissions",
    "warn",
    /cannot be resumed or ended/,
  ],
  [
    "permissions by tags",
    doctorFacts({
      callerVerdicts: seen(verdicts("unclear", "ecs:ExecuteCommand")),
    }),
    "permissions",
    "unknown",
    /aws:ResourceTag\/team/,
  ],
  [
    "direct sessions",
    doctorFacts({
      callerVerdicts: seen(verdicts("allowed", "ssm:StartSession")),
    }),
    "direct_sessions",
    "warn",
    /ssm:StartSession is allowed/,
    /"Effect":"Deny"/,
  ],
  [
    "no plugin, and one is wanted",
    doctorFacts({
      plugin: { ...doctorFacts().plugin, session: { value: "plugin" } },
    }),
    "plugin",
    "fail",
    /not found in PATH/,
    /--session builtin/,
  ],
  [
    "an old plugin",
    doctorFacts({
      plugin: {
        session: { value: "plugin" },
        found: seen({ path: "/p", version: "1.2.30", signs: false }),
      },
    }),
    "plugin",
    "warn",
    /too old to sign/,
  ],
  [
    "no cluster",
    doctorFacts({
      cluster: {
        name: "main",
        settings: {
          kind: "unseen",
          code: "cluster_not_found",
          because: 'Cannot find cluster "main"',
        },
        dataKey: undefined,
      },
    }),
    "cluster",
    "fail",
    /Cannot find cluster/,
  ],
  [
    "a key that we may not use",
    doctorFacts({
      cluster: {
        name: "main",
        settings: seen({ status: "ACTIVE", logging: "DEFAULT", kmsKeyId: "k" }),
        dataKey: denied("kms:GenerateDataKey"),
      },
    }),
    "session_key",
    "fail",
    /kms:GenerateDataKey/,
    /add kms/,
  ],
  [
    "a key that the role may not use",
    atCluster({ kmsKeyId: "k" }, {
      target: target({
        inside: inside({
          loggingVerdicts: seen(verdicts("denied", "kms:Decrypt")),
        }),
      }),
    }),
    "session_key",
    "warn",
    /only the key's own policy/,
    /put-role-policy.*kms:Decrypt/,
  ],
  [
    "a log that the role may not write",
    atCluster({ logging: "OVERRIDE", logGroup: "/exec" }, {
      target: target({
        inside: inside({
          loggingVerdicts: seen(verdicts("denied", "logs:PutLogEvents")),
        }),
      }),
    }),
    "session_logging",
    "warn",
    /log group \/exec.*logs:PutLogEvents/,
    /put-role-policy/,
  ],
  [
    "exec off",
    atTarget({ service: seen({ ...SERVICE, executeCommandEnabled: false }) }),
    "service",
    "fail",
    /ECS Exec is off/,
    /^porthole enable-exec main\/web$/,
  ],
  [
    "exec off, deployed by CodeDeploy",
    atTarget({
      service: seen({
        ...SERVICE,
        executeCommandEnabled: false,
        deploymentController: "CODE_DEPLOY",
      }),
    }),
    "service",
    "fail",
    /CODE_DEPLOY/,
    /says how/,
  ],
  [
    "a task that is older than exec",
    atTarget({ tasks: seen([inside().task, old]) }),
    "running_tasks",
    "warn",
    /1 of 2 started without ECS Exec: old/,
    /enable-exec/,
  ],
  [
    "no task",
    atTarget({
      tasks: seen([]),
      inside: undefined,
      service: seen({ ...SERVICE, desired: 0 }),
    }),
    "running_tasks",
    "fail",
    /desired count is 0/,
  ],
  [
    "only stopped tasks",
    atTarget({
      tasks: seen([task("0", { status: "STOPPED", stoppedReason: "OOM" })]),
      inside: undefined,
    }),
    "running_tasks",
    "fail",
    /task 0 is STOPPED \(OOM\)/,
  ],
  [
    "an old platform",
    atConnection({ task: { ...inside().task, platformVersion: "1.3.0" } }),
    "platform",
    "fail",
    /1\.3\.0, older than 1\.4\.0/,
    /LATEST/,
  ],
  [
    "an old ECS agent",
    atConnection({ ecsAgentVersion: seen("1.40.0") }),
    "ecs_agent",
    "fail",
    /1\.40\.0, older than 1\.50\.2/,
  ],
  [
    "an ECS agent that may not be looked at",
    atConnection({ ecsAgentVersion: denied("ecs:DescribeContainerInstances") }),
    "ecs_agent",
    "unknown",
    /ecs:DescribeContainerInstances/,
  ],
  [
    "a stopped agent",
    withAgent("STOPPED", "out of memory"),
    "exec_agent",
    "fail",
    /STOPPED \(out of memory\)/,
    /new task/,
  ],
  [
    "an agent that starts",
    withAgent("PENDING"),
    "exec_agent",
    "fail",
    /PENDING/,
  ],
  [
    "no task role",
    atConnection({ definition: seen(withoutRole) }),
    "task_role",
    "fail",
    /no task role/,
  ],
  [
    "a role without ssmmessages",
    atConnection({
      roleVerdicts: seen(verdicts("denied", "ssmmessages:OpenDataChannel")),
    }),
    "task_role",
    "fail",
    /app-task does not allow ssmmessages:OpenDataChannel/,
    /^aws iam put-role-policy --role-name app-task .*ssmmessages:CreateControlChannel/,
  ],
  [
    "a role by conditions",
    atConnection({
      roleVerdicts: seen(verdicts("unclear", "ssmmessages:OpenDataChannel")),
    }),
    "task_role",
    "unknown",
    /depends on aws:ResourceTag/,
  ],
  [
    "a role that may not be simulated",
    atConnection({ roleVerdicts: denied("iam:SimulatePrincipalPolicy") }),
    "task_role",
    "unknown",
    /iam:SimulatePrincipalPolicy/,
  ],
  [
    "a definition that may not be read",
    atConnection({ definition: denied("ecs:DescribeTaskDefinition") }),
    "root_filesystem",
    "unknown",
    /ecs:DescribeTaskDefinition/,
  ],
  [
    "a read-only root",
    atContainer({ readonlyRootFilesystem: true }),
    "root_filesystem",
    "fail",
    /read-only/,
    /writable/,
  ],
  [
    "no init",
    atContainer({ initProcessEnabled: false }),
    "init_process",
    "warn",
    /initProcessEnabled is off/,
    /linuxParameters/,
  ],
  [
    "keys in the environment",
    atContainer({ environment: ["AWS_ACCESS_KEY_ID"] }),
    "variables",
    "warn",
    /AWS_ACCESS_KEY_ID/,
  ],
  [
    "a shared PID namespace in use",
    atConnection({
      definition: seen({
        ...definition,
        pidMode: "task",
        containers: [
          definition.containers[0]!,
          { ...definition.containers[0]!, name: "other" },
        ],
      }),
      busyContainers: seen(["other"]),
    }),
    "pid_mode",
    "warn",
    /session is open in "other"/,
  ],
  [
    "no network",
    atConnection({ definition: seen({ ...definition, networkMode: "none" }) }),
    "network",
    "fail",
    /no network/,
  ],
  [
    "a private subnet without a way out",
    atNetwork({ routes: seen([LOCAL]) }),
    "network",
    "fail",
    /no route to the internet.*no ssmmessages endpoint/,
    /aws ec2 create-vpc-endpoint .*--vpc-id vpc-1 .*ssmmessages --subnet-ids subnet-1/,
  ],
  [
    "a NAT gateway that is gone",
    atNetwork({
      routes: seen([{ ...leadsTo("nat-1")[1]!, blackhole: true }]),
    }),
    "network",
    "fail",
    /no route/,
  ],
  [
    "a public subnet without a public address",
    atNetwork({ routes: seen(leadsTo("igw-1")) }),
    "network",
    "fail",
    /only for public addresses/,
  ],
  [
    "a public subnet, and nothing that tells of an address",
    atNetwork({ routes: seen(leadsTo("igw-1")), hasPublicAddress: undefined }),
    "network",
    "unknown",
    /whether the task has one is not visible/,
  ],
  [
    "a transit gateway",
    atNetwork({ routes: seen(leadsTo("tgw-1")) }),
    "network",
    "unknown",
    /leads to tgw-1/,
  ],
  [
    "an endpoint that lets nobody in, beside a NAT gateway",
    atNetwork({ endpoints: seen([endpoint]), groups: doors([]) }),
    "network",
    "fail",
    /vpce-1 does not let in port 443/,
    /authorize-security-group-ingress --group-id sg-door .*--source-group sg-task/,
  ],
  [
    "an endpoint that lets in another port",
    atNetwork({
      endpoints: seen([endpoint]),
      groups: doors([https({ from: 80, to: 80, cidrs: ["0.0.0.0/0"] })]),
    }),
    "network",
    "fail",
    /port 443/,
  ],
  [
    "an endpoint that lets in other addresses",
    atNetwork({
      endpoints: seen([endpoint]),
      groups: doors([https({ cidrs: ["10.9.0.0/16"] })]),
    }),
    "network",
    "fail",
    /port 443/,
  ],
  [
    "an endpoint by block",
    atNetwork({
      routes: seen([LOCAL]),
      endpoints: seen([endpoint]),
      groups: doors([https({ cidrs: ["10.0.0.0/16"] })]),
    }),
    "network",
    "ok",
    /endpoint vpce-1/,
  ],
  [
    "an endpoint by group",
    atNetwork({
      routes: seen([LOCAL]),
      endpoints: seen([endpoint]),
      groups: doors([https({ groups: ["sg-task"] })]),
    }),
    "network",
    "ok",
    /endpoint vpce-1/,
  ],
  [
    "an endpoint that is pending",
    atNetwork({ endpoints: seen([{ ...endpoint, state: "pending" }]) }),
    "network",
    "fail",
    /is pending/,
  ],
  [
    "an endpoint without a name",
    atNetwork({
      routes: seen([LOCAL]),
      endpoints: seen([{ ...endpoint, privateDns: false }]),
    }),
    "network",
    "warn",
    /no private DNS name: only a private hosted zone/,
    /--private-dns-enabled/,
  ],
  [
    "an endpoint with a policy of its own",
    atNetwork({
      endpoints: seen([{
        ...endpoint,
        policy: JSON.stringify({
          Statement: [{
            Effect: "Allow",
            Principal: { AWS: "arn:aws:iam::1:role/other" },
            Action: "*",
            Resource: "*",
          }],
        }),
      }]),
      groups: doors([https({ groups: ["sg-task"] })]),
    }),
    "network",
    "unknown",
    /policy of the ssmmessages endpoint/,
  ],
  [
    "a group that lets nothing out",
    atNetwork({ groups: seen([{ id: "sg-task", inbound: [], outbound: [] }]) }),
    "network",
    "fail",
    /sg-task of the task lets out nothing/,
    /authorize-security-group-egress/,
  ],
  [
    "routes that may not be looked at",
    atNetwork({ routes: denied("ec2:DescribeRouteTables") }),
    "network",
    "unknown",
    /ec2:DescribeRouteTables/,
    /add ec2/,
  ],
  [
    "a subnet that may not be looked at",
    atConnection({
      surroundings: {
        owner: "task",
        subnet: denied("ec2:DescribeSubnets"),
        hasPublicAddress: false,
        ownGroups: undefined,
      },
    }),
    "network",
    "unknown",
    /ec2:DescribeSubnets/,
  ],
  [
    "endpoints that may not be looked at",
    atNetwork({
      routes: seen([LOCAL]),
      endpoints: denied("ec2:DescribeVpcEndpoints"),
    }),
    "network",
    "unknown",
    /ec2:DescribeVpcEndpoints/,
  ],
  [
    "security groups that may not be looked at",
    atNetwork({ groups: denied("ec2:DescribeSecurityGroups") }),
    "network",
    "unknown",
    /through the NAT gateway nat-1, but the security groups .*ec2:DescribeSecurityGroups/,
  ],
  [
    "a network ACL that may not be looked at",
    atNetwork({ acl: denied("ec2:DescribeNetworkAcls") }),
    "network",
    "unknown",
    /through the NAT gateway nat-1, but the network ACL .*ec2:DescribeNetworkAcls/,
    /add ec2/,
  ],
  [
    "a network ACL that lets nothing out to port 443",
    atAcl(no443, {}, answers),
    "network",
    "fail",
    /network ACL of subnet-1 lets out nothing to port 443/,
    /describe-network-acls .*subnet-1/,
  ],
  [
    "a network ACL that lets out another port alone",
    atAcl({ protocol: "6", from: 80, to: 80 }, answers),
    "network",
    "fail",
    /lets out nothing to port 443/,
  ],
  [
    "a network ACL that lets no answers in",
    atAcl({}, { ...answers, protocol: "6", from: 443, to: 443 }),
    "network",
    "fail",
    /lets in no answers \(ports 32768 to 60999\)/,
  ],
  [
    "a network ACL in front of an internet gateway",
    atNetwork({
      routes: seen(leadsTo("igw-1")),
      hasPublicAddress: true,
      acl: seen([aclRule(no443), aclRule(), aclRule(answers)]),
    }),
    "network",
    "fail",
    /lets out nothing to port 443/,
  ],
  [
    "a network ACL whose rules come in another order",
    atAcl(answers, { number: 80 }, no443),
    "network",
    "ok",
    /nat-1/,
  ],
  [
    "a network ACL that keeps out some addresses, and another protocol",
    atAcl(
      { ...no443, cidr: "192.0.2.0/24" },
      { ...no443, number: 91, protocol: "17", from: 0, to: 65_535 },
      { ...no443, number: 92, from: 22, to: 80 },
      {},
      answers,
    ),
    "network",
    "ok",
    /nat-1/,
  ],
  [
    "a network ACL that lets out to some addresses before it lets out nothing",
    atAcl({ number: 50, cidr: "52.0.0.0/8" }, no443, answers),
    "network",
    "ok",
    /nat-1/,
  ],
  [
    "a network ACL has no say within its subnet",
    atNetwork({
      routes: seen([LOCAL]),
      endpoints: seen([endpoint]),
      groups: doors([https({ groups: ["sg-task"] })]),
      acl: seen([]),
    }),
    "network",
    "ok",
    /vpce-1/,
  ],
  [
    "a network ACL on the way to an endpoint in another subnet",
    atNetwork({
      routes: seen([LOCAL]),
      endpoints: seen([{ ...endpoint, subnets: ["subnet-2"] }]),
      groups: doors([https({ groups: ["sg-task"] })]),
      acl: seen([aclRule(no443), aclRule(), aclRule(answers)]),
    }),
    "network",
    "fail",
    /network ACL/,
  ],
  [
    "a way to other networks alone, where an endpoint may be",
    atNetwork({
      routes: seen([LOCAL, {
        destination: "10.128.0.0/9",
        target: "tgw-1",
        blackhole: false,
      }]),
    }),
    "network",
    "unknown",
    /no ssmmessages endpoint; whether one is reached through tgw-1/,
    /create-vpc-endpoint/,
  ],
  ...(["::/0", "64:ff9b::/96"] as const).map((destination) =>
    [
      `a way out for IPv6 alone (${destination})`,
      atNetwork({
        routes: seen([LOCAL, {
          destination,
          target: "eigw-1",
          blackhole: false,
        }]),
      }),
      "network",
      "unknown",
      /whether one is reached over IPv6, through eigw-1/,
    ] as const
  ),
  [
    "a way out for IPv6 that is gone",
    atNetwork({
      routes: seen([LOCAL, {
        destination: "::/0",
        target: "eigw-1",
        blackhole: true,
      }]),
    }),
    "network",
    "fail",
    /no route to the internet, and its network has no ssmmessages endpoint/,
  ],
  [
    "a proxy instead of a way out",
    atConnection({
      surroundings: network({ routes: seen([LOCAL]) }),
      definition: seen({
        ...definition,
        containers: [{
          ...definition.containers[0]!,
          environment: ["https_proxy", "NO_PROXY"],
        }],
      }),
    }),
    "network",
    "unknown",
    /no route to the internet.*HTTPS_PROXY may be another way/,
  ],
  [
    "an instance that reaches Session Manager, and not what its ECS agent needs",
    atNetwork({
      owner: "instance",
      routes: seen([LOCAL]),
      endpoints: seen([endpoint]),
      groups: doors([https({ groups: ["sg-task"] })]),
    }),
    "endpoints",
    "warn",
    /^the instance's ECS agent may not reach ecs-agent, ecs-telemetry and ecs: subnet-1 has no route/,
    /com\.amazonaws\.us-east-1\.ecs-agent .*\n.*ecs-telemetry [^]*us-east-1\.ecs /,
  ],
  [
    "an instance behind a NAT gateway",
    atNetwork({ owner: "instance" }),
    "endpoints",
    "ok",
    /^ecs-agent, ecs-telemetry and ecs are reached through the NAT gateway nat-1$/,
  ],
  [
    "a shut ecs endpoint of an instance",
    atNetwork({
      owner: "instance",
      endpoints: seen([{
        ...endpoint,
        serviceName: "com.amazonaws.us-east-1.ecs",
      }]),
      groups: doors([]),
    }),
    "endpoints",
    "warn",
    /may not reach ecs: the ecs endpoint vpce-1 does not let in port 443 from the instance's network/,
    /authorize-security-group-ingress/,
  ],
  [
    "what a task's agent does without",
    atNetwork({
      routes: seen([LOCAL]),
      endpoints: seen([
        endpoint,
        { ...endpoint, serviceName: "com.amazonaws.us-east-1.ssm" },
      ]),
      groups: doors([https({ groups: ["sg-task"] })]),
    }),
    "endpoints",
    "ok",
    /^ssm is reached through the endpoint vpce-1; ecs is not reached as far as is visible, and ECS Exec does not need it$/,
  ],
  [
    "endpoints that may not be looked at at all",
    atNetwork({ endpoints: denied("ec2:DescribeVpcEndpoints") }),
    "endpoints",
    "unknown",
    /ec2:DescribeVpcEndpoints/,
    /add ec2/,
  ],
  [
    "a bucket for logs that no route leads to",
    toBucket({ routes: seen([LOCAL]), endpoints: seen([gateway]) }),
    "session_logging",
    "fail",
    /no route to the internet, and its network has no s3 endpoint/,
    /--vpc-endpoint-type Gateway/,
  ],
  [
    "a bucket for logs behind its gateway endpoint",
    toBucket({
      routes: seen([LOCAL, {
        destination: "pl-1",
        target: "vpce-s3",
        blackhole: false,
      }]),
      endpoints: seen([gateway]),
    }),
    "session_logging",
    "ok",
    /bucket logs/,
  ],
  [
    "Docker that does not answer",
    atInside({
      route: seen({ kind: "docker", because: "", warning: "" }),
      docker: {
        kind: "unseen",
        because: "there is no such socket",
        hints: ["set exec.docker.host"],
      },
    }),
    "docker",
    "fail",
    /no such socket/,
    /exec\.docker\.host/,
  ],
  [
    "missing tools",
    atInside({
      proof: ran({
        tools: { stty: false, base64: false, dd: false, uniq: false },
      }),
    }),
    "tools",
    "warn",
    /missing: stty .*base64/,
    /coreutils/,
  ],
  [
    "no shell",
    atInside({
      proof: {
        kind: "failed",
        reason: {
          kind: "unseen",
          code: "cannot_start",
          because: 'the container has no usable "sh" (exec: "sh": not found)',
        },
      },
    }),
    "tools",
    "fail",
    /no sh/,
    /--no-shell/,
  ],
  [
    "a session that failed",
    atInside({
      proof: {
        kind: "failed",
        reason: {
          kind: "unseen",
          code: "session_refused",
          because: "it was refused",
          hints: ["try again"],
        },
      },
    }),
    "proof",
    "fail",
    /it was refused/,
    /try again/,
  ],
  [
    "a session open",
    atInside({ proof: { kind: "skipped", because: "a session is open" } }),
    "proof",
    "unknown",
    /not tried: a session is open/,
  ],
];

for (const [name, facts, id, status, evidence, remedy] of CASES) {
  Deno.test(`doctor: ${name}`, () => {
    const check = listChecks(facts, FARGATE).find((one) => one.id === id);
    assert.equal(check?.status, status, JSON.stringify(check));
    assert.match(check.evidence, evidence);
    if (remedy !== undefined) assert.match(check.remedy ?? "", remedy);
  });
}

Deno.test("a healthy service gives no alarm, and each check but the proof is ok", () => {
  const checks = listChecks(
    atInside({ proof: ran() }),
    FARGATE,
  );
  assert.deepEqual(checks.filter(({ status }) => status !== "ok"), []);
  assert.deepEqual(checks.filter(({ link }) => link !== undefined), []);
  assert.equal(statusOfChecks(checks), 0);
  assert.equal(new Set(checks.map(({ id }) => id)).size, checks.length);
  assert.match(checks.at(-1)?.evidence ?? "", /in 1\.2 s$/);
});

Deno.test("a session that worked weighs more than what was read", () => {
  const facts = atInside({
    connection: connection({
      surroundings: network({ routes: seen([LOCAL]) }),
    }),
    proof: ran(),
  });
  const checks = listChecks(facts, FARGATE);
  const check = checks.find(({ id }) => id === "network");
  assert.equal(check?.status, "warn");
  assert.match(check.evidence, /worked all the same/);
  assert.equal(statusOfChecks(checks), 0);
});

Deno.test("a session that fails beside its cause leaves the remedy to that; alone it names what is left", () => {
  const proof: ProofFacts = {
    kind: "failed",
    reason: {
      kind: "unseen",
      code: "target_not_connected",
      because: "its agent is not connected",
      hints: ["possible cause: everything"],
    },
  };
  const remedyOf = (facts: DoctorFacts) =>
    listChecks(facts, FARGATE).find(({ id }) => id === "proof")?.remedy;
  const noRoot = atContainer({ readonlyRootFilesystem: true }).target!.inside!;
  assert.equal(remedyOf(atInside({ ...noRoot, proof })), undefined);
  const keys = atContainer({ environment: ["AWS_PROFILE"] }).target!.inside!;
  assert.match(
    remedyOf(atInside({ ...keys, proof })) ?? "",
    /^likely cause: the container has AWS_PROFILE/,
  );
});

Deno.test("what decides must be known: identity, task and agent; without a target, identity", () => {
  const status = (facts: DoctorFacts) =>
    statusOfChecks(listChecks(facts, FARGATE));
  assert.equal(status(doctorFacts()), 0);
  assert.equal(status({ ...doctorFacts(), target: undefined }), 0);
  assert.equal(
    status(doctorFacts({ identity: denied("sts:GetCallerIdentity") })),
    1,
  );
  assert.equal(
    status(atTarget({ tasks: denied("ecs:ListTasks"), inside: undefined })),
    1,
  );
  assert.equal(
    status(
      atConnection({ roleVerdicts: denied("iam:SimulatePrincipalPolicy") }),
    ),
    0,
  );
});

Deno.test("where Docker is the way, nothing of an agent is checked, and exec that is off is no failure", () => {
  const facts = atTarget({
    service: seen({ ...SERVICE, executeCommandEnabled: false }),
    tasks: seen([old]),
    inside: inside({
      route: seen({ kind: "docker", because: "", warning: "" }),
      docker: seen("unix:///var/run/docker.sock answers"),
    }),
  });
  const checks = listChecks(facts, { byDocker: false, hasDaemon: true });
  assert.equal(checks.find(({ id }) => id === "service")?.status, "warn");
  assert.equal(checks.some(({ id }) => id === "exec_agent"), false);
  assert.equal(statusOfChecks(checks), 0);
  const chosen = listChecks(facts, { byDocker: true, hasDaemon: true });
  assert.equal(chosen.find(({ id }) => id === "service")?.status, "ok");
});
