import assert from "node:assert/strict";
import { readTask } from "../../../src/access/aws/read_task.ts";

Deno.test("an empty reason is no reason", () => {
  const read = (text: string | undefined) =>
    readTask({
      taskArn: "arn:aws:ecs:us-east-1:123456789012:task/default/0123",
      stopCode: text as "UserInitiated" | undefined,
      stoppedReason: text,
      containers: [{
        name: "web",
        reason: text,
        managedAgents: [{
          name: "ExecuteCommandAgent",
          lastStatus: "STOPPED",
          reason: text,
        }],
      }],
    });
  assert.deepEqual(read(""), read(undefined));
  assert.equal(
    read("Scaling activity").containers[0]?.agent?.reason,
    "Scaling activity",
  );
});

Deno.test("of a container's agents, the one of ECS Exec counts", () => {
  const { containers } = readTask({
    containers: [{
      name: "app",
      managedAgents: [
        { name: "Other" as "ExecuteCommandAgent", lastStatus: "STOPPED" },
        { name: "ExecuteCommandAgent", lastStatus: "RUNNING" },
      ],
    }, {
      name: "side",
      managedAgents: [
        { name: "Other" as "ExecuteCommandAgent", lastStatus: "RUNNING" },
      ],
    }],
  });
  assert.deepEqual(containers.map(({ agent }) => agent?.status), [
    "RUNNING",
    undefined,
  ]);
});
