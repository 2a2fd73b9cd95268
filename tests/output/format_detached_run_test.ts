import assert from "node:assert/strict";
import { PortholeError } from "../../src/errors.ts";
import { formatDetachedRun } from "../../src/output/format_detached_run.ts";
import { container, task } from "../target/fake_access.ts";

Deno.test("what came of tasks that were left, as one object", () => {
  const text = formatDetachedRun({
    cluster: "main",
    service: "web",
    region: "us-east-1",
    taskDefinition: "web:7",
    container: "app",
    command: "ls",
    tasks: [task("0123", {
      status: "STOPPED",
      stopCode: "EssentialContainerExited",
      stoppedReason: "Essential container in task exited",
      containers: [
        { ...container("proxy", "STOPPED"), exitCode: 137 },
        { ...container("app", "STOPPED"), exitCode: 3 },
      ],
    })],
    status: 3,
    startedAt: new Date("2023-01-01T00:00:00Z"),
    endedAt: new Date("2023-01-01T00:01:00Z"),
  });
  assert.equal(
    text,
    `${
      JSON.stringify({
        cluster: "main",
        service: "web",
        region: "us-east-1",
        account: null,
        profile: null,
        task_definition: "web:7",
        container: "app",
        command: "ls",
        tasks: [{
          id: "0123",
          status: "STOPPED",
          exit_code: 3,
          stop_code: "EssentialContainerExited",
          stopped_reason: "Essential container in task exited",
        }],
        status: 3,
        started_at: "2023-01-01T00:00:00.000Z",
        ended_at: "2023-01-01T00:01:00.000Z",
      })
    }\n`,
  );
});

Deno.test("what was never known is null, and a failure is told", () => {
  const error = new PortholeError("task_not_started", "Cannot start it");
  assert.deepEqual(
    JSON.parse(formatDetachedRun({ tasks: [], status: 125, error })),
    {
      cluster: null,
      service: null,
      region: null,
      account: null,
      profile: null,
      task_definition: null,
      container: null,
      command: null,
      tasks: [],
      status: 125,
      started_at: null,
      ended_at: null,
      error: { code: "task_not_started", message: "Cannot start it" },
    },
  );
});
