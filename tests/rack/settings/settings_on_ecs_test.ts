import assert from "node:assert/strict";
import { createAwsAccess } from "../../../src/access/aws/create_aws_access.ts";
import { createRevisions } from "../../../src/access/aws/create_revisions.ts";
import { createAws } from "../../../src/aws/create_aws.ts";
import type { AuditEntry } from "../../../src/rack/audit_entry.ts";
import { Refusal } from "../../../src/rack/refusal.ts";
import { createSettings } from "../../../src/rack/settings/create_settings.ts";
import { RACK_VERSIONS } from "../../../src/rack/settings/rack_versions.ts";
import { readContainerMetadata } from "../../../src/rack/settings/read_container_metadata.ts";
import type { Settings } from "../../../src/rack/settings/settings_port.ts";
import { createRealDeps } from "../../../src/real_deps.ts";
import { withAwsEnv } from "../../aws/api_server.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { SandboxOptions } from "../../sandbox/sandbox_options.ts";
import { startSandbox } from "../../sandbox/start_sandbox.ts";
import { admin, parameterForm, versionForm } from "./fake_rack_service.ts";

/** Lets the service `worker` of a sandbox be the rack. */
async function withRack(
  options: Partial<SandboxOptions>,
  body: (rack: {
    readonly settings: Settings;
    readonly sandbox: Sandbox;
    readonly entries: readonly AuditEntry[];
    /** Looks until the rack is in such a state. */
    readonly until: (status: string) => Promise<void>;
  }) => Promise<void>,
): Promise<void> {
  const sandbox = await startSandbox(options);
  const entries: AuditEntry[] = [];
  let time = 0;
  try {
    await withAwsEnv({ ...sandbox.env, AWS_MAX_ATTEMPTS: "1" }, async () => {
      const deps = createRealDeps();
      const aws = createAws({
        ...deps,
        region: "us-east-1",
        profile: undefined,
      });
      const [task] = sandbox.tasks("worker");
      const settings = createSettings({
        access: { ...createAwsAccess(aws), ...createRevisions(aws) },
        audit: { write: (entry) => Promise.resolve(void entries.push(entry)) },
        versions: RACK_VERSIONS,
        readMetadata: () =>
          readContainerMetadata({
            sleep: deps.sleep,
            env: (name) =>
              name === "ECS_CONTAINER_METADATA_URI_V4"
                ? `${sandbox.url}/v4/${task?.runtimeIds["worker"]}`
                : undefined,
          }),
        ecsExec: "No",
        findCaller: () => Promise.resolve(undefined),
        clusters: ["default"],
        now: () => new Date(time += 60_000),
      });
      await body({
        settings,
        sandbox,
        entries,
        async until(status) {
          for (;;) {
            const now = await settings.read();
            if (now.status === status) return;
          }
        },
      });
    });
  } finally {
    await sandbox.close();
  }
}

const registered = ({ requests }: Sandbox) =>
  requests().filter(({ operation, answer }) =>
    operation === "RegisterTaskDefinition" && answer.status === 200
  ).map(({ parameters }) => parameters);

Deno.test("PUT registers a revision that differs in rack labels alone, and rolls the service over to it", async () => {
  await withRack({
    // Long enough for what is asked while it lasts.
    rollout: { stepMs: 500, tasksStop: false, circuitBreaker: "rollback" },
    definition: { environment: { A: "1" }, secrets: ["S"] },
  }, async ({ settings, sandbox, entries, until }) => {
    assert.deepEqual(await settings.read(), {
      status: "running",
      ecsExec: "No",
    });
    assert.deepEqual(await settings.findOwn(), {
      cluster: "default",
      service: "worker",
      roles: [{ account: "123456789012", name: "sandbox-task" }],
    });
    const before = sandbox.tasks("worker").map(({ taskId }) => taskId);
    const lines = await settings.change(parameterForm("ECSExec=Yes"), admin);
    assert.equal(lines[0], "ok");
    assert.ok(
      lines.some((line) => line.includes("enable-exec default/legacy")),
    );
    assert.equal((await settings.read()).status, "updating");
    await assert.rejects(
      settings.change(parameterForm("ECSExec=No"), admin),
      (error) => error instanceof Refusal && error.status === 409,
    );
    await until("running");
    assert.equal((await settings.read()).ecsExec, "Yes");
    const running = sandbox.tasks("worker")
      .filter(({ status }) => status === "RUNNING");
    assert.ok(running.every(({ taskId }) => !before.includes(taskId)));

    await settings.change(parameterForm("ECSExec=No"), admin);
    const [first, second] = registered(sandbox);
    const [container] = first?.["containerDefinitions"] as [
      { readonly dockerLabels: object; readonly environment: unknown },
    ];
    assert.deepEqual(container.environment, [{ name: "A", value: "1" }]);
    assert.deepEqual(container.dockerLabels, {
      "rack.ECSExec": "Yes",
      "rack.RegisteredBy": "porthole",
    });
    assert.deepEqual(
      JSON.parse(JSON.stringify(second).replace('"No"', '"Yes"')),
      first,
    );
    assert.equal(entries.length, 4);
    assert.match(entries[1]?.revision ?? "", /^worker:\d+$/);
  });
});

Deno.test("an image that does not run: failed, and the next change is made on what runs", async () => {
  await withRack({
    rollout: { stepMs: 5, tasksStop: true, circuitBreaker: "rollback" },
  }, async ({ settings, sandbox, until }) => {
    await settings.change(versionForm("9.9.9"), admin);
    await until("failed");
    // Back to the revision before, which has completed: still no success.
    await sandbox.waitFor(({ requests }) =>
      requests().at(-1)?.operation === "DescribeTaskDefinition"
    );
    assert.equal((await settings.read()).ecsExec, "No");
    for (;;) {
      try {
        await settings.change(parameterForm("ECSExec=Yes"), admin);
        break;
      } catch (error) {
        // The way back is a deployment, too.
        assert.ok(error instanceof Refusal && error.status === 409);
      }
    }
    const [first, second] = registered(sandbox);
    assert.match(JSON.stringify(first), /worker:9\.9\.9"/);
    assert.doesNotMatch(JSON.stringify(second), /worker:9\.9\.9"/);
  });
});

Deno.test("what ECS refuses leaves the service and its newest revision as they were", async () => {
  await withRack({ deny: ["ecs:UpdateService"] }, async ({
    settings,
    sandbox,
  }) => {
    await assert.rejects(
      settings.change(parameterForm("ECSExec=Yes"), admin),
      /ecs:UpdateService/,
    );
    assert.equal(
      sandbox.requests().findLast(({ service }) => service === "ecs")
        ?.operation,
      "DeregisterTaskDefinition",
    );
    assert.deepEqual(await settings.read(), {
      status: "running",
      ecsExec: "No",
    });
  });
});
