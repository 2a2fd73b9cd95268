import assert from "node:assert/strict";
import { parse } from "yaml";
import { projectRoot } from "../../scripts/project.ts";

const text = await Deno.readTextFile(`${projectRoot}packaging/rack/rack.yml`);

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** A resource of the template, as far as the tests look. */
interface Resource {
  readonly Type: string;
  readonly Condition?: string;
  // deno-lint-ignore no-explicit-any
  readonly Properties: any;
}

const { Resources, Parameters, Conditions } = parse(text) as {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Parameters: Readonly<Record<string, unknown>>;
  readonly Conditions: Readonly<Record<string, unknown>>;
};

function propertiesOf(name: string): Resource["Properties"] {
  return Resources[name]?.Properties ?? assert.fail(`there is no ${name}`);
}

/** All that the rack itself may do, by policy. */
const policies = Object.entries(Resources)
  .filter(([, { Type }]) => Type === "AWS::IAM::Policy")
  .map(([name, { Condition, Properties }]) => ({
    name,
    condition: Condition,
    statements: Properties.PolicyDocument.Statement as readonly Statement[],
  }));
const actionsOf = (name: string) =>
  policies.find((one) => one.name === name)?.statements
    .flatMap(({ Action }) => Action).toSorted();

Deno.test("the rack may do what its users may, and what else is asked for is a policy of its own", () => {
  assert.deepEqual(actionsOf("ExecPolicy"), [
    "ecs:DescribeClusters",
    "ecs:DescribeServices",
    "ecs:DescribeTaskDefinition",
    "ecs:DescribeTasks",
    "ecs:ExecuteCommand",
    "ecs:ListServices",
    "ecs:ListTasks",
    "ssm:GetParametersByPath",
    "ssm:ResumeSession",
    "ssm:TerminateSession",
    "ssmmessages:OpenDataChannel",
  ]);
  const conditions = policies.map(({ name, condition }) => [name, condition]);
  assert.deepEqual(conditions, [
    ["ExecPolicy", undefined],
    ["RunPolicy", "CanRun"],
    ["PassRolesPolicy", "CanPassRoles"],
    ["DockerPolicy", "CanUseDocker"],
    ["ChangePolicy", "CanChange"],
  ]);
  for (const { condition } of policies) {
    assert.ok(condition === undefined || condition in Conditions);
  }
  for (const { statements } of policies) {
    for (const { Action } of statements) {
      for (const action of [Action].flat()) {
        assert.match(action as string, /^[a-z0-9]+:[A-Za-z]+$/);
      }
    }
  }
});

Deno.test("sessions are the only ones that it can resume and end, and only its own tasks can it stop", () => {
  const statements = policies.flatMap((one) => one.statements);
  const find = (action: string) =>
    statements.filter(({ Action }) => [Action].flat().includes(action));
  for (const action of ["ssm:ResumeSession", "ssmmessages:OpenDataChannel"]) {
    const [one] = find(action);
    assert.match(
      JSON.stringify(one?.Resource),
      /:session\/ecs-execute-command-\*"/,
    );
  }
  assert.match(
    JSON.stringify(find("ecs:StopTask")[0]?.Condition),
    /aws:ResourceTag\/porthole:rack/,
  );
  for (const { Condition } of find("iam:PassRole")) {
    assert.match(JSON.stringify(Condition), /ecs-tasks\.amazonaws\.com/);
  }
  assert.deepEqual(find("ecs:UpdateService")[0]?.Resource, { Ref: "Service" });
});

Deno.test("the key of tickets is the execution role's to read, and not the rack's", () => {
  assert.ok(!JSON.stringify(policies).includes("secretsmanager"));
  assert.equal(propertiesOf("TaskRole").Policies, undefined);
  const { Secrets } = propertiesOf("TaskDefinition").ContainerDefinitions[0];
  assert.deepEqual(Secrets, [
    { Name: "PORTHOLE_TICKET_KEY", ValueFrom: { Ref: "TicketSecret" } },
  ]);
});

Deno.test("nobody cuts a session before its drain is over", () => {
  const attributes = Object.fromEntries(
    propertiesOf("TargetGroup").TargetGroupAttributes
      .map(({ Key, Value }: { Key: string; Value: string }) => [Key, Value]),
  );
  assert.deepEqual(attributes, {
    "preserve_client_ip.enabled": "true",
    "deregistration_delay.timeout_seconds": "120",
    "deregistration_delay.connection_termination.enabled": "false",
    "target_health_state.unhealthy.connection_termination.enabled": "false",
  });
  const [container] = propertiesOf("TaskDefinition").ContainerDefinitions;
  assert.equal(container.StopTimeout, 120);
  const { Command } = container;
  assert.equal(Command[Command.indexOf("--drain") + 1], "110s");
});

Deno.test("the rack has no rights on its machine, and its audit waits rather than lose a line", () => {
  const [container] = propertiesOf("TaskDefinition").ContainerDefinitions;
  assert.equal(container.ReadonlyRootFilesystem, true);
  assert.equal(container.User, "65532:65532");
  assert.deepEqual(container.LinuxParameters.Capabilities, { Drop: ["ALL"] });
  assert.equal(container.LogConfiguration.Options.mode, "blocking");
  assert.deepEqual(container.DockerLabels, {
    "rack.ECSExec": { Ref: "ECSExec" },
  });
  const service = propertiesOf("Service");
  assert.equal(service.EnableExecuteCommand, false);
  assert.deepEqual(service.DeploymentConfiguration.DeploymentCircuitBreaker, {
    Enable: true,
    Rollback: true,
  });
});

Deno.test("plain http is for the balancer alone, which speaks TLS", () => {
  assert.equal(propertiesOf("Listener").Protocol, "TLS");
  assert.deepEqual(
    propertiesOf("TaskSecurityGroup").SecurityGroupIngress.map((
      { SourceSecurityGroupId, CidrIp }: {
        SourceSecurityGroupId: unknown;
        CidrIp?: unknown;
      },
    ) => [SourceSecurityGroupId, CidrIp]),
    [[{ Ref: "BalancerSecurityGroup" }, undefined]],
  );
  assert.equal(propertiesOf("Balancer").IpAddressType, "ipv4");
});

Deno.test("private subnets get every endpoint that the rack calls", () => {
  const services = Object.values(Resources)
    .filter(({ Type }) => Type === "AWS::EC2::VPCEndpoint")
    .map(({ Properties }) => Properties.ServiceName["Fn::Sub"].split("}.")[1])
    .toSorted();
  assert.deepEqual(services, [
    "ec2",
    "ecr.api",
    "ecr.dkr",
    "ecs",
    "kms",
    "logs",
    "s3",
    "secretsmanager",
    "ssm",
    "ssmmessages",
    "sts",
  ]);
});

Deno.test("what the template refers to is there", () => {
  const names = new Set([
    ...Object.keys(Resources),
    ...Object.keys(Parameters),
  ]);
  const refer = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === "Ref" && !String(inner).startsWith("AWS::")) {
        assert.ok(names.has(String(inner)), `Ref ${inner}`);
      }
      if (key === "Fn::GetAtt") assert.ok(names.has(inner[0]), inner[0]);
      if (key === "Condition" && typeof inner === "string") {
        assert.ok(inner in Conditions, inner);
      }
      refer(inner);
    }
  };
  refer({ Resources, Conditions });
});
