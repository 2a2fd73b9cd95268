import assert from "node:assert/strict";
import type { ContainerDefinition } from "../../src/access/access.ts";
import { findStreams } from "../../src/logs/find_streams.ts";

const task = {
  id: "0123456789abcdef0123456789abcdef",
  launchType: "EC2",
  containers: [{ name: "web", runtimeId: "f".repeat(64) }, { name: "side" }],
};

function define(
  name: string,
  logs: ContainerDefinition["logs"],
): ContainerDefinition {
  const container = {
    name,
    essential: true,
    environment: [],
    secrets: [],
    readonlyRootFilesystem: false,
    initProcessEnabled: false,
  };
  return logs === undefined ? container : { ...container, logs };
}

function find(
  logs: ContainerDefinition["logs"],
  options: Partial<Parameters<typeof findStreams>[2]> = {},
  name = "web",
) {
  return findStreams(task, { containers: [define(name, logs)] }, {
    region: "eu-west-1",
    ...options,
  });
}

Deno.test("awslogs with a prefix: PREFIX/CONTAINER/TASK, in the group's own region", () => {
  const { streams, unreadable } = find({
    driver: "awslogs",
    options: {
      "awslogs-group": "/ecs/web",
      "awslogs-region": "us-west-2",
      "awslogs-stream-prefix": "pre",
    },
  });
  assert.deepEqual(streams, [{
    region: "us-west-2",
    group: "/ecs/web",
    name: `pre/web/${task.id}`,
    taskId: task.id,
    container: "web",
  }]);
  assert.deepEqual(unreadable, []);
});

Deno.test("without a region the cluster's, without a prefix the container's runtime id", () => {
  const { streams } = find({
    driver: "awslogs",
    options: { "awslogs-group": "g" },
  });
  assert.equal(streams[0]?.region, "eu-west-1");
  assert.equal(streams[0]?.name, "f".repeat(64));
});

Deno.test("what cannot be found says why, and where to look", () => {
  for (
    const [logs, because, hint, name] of [
      [undefined, /no log driver.*on the instance/, /docker logs/],
      [{ driver: "awsfirelens", options: {} }, /"awsfirelens"/, /FireLens/],
      [{ driver: "splunk", options: {} }, /"splunk"/, /"splunk" sends/],
      [{ driver: "json-file", options: {} }, /"json-file"/, /on the instance/],
      [{ driver: "none", options: {} }, /"none"/, /not kept/],
      [{ driver: "awslogs", options: {} }, /no log group/, /awslogs-group/],
      [
        { driver: "awslogs", options: { "awslogs-group": "g" } },
        /no awslogs-stream-prefix/,
        /awslogs-stream-prefix/,
        "side",
      ],
    ] as const
  ) {
    const { streams, unreadable: [one] } = find(logs, {}, name);
    assert.equal(streams.length, 0);
    assert.match(one?.because ?? "", because);
    assert.match(one?.hint ?? "", hint);
  }
});

Deno.test("on Fargate nothing is kept without a driver", () => {
  const { unreadable: [one] } = findStreams(
    { ...task, launchType: "FARGATE" },
    { containers: [define("web", undefined)] },
    { region: "eu-west-1" },
  );
  assert.match(one?.because ?? "", /not kept/);
});

Deno.test("only the container that is wanted, the others are not told of", () => {
  const containers = [define("web", undefined), define("side", undefined)];
  const { unreadable } = findStreams(task, { containers }, {
    region: "eu-west-1",
    container: "side",
  });
  assert.deepEqual(unreadable.map(({ container }) => container), ["side"]);
});
