import assert from "node:assert/strict";
import { createBrokeredSessions } from "../../../src/access/aws/create_brokered_sessions.ts";
import { createTaggedTasks } from "../../../src/access/aws/create_tagged_tasks.ts";
import type { Aws } from "../../../src/aws/create_aws.ts";
import { PortholeError } from "../../../src/errors.ts";

type Call = (operation: string, input: Record<string, unknown>) => unknown;

/** An AWS that answers so; an error is what it refuses with. */
function open(answer: Call) {
  return {
    region: "us-east-1",
    call: (_: string, operation: string, input: Record<string, unknown>) => {
      const value = answer(operation, input);
      return value instanceof Error
        ? Promise.reject(value)
        : Promise.resolve(value);
    },
    explain: (error: unknown) => error as PortholeError,
    presignUpgrade: (url: string, seconds: number) =>
      Promise.resolve(`${url}?${seconds}`),
  } as unknown as Aws;
}

function refusal(name: string): PortholeError {
  return new PortholeError("aws_refused", name, {
    cause: Object.assign(new Error(name), { name }),
  });
}

Deno.test("a session is renewed while AWS has it; one that is over is none, and a failure is no end", async () => {
  const renew = (answer: unknown) =>
    createBrokeredSessions(open((operation, input) => {
      assert.equal(operation, "resumeSession");
      assert.deepEqual(input, { SessionId: "s1" });
      return answer;
    })).renew("s1");
  const whole = { TokenValue: "T", StreamUrl: "wss://s" };
  assert.deepEqual(await renew(whole), {
    tokenValue: "T",
    streamUrl: "wss://s",
  });
  for (
    const over of [
      {},
      { ...whole, TokenValue: undefined },
      { ...whole, StreamUrl: "" },
      refusal("DoesNotExistException"),
    ]
  ) assert.equal(await renew(over), undefined);
  await assert.rejects(renew(refusal("ThrottlingException")), /Throttling/);
  await assert.rejects(renew(new Error("DoesNotExistException")));
});

Deno.test("a signed stream URL is good for a minute; a key of KMS encrypts where the cluster says so", async () => {
  const isEncrypted = (answer: unknown) =>
    createBrokeredSessions(open((_, input) => {
      assert.deepEqual(input, {
        clusters: ["arn"],
        include: ["CONFIGURATIONS"],
      });
      return answer;
    })).isEncrypted("arn");
  const cluster = (kmsKeyId: string | undefined) => ({
    clusters: [{
      configuration: { executeCommandConfiguration: { kmsKeyId } },
    }],
  });
  assert.equal(await isEncrypted(cluster("key")), true);
  for (
    const answer of [
      cluster(undefined),
      cluster(""),
      { clusters: [{}] },
      {},
      refusal("AccessDeniedException"),
    ]
  ) assert.equal(await isEncrypted(answer), false);
  const sessions = createBrokeredSessions(open(() => ({})));
  assert.equal(await sessions.presign("wss://s"), "wss://s?60");
});

Deno.test("tasks are listed page by page, of a service or a cluster, and described a hundred at a time with their tags", async () => {
  const inputs: Record<string, unknown>[] = [];
  const arn = (at: number) => `arn:aws:ecs:us-east-1:1:task/prod/id${at}`;
  const tasks = createTaggedTasks(open((operation, input) => {
    inputs.push(input);
    if (operation === "listTasks") {
      return input.nextToken === undefined
        ? { taskArns: [arn(1)], nextToken: "more" }
        : { taskArns: [arn(2)] };
    }
    return {
      tasks: (input.tasks as string[]).map((id) => ({
        taskArn: `arn:aws:ecs:us-east-1:1:task/prod/${id}`,
        tags: [{ key: "porthole:user", value: "u" }, { key: "empty" }],
        containers: [],
      })),
    };
  }));
  assert.deepEqual(await tasks.listTaskIds("prod"), ["id1", "id2"]);
  assert.deepEqual(await tasks.listTaskIds("prod", "web"), ["id1", "id2"]);
  await tasks.listStoppedTaskIds("prod");
  assert.deepEqual(
    inputs.map(({ maxResults: _, nextToken, ...rest }) =>
      nextToken === undefined ? rest : nextToken
    ),
    [
      { cluster: "prod" },
      "more",
      { cluster: "prod", serviceName: "web" },
      "more",
      { cluster: "prod", desiredStatus: "STOPPED" },
      "more",
    ],
  );
  inputs.length = 0;
  const ids = Array.from({ length: 101 }, (_, at) => `id${at}`);
  const described = await tasks.describeTaggedTasks("prod", ids);
  assert.deepEqual(described.map(({ id }) => id), ids);
  assert.deepEqual(
    inputs.map(({ tasks, include }) => [(tasks as string[]).length, include]),
    [[100, ["TAGS"]], [1, ["TAGS"]]],
  );
  assert.deepEqual([...described[0]!.tags], [
    ["porthole:user", "u"],
    ["empty", ""],
  ]);
});
