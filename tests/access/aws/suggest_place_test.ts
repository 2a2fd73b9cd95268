import assert from "node:assert/strict";
import type { Aws } from "../../../src/aws/create_aws.ts";
import { createIpSelection } from "../../../src/access/aws/create_ip_selection.ts";
import { findRegions } from "../../../src/access/aws/find_regions.ts";
import { keepRegistrable } from "../../../src/access/aws/keep_registrable.ts";
import {
  type Places,
  suggestPlace,
} from "../../../src/access/aws/suggest_place.ts";
import { type ErrorCode, PortholeError } from "../../../src/errors.ts";

async function suggest(
  code: ErrorCode,
  place: { readonly cluster?: string; readonly service?: string },
  more: Partial<Places> = {},
): Promise<readonly string[]> {
  const error = new PortholeError(code, "Cannot find it");
  const { hints } = await suggestPlace(error, place, {
    region: "us-east-1",
    listClusters: () => Promise.resolve(["prod", "staging"]),
    listServices: () => Promise.resolve(["web-10", "web-2", "worker"]),
    findRegions: () => Promise.resolve({ searched: [], found: [] }),
    ...more,
  });
  return hints;
}

Deno.test("a name that is not there is near another, or the names there are follow", async () => {
  assert.deepEqual(await suggest("cluster_not_found", { cluster: "prdo" }), [
    'did you mean "prod"?',
  ]);
  assert.deepEqual(
    await suggest("service_not_found", { service: "wroker" }),
    ['did you mean "worker"?'],
  );
  assert.deepEqual(await suggest("service_not_found", { service: "db" }), [
    'services: "web-2", "web-10", "worker"',
  ]);
  const many = Array.from({ length: 11 }, (_, at) => `s${at}`);
  const [hint] = await suggest("service_not_found", { service: "x" }, {
    listServices: () => Promise.resolve(many),
  });
  assert.match(hint!, /"s9" and 1 more$/);
  assert.deepEqual(
    await suggest("service_not_found", { service: "x" }, {
      listServices: () => Promise.resolve([]),
    }),
    ["there is no service"],
  );
  assert.deepEqual(
    await suggest("cluster_not_found", { cluster: "x" }, {
      listClusters: () => Promise.reject(new Error("denied")),
    }),
    [],
  );
  assert.deepEqual(await suggest("access_denied", { cluster: "prdo" }), []);
});

Deno.test("another region is named, where the cluster is there or its ARN says so", async () => {
  const found = { searched: ["eu-west-1"], found: ["eu-west-1"] };
  assert.deepEqual(
    await suggest("cluster_not_found", { cluster: "x" }, {
      listClusters: () => Promise.reject(new Error("denied")),
      findRegions: () => Promise.resolve(found),
    }),
    ['found in "eu-west-1": --region eu-west-1'],
  );
  const cluster = "arn:aws:ecs:eu-west-1:1:cluster/prod";
  assert.deepEqual(await suggest("cluster_not_found", { cluster }), [
    'the ARN is of region "eu-west-1", but "us-east-1" is set: --region eu-west-1',
  ]);
  assert.deepEqual(
    await suggest("cluster_not_found", {
      cluster: cluster.replace("eu-west-1", "us-east-1"),
    }),
    [],
  );
});

Deno.test("a region that does not answer is not said to lack a cluster", async () => {
  const aws = {
    otherRegions: () => Promise.resolve(["a", "b", "c"]),
    call: (_: string, __: string, ___: object, ____: object, options: {
      readonly region: string;
    }) => {
      if (options.region === "b") return Promise.reject(new Error("denied"));
      const status = options.region === "a" ? "INACTIVE" : "ACTIVE";
      return Promise.resolve({ clusters: [{ status }] });
    },
  } as unknown as Aws;
  assert.deepEqual(await findRegions(aws, "prod"), {
    searched: ["a", "c"],
    found: ["c"],
  });
});

Deno.test("a task is found by its own address first, else by that of the machine that it shares", async () => {
  const calls: string[] = [];
  const select = createIpSelection({
    call: ((_: string, operation: string, input: Record<string, unknown>) => {
      calls.push(operation);
      return Promise.resolve(
        operation === "describeInstances"
          ? { Reservations: [{ Instances: [{ InstanceId: "i-1" }] }] }
          : {
            containerInstances: (input.containerInstances as string[]).map(
              (arn) => ({
                containerInstanceArn: arn,
                ec2InstanceId: arn === "ci-1" ? "i-1" : "i-2",
              }),
            ),
          },
      );
    }) as Aws["call"],
  });
  const task = (id: string, more: object) =>
    ({ id, clusterArn: "c", ...more }) as never;
  const tasks = [
    task("own", { privateIp: "10.0.0.1", containerInstanceArn: "ci-1" }),
    task("here", { containerInstanceArn: "ci-1" }),
    task("there", { containerInstanceArn: "ci-2" }),
    task("fargate", {}),
  ];
  const ids = async (ip: string, from = tasks) =>
    (await select(from, ip)).map(({ id }) => id);
  assert.deepEqual(await ids("10.0.0.1"), ["own"]);
  assert.deepEqual(calls, []);
  assert.deepEqual(await ids("10.0.0.2"), ["here"]);
  assert.deepEqual(calls, ["describeInstances", "describeContainerInstances"]);
  assert.deepEqual(await ids("10.0.0.2", [tasks[0]!, tasks[3]!]), []);
  assert.equal(calls.length, 2);
});

Deno.test("a task definition is registered again without what is AWS's own to say", () => {
  const own = { family: "web", containerDefinitions: [], cpu: "256" };
  assert.deepEqual(
    keepRegistrable({
      ...own,
      taskDefinitionArn: "arn",
      revision: 7,
      status: "ACTIVE",
      requiresAttributes: [],
      compatibilities: ["FARGATE"],
      registeredAt: new Date(0),
      registeredBy: "x",
      deregisteredAt: new Date(0),
    }),
    own,
  );
  assert.deepEqual(keepRegistrable(undefined), {});
});
