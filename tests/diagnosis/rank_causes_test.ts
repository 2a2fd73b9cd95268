import assert from "node:assert/strict";
import type {
  ContainerDefinition,
  TaskDefinition,
} from "../../src/access/access.ts";
import type { ConnectionFacts } from "../../src/diagnosis/connection_facts.ts";
import { explainDiagnosis } from "../../src/diagnosis/explain_diagnosis.ts";
import { rankCauses } from "../../src/diagnosis/rank_causes.ts";
import { PortholeError } from "../../src/errors.ts";
import { container, task } from "../target/fake_access.ts";

const CONTAINER: ContainerDefinition = {
  essential: true,
  name: "app",
  environment: ["PORT"],
  secrets: ["PASSWORD"],
  readonlyRootFilesystem: false,
  initProcessEnabled: true,
};
const DEFINITION: TaskDefinition = {
  arn: "arn:aws:ecs:us-east-1:1:task-definition/web:7",
  networkMode: "awsvpc",
  taskRoleArn: "arn:aws:iam::1:role/app-task",
  containers: [CONTAINER, { ...CONTAINER, name: "sidecar" }],
};

/** A Fargate task in which all is well: what may then still be wrong is not to be seen. */
function facts(parts: Partial<ConnectionFacts> = {}): ConnectionFacts {
  return {
    region: "eu-west-1",
    service: "web",
    task: task("0123", { platformVersion: "1.4.0", platformFamily: "Linux" }),
    container: { ...container("app"), agent: { status: "RUNNING" } },
    definition: { kind: "seen", value: DEFINITION },
    network: {
      kind: "seen",
      value: {
        subnets: ["s-1"],
        securityGroups: ["sg-1"],
        assignPublicIp: true,
      },
    },
    ...parts,
  };
}

function withDefinition(
  parts: Partial<TaskDefinition>,
  ofContainer: Partial<ContainerDefinition> = {},
): Partial<ConnectionFacts> {
  return {
    definition: {
      kind: "seen",
      value: {
        ...DEFINITION,
        containers: [{ ...CONTAINER, ...ofContainer }, {
          ...CONTAINER,
          name: "sidecar",
        }],
        ...parts,
      },
    },
  };
}

const { taskRoleArn: _, ...withoutRole } = DEFINITION;
const onInstance = task("0123", { containerInstanceArn: "arn:…/i" });

const cases: readonly (readonly [
  name: string,
  parts: Partial<ConnectionFacts>,
  certainty: string,
  evidence: RegExp,
])[] = [
  ["nothing to be seen", {}, "possible", /role app-task may lack/],
  [
    "a stopped agent",
    {
      container: {
        ...container("app"),
        agent: { status: "STOPPED", reason: "it crashed" },
      },
    },
    "certain",
    /agent is STOPPED \(it crashed\)$/,
  ],
  [
    "an old platform",
    { task: task("0123", { platformVersion: "1.3.0" }) },
    "certain",
    /platform version 1\.3\.0, older than 1\.4\.0/,
  ],
  [
    "an old Windows platform",
    {
      task: task("0123", {
        platformVersion: "0.9.0",
        platformFamily: "WINDOWS_SERVER_2019_CORE",
      }),
    },
    "certain",
    /older than 1\.0\.0/,
  ],
  [
    "a Windows platform that is new enough",
    {
      task: task("0123", {
        platformVersion: "1.0.0",
        platformFamily: "WINDOWS_SERVER_2019_CORE",
      }),
    },
    "possible",
    /may lack/,
  ],
  [
    "an old ECS agent",
    {
      task: onInstance,
      ecsAgentVersion: { kind: "seen", value: "1.9.10" },
    },
    "certain",
    /ECS agent 1\.9\.10, older than 1\.50\.2/,
  ],
  [
    "no role",
    { definition: { kind: "seen", value: withoutRole } },
    "certain",
    /has no task role/,
  ],
  [
    "no role, but the instance's",
    { task: onInstance, definition: { kind: "seen", value: withoutRole } },
    "likely",
    /uses the instance's role/,
  ],
  [
    "a role by override",
    {
      task: task("0123", { taskRoleOverride: "arn:aws:iam::1:role/other" }),
      definition: { kind: "seen", value: withoutRole },
    },
    "possible",
    /role other may lack/,
  ],
  [
    "a read-only root",
    withDefinition({}, { readonlyRootFilesystem: true }),
    "certain",
    /read-only/,
  ],
  [
    "keys in the environment and the secrets",
    withDefinition({}, {
      environment: ["AWS_REGION", "AWS_ACCESS_KEY_ID"],
      secrets: ["AWS_SECRET_ACCESS_KEY"],
    }),
    "likely",
    /has AWS_ACCESS_KEY_ID \(environment\), AWS_SECRET_ACCESS_KEY \(secrets\), which/,
  ],
  [
    "keys in the overrides",
    {
      container: {
        ...container("app"),
        addedVariables: ["AWS_PROFILE"],
      },
    },
    "likely",
    /AWS_PROFILE \(the task's overrides\)/,
  ],
  [
    "a proxy for everything",
    withDefinition({}, { environment: ["https_proxy"] }),
    "likely",
    /HTTPS_PROXY but not NO_PROXY/,
  ],
  [
    "a session in a shared PID namespace",
    {
      ...withDefinition({ pidMode: "task" }),
      busyContainers: { kind: "seen", value: ["sidecar"] },
    },
    "likely",
    /a session is open in "sidecar"/,
  ],
  [
    "a shared PID namespace into which nobody can look",
    {
      ...withDefinition({ pidMode: "task" }),
      busyContainers: { kind: "unseen", because: "denied" },
    },
    "possible",
    /may be open in another/,
  ],
  [
    "no network",
    withDefinition({ networkMode: "none" }),
    "certain",
    /networkMode none/,
  ],
  [
    "a private subnet",
    {
      task: task("0123", { subnetId: "s-1" }),
      network: {
        kind: "seen",
        value: {
          subnets: ["s-1"],
          securityGroups: ["sg-1"],
          assignPublicIp: false,
        },
      },
    },
    "possible",
    /in s-1 has no public address \(assignPublicIp of service "web"/,
  ],
];

for (const [name, parts, certainty, evidence] of cases) {
  Deno.test(`rankCauses: ${name}`, () => {
    const { causes } = rankCauses(facts(parts));
    assert.equal(causes[0]?.certainty, certainty);
    assert.match(causes[0]?.evidence ?? "", evidence);
  });
}

Deno.test("rankCauses: what a container needs itself is no cause", () => {
  const { causes } = rankCauses(facts(withDefinition({ pidMode: "task" }, {
    environment: ["AWS_REGION", "AWS_DEFAULT_REGION", "HTTP_PROXY", "NO_PROXY"],
  })));
  assert.equal(
    causes.filter(({ certainty }) => certainty === "likely").length,
    0,
  );
});

Deno.test("rankCauses: the surest of several comes first", () => {
  const { causes } = rankCauses(facts({
    ...withDefinition({ networkMode: "bridge" }, {
      environment: ["AWS_ACCESS_KEY"],
      readonlyRootFilesystem: true,
    }),
  }));
  // What may be one leads away from what is one.
  assert.deepEqual(causes.map(({ certainty }) => certainty), [
    "certain",
    "likely",
  ]);
});

Deno.test("rankCauses: what could not be looked at is said", () => {
  const { causes, unchecked } = rankCauses(facts({
    definition: { kind: "unseen", because: "not allowed" },
    network: { kind: "unseen", because: "throttled" },
  }));
  assert.match(unchecked[0] ?? "", /^the task definition \(.*\): not allowed$/);
  assert.equal(unchecked[1], "the service's network: throttled");
  assert.match(causes.at(-1)?.evidence ?? "", /^the task role may lack/);
});

Deno.test("explainDiagnosis: one line for each cause, advice and blind spot", () => {
  const refusal = new PortholeError("target_not_connected", "Cannot x: y");
  const { code, message, hint, link } = explainDiagnosis(
    refusal,
    rankCauses(facts({
      ...withDefinition({}, { initProcessEnabled: false }),
      network: { kind: "unseen", because: "denied" },
    })),
  );
  assert.deepEqual([code, message], ["target_not_connected", "Cannot x: y"]);
  const lines = hint?.split("\n") ?? [];
  assert.match(lines[0] ?? "", /^possible cause: /);
  assert.match(lines.at(-2) ?? "", /^initProcessEnabled is off: /);
  assert.equal(lines.at(-1), "could not check the service's network: denied");
  assert.match(link ?? "", /troubleshooting/);
});
