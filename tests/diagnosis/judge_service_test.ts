import assert from "node:assert/strict";
import type {
  ContainerDefinition,
  Service,
  TaskDefinition,
} from "../../src/access/access.ts";
import type { Seen } from "../../src/diagnosis/seen.ts";
import {
  judgeService,
  type ServiceFacts,
} from "../../src/diagnosis/judge_service.ts";
import { lookUpService } from "../../src/diagnosis/look_up_service.ts";
import { PortholeError } from "../../src/errors.ts";
import { service } from "../service/fake_service.ts";
import { fakeAccess, task } from "../target/fake_access.ts";

const DEFINITION: TaskDefinition = {
  arn: "arn:aws:ecs:us-east-1:1:task-definition/web:7",
  networkMode: "awsvpc",
  taskRoleArn: "arn:aws:iam::1:role/web",
  containers: [definition("web"), definition("sidecar")],
};

function definition(
  name: string,
  fields: Partial<ContainerDefinition> = {},
): ContainerDefinition {
  return {
    name,
    essential: true,
    environment: [],
    secrets: [],
    readonlyRootFilesystem: false,
    initProcessEnabled: true,
    ...fields,
  };
}

function seen<T>(value: T): Seen<T> {
  return { kind: "seen", value };
}

function judge(
  parts: {
    readonly service?: Partial<Service>;
    readonly definition?: Partial<TaskDefinition>;
    readonly agents?: readonly (string | undefined)[];
  },
  facts: Partial<ServiceFacts> = {},
) {
  return judgeService({
    region: "us-east-1",
    service: service(parts.service),
    sample: task("0", parts.agents ? { containerInstanceArn: "arn:i" } : {}),
    definition: seen({ ...DEFINITION, ...parts.definition }),
    ecsAgentVersions: (parts.agents ?? []).map(seen),
    ...facts,
  });
}

const evidence = (causes: readonly { readonly evidence: string }[]) =>
  causes.map((cause) => cause.evidence);

Deno.test("nothing is in the way of a usual service; what IAM and the network say cannot be seen", () => {
  const { obstacles, warnings, possible, unchecked } = judge({});
  assert.deepEqual([obstacles, warnings, unchecked], [[], [], []]);
  assert.equal(possible.length, 2);
  assert.match(possible[1]?.evidence ?? "", /the task role web may lack/);
});

Deno.test("without a task role ECS refuses, on EC2 too", () => {
  const { taskRoleArn: _, ...roleless } = DEFINITION;
  for (const agents of [undefined, ["1.89.0"]]) {
    const { obstacles } = judge(
      agents === undefined ? {} : { agents },
      { definition: seen(roleless) },
    );
    assert.deepEqual(evidence(obstacles), [
      'task definition "web:7" has no task role (taskRoleArn)',
    ]);
    assert.match(
      obstacles[0]?.remedy ?? "",
      /ssmmessages:CreateControlChannel/,
    );
  }
});

Deno.test("a platform that is too old is in the way; LATEST and the tasks of today are not", () => {
  const platform = (platformVersion: string) =>
    evidence(judge({ service: { platformVersion } }).obstacles);
  assert.match(platform("1.3.0")[0] ?? "", /1\.3\.0, older than 1\.4\.0/);
  assert.deepEqual(platform("1.4.0"), []);
  assert.deepEqual(platform("LATEST"), []);
  const { obstacles } = judge({}, {
    sample: task("0", { platformVersion: "1.3.0" }),
  });
  assert.deepEqual(obstacles, []);
});

Deno.test("an old ECS agent is in the way on every instance, and a warning on some", () => {
  const old = judge({ agents: ["1.40.0", "1.40.0"] });
  assert.equal(old.obstacles.length, 1);
  const some = judge({ agents: ["1.40.0", "1.89.0"] });
  assert.deepEqual(some.obstacles, []);
  assert.match(some.warnings[0]?.evidence ?? "", /ECS agent 1\.40\.0/);
});

Deno.test("what holds for one container is a warning that names it, for all an obstacle", () => {
  const readonly = { readonlyRootFilesystem: true };
  const one = judge({
    definition: {
      containers: [definition("web"), definition("sidecar", readonly)],
    },
  });
  assert.deepEqual(one.obstacles, []);
  assert.match(
    one.warnings[0]?.evidence ?? "",
    /^container "sidecar": .*read-only/,
  );
  const all = judge({
    definition: {
      containers: [
        definition("web", readonly),
        definition("sidecar", readonly),
      ],
    },
  });
  assert.equal(all.obstacles.length, 1);
  const keys = judge({
    definition: {
      containers: [definition("web", { secrets: ["AWS_ACCESS_KEY_ID"] })],
    },
  });
  assert.match(
    keys.warnings[0]?.evidence ?? "",
    /AWS_ACCESS_KEY_ID \(secrets\)/,
  );
});

Deno.test("lookUpService says what it may not see, and looks at each instance once", async () => {
  const denied = new PortholeError("access_denied", {
    cannot: "look",
    because: "not allowed",
  });
  const access = fakeAccess({
    describeTaskDefinition: () => Promise.reject(denied),
    describeContainerInstance: () =>
      Promise.resolve({ arn: "arn:i", agentVersion: "1.89.0" }),
  });
  const tasks = ["a", "b", "c"].map((id) =>
    task(id, { containerInstanceArn: id === "c" ? "arn:i2" : "arn:i1" })
  );
  const facts = await lookUpService(access, service(), tasks);
  assert.deepEqual(facts.definition, {
    kind: "unseen",
    because: "not allowed",
    code: "access_denied",
    hints: [],
  });
  assert.deepEqual(facts.ecsAgentVersions, [seen("1.89.0"), seen("1.89.0")]);
  assert.equal(facts.sample?.id, "a");
  const { obstacles, unchecked } = judgeService(facts);
  assert.deepEqual(obstacles, []);
  assert.match(unchecked.join("\n"), /^the task definition .*: not allowed$/);
  assert.equal((await lookUpService(access, service(), [])).sample, undefined);
});

Deno.test("where a running task stands is where the next one is taken to stand", () => {
  const facts = { sample: task("0", { subnetId: "subnet-7" }) };
  assert.match(evidence(judge({}, facts).possible).join("\n"), /in subnet-7/);
});
