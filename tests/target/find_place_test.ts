import assert from "node:assert/strict";
import type { AwsAccess } from "../../src/access/access.ts";
import { PortholeError } from "../../src/errors.ts";
import { findTarget } from "../../src/target/find_target.ts";
import type { TargetRequest } from "../../src/target/target.ts";
import { container, fakeAccess, fakeChooser, task } from "./fake_access.ts";

/** What is asked of an account of two clusters, where nothing is named. */
const nothing: TargetRequest = { cluster: "default", clusterAssumed: true };

function account(parts: Partial<AwsAccess> = {}) {
  return fakeAccess({
    listClusters: () => Promise.resolve(["prod", "dev"]),
    describeClusters: (names) =>
      Promise.resolve(
        names.map((name) => ({ name, services: 2, runningTasks: 3 })),
      ),
    listServices: (cluster) =>
      Promise.resolve(cluster === "dev" ? ["only"] : ["web", "api", "empty"]),
    describeServices: (_, names) =>
      Promise.resolve(names.map((name) => ({
        name,
        running: 1,
        desired: 2,
        taskDefinitionArn: `arn:aws:ecs:us-east-1:1:task-definition/${name}:7`,
      }))),
    listTasks: (_, service) =>
      Promise.resolve(
        service === "empty" ? [] : service === "only" ? [task("c3")] : [
          task("a1", { group: `service:${service}` }),
          task("b2", { group: `service:${service}` }),
        ],
      ),
    ...parts,
  });
}

const denied = () =>
  Promise.reject(new PortholeError("access_denied", "Cannot", { hint: "ask" }));

async function rejection(promise: Promise<unknown>): Promise<PortholeError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof PortholeError, String(error));
    return error;
  }
  throw new Error("it did not fail");
}

Deno.test("cluster, service and task are chosen, one after the other", async () => {
  const places: string[] = [];
  const chooser = fakeChooser(["2", "web", "2"], {
    enterPlace: (service, cluster) => places.push(`${service}/${cluster}`),
  });
  const target = await findTarget(account(), nothing, chooser);
  assert.deepEqual([target.service, target.task.id], ["web", "b2"]);
  assert.deepEqual(places, ["web/prod"]);
  assert.equal(
    chooser.screen(),
    "[info] Select cluster:\n1. dev\n2. prod\nSelect cluster number (1-2): 2\n" +
      "[info] Select service:\n1. api\n2. empty\n3. web\nSelect service number (1-3): web\n" +
      "[info] Select task:\n1. a1 (RUNNING)\n2. b2 (RUNNING)\nSelect task number (1-2): 2\n",
  );
});

Deno.test("rows of clusters and services say how much runs there", async () => {
  const chooser = fakeChooser(["prod", "web", "1"], {
    dim: (text) => `<${text}>`,
  });
  await findTarget(account(), nothing, chooser);
  assert.match(chooser.screen(), /^2\. prod <2 services {2}3 running>$/m);
  assert.match(chooser.screen(), /^3\. web <1\/2 running {2}web:7>$/m);
});

Deno.test("names are listed as people count", async () => {
  const listServices = () => Promise.resolve(["web-10", "api", "web-2"]);
  const chooser = fakeChooser(["prod", "2", "1"]);
  await findTarget(account({ listServices }), nothing, chooser);
  assert.match(chooser.screen(), /\n1\. api\n2\. web-2\n3\. web-10\n/);
});

Deno.test("one cluster, one service and one task are taken without asking, or looking closer", async () => {
  const access = account({ listClusters: () => Promise.resolve(["dev"]) });
  const target = await findTarget(access, nothing, fakeChooser([]));
  assert.equal(target.task.id, "c3");
  assert.deepEqual(access.calls, ["listClusters", "listServices", "listTasks"]);
});

Deno.test("a cluster that is named is not asked for, nor one that a file leaves at its default", async () => {
  const access = account();
  await findTarget(access, { cluster: "prod" }, fakeChooser(["api", "1"]));
  assert.ok(!access.calls.includes("listClusters"));
});

Deno.test("an empty answer goes back to what was asked, and asks again at the first", async () => {
  const chooser = fakeChooser(["", "prod", "api", "", "", "prod", "web", "1"]);
  const target = await findTarget(account(), nothing, chooser);
  assert.equal(target.service, "web");
  const asked = [...chooser.screen().matchAll(/^\[info\] Select (\w+):$/gm)]
    .map(([, noun]) => noun).join(" ");
  assert.equal(asked, "cluster service task service cluster service task");
});

Deno.test("going back skips what was taken without asking", async () => {
  const chooser = fakeChooser(["dev", "", "prod", "api", "1"]);
  const access = account({
    listTasks: () => Promise.resolve([task("a1"), task("b2")]),
  });
  await findTarget(access, nothing, chooser);
  const asked = [...chooser.screen().matchAll(/^\[info\] Select (\w+):$/gm)]
    .map(([, noun]) => noun).join(" ");
  assert.equal(asked, "cluster task cluster service task");
});

Deno.test("an empty answer first takes back what was typed to narrow the list", async () => {
  const chooser = fakeChooser(["prod", "!web", "", "", "dev"]);
  const target = await findTarget(account(), nothing, chooser);
  assert.equal(target.task.id, "c3");
  assert.match(
    chooser.screen(),
    /!web\n1\. api\n2\. empty\nSelect service number \(1-2\): \n1\. api\n2\. empty\n3\. web\n/,
  );
});

Deno.test("a service in which nothing runs is said, and another can be chosen", async () => {
  const chooser = fakeChooser(["prod", "empty", "web", "1"]);
  const target = await findTarget(account(), nothing, chooser);
  assert.equal(target.service, "web");
  assert.match(
    chooser.screen(),
    /empty\n\[info\] Select service:\n(?:\d\. .*\n)+Cannot find a running task of service "empty": it has no tasks\nSelect service number/,
  );
});

Deno.test("a service named alone is looked for in the assumed cluster, at no other cost", async () => {
  const access = account();
  const request = { ...nothing, service: "only" };
  await findTarget(access, request, fakeChooser([]));
  assert.deepEqual(access.calls, ["listTasks"]);
});

Deno.test("an assumed cluster that is not there is asked for; a named one is an error", async () => {
  const access = account({
    listTasks: (cluster) =>
      cluster === "default"
        ? Promise.reject(new PortholeError("cluster_not_found", "Cannot"))
        : Promise.resolve([task("c3")]),
  });
  const request = { cluster: "default", service: "web" };
  const assumed = { ...request, clusterAssumed: true };
  const found = await findTarget(access, assumed, fakeChooser(["dev"]));
  assert.equal(found.task.id, "c3");
  assert.ok(!access.calls.includes("listServices"));
  for (
    const [given, lines] of [[request, ["dev"]], [assumed, undefined]] as const
  ) {
    const error = await rejection(
      findTarget(access, given, fakeChooser(lines)),
    );
    assert.equal(error.code, "cluster_not_found");
  }
});

Deno.test("names are enough to choose by where closer looks are refused", async () => {
  const access = account({
    describeClusters: denied,
    describeServices: denied,
  });
  const chooser = fakeChooser(["prod", "web", "1"], { dim: (text) => text });
  await findTarget(access, nothing, chooser);
  assert.match(chooser.screen(), /^1\. dev$/m);
});

Deno.test("where lists are refused, the error says what names one", async () => {
  for (
    const [access, flag] of [
      [account({ listClusters: denied }), /^ask\n--cluster /],
      [account({ listServices: denied }), /^ask\n--service /],
    ] as const
  ) {
    const error = await rejection(
      findTarget(access, nothing, fakeChooser(["prod"])),
    );
    assert.equal(error.code, "access_denied");
    assert.match(error.hint ?? "", flag);
  }
});

Deno.test("a region without clusters, and a cluster without services, are errors", async () => {
  const noClusters = account({ listClusters: () => Promise.resolve([]) });
  const none = await rejection(
    findTarget(noClusters, nothing, fakeChooser([])),
  );
  assert.equal(
    none.message,
    'Cannot choose a cluster: there are none in region "us-east-1"',
  );
  const noServices = account({ listServices: () => Promise.resolve([]) });
  const empty = await rejection(
    findTarget(noServices, { cluster: "prod" }, fakeChooser([])),
  );
  assert.equal(
    empty.message,
    'Cannot choose a task: cluster "prod" has no services',
  );
});

const both = {
  containers: [container("init", "STOPPED"), container("b"), container("a")],
};
const twoContainers = (parts: Partial<AwsAccess> = {}) =>
  fakeAccess({
    tasks: [task("a1", both)],
    listContainerNames: () => Promise.resolve(["init", "a", "b"]),
    ...parts,
  });
const web: TargetRequest = { cluster: "main", service: "web" };

Deno.test("the container is asked for where --pick prompt is typed out", async () => {
  const chooser = fakeChooser(["2"]);
  const request = { ...web, pick: "prompt" } as const;
  const target = await findTarget(twoContainers(), request, chooser);
  assert.equal(target.container.name, "b");
  assert.equal(
    chooser.screen(),
    "[info] Select container:\n1. a (RUNNING)\n2. b (RUNNING)\nSelect container number (1-2): 2\n",
  );
  const named = await findTarget(
    twoContainers(),
    { ...request, container: "a" },
    fakeChooser([]),
  );
  assert.equal(named.container.name, "a");
});

Deno.test("the container goes back to the task", async () => {
  const access = twoContainers({
    listTasks: () => Promise.resolve([task("a1", both), task("b2", both)]),
  });
  const chooser = fakeChooser(["1", "", "2", "a"]);
  const request = { ...web, pick: "prompt" } as const;
  const target = await findTarget(access, request, chooser);
  assert.equal(target.task.id, "b2");
});

Deno.test("--pick prompt, several containers and nobody to ask: they are named", async () => {
  const request = { ...web, pick: "prompt" } as const;
  const error = await rejection(
    findTarget(twoContainers(), request, fakeChooser(undefined)),
  );
  assert.equal(error.code, "no_choice");
  assert.equal(error.hint, 'name one with -c: "a", "b"');
});

Deno.test("a filter gets every candidate with its details, and its answer counts", async () => {
  const asked: (readonly string[])[] = [];
  const answers = ["prod", "web", "b2"];
  const chooser = fakeChooser([], {
    filter: (candidates) => {
      asked.push(candidates);
      return Promise.resolve(answers.shift() ?? "");
    },
  });
  const target = await findTarget(account(), nothing, chooser);
  assert.equal(target.task.id, "b2");
  assert.equal(chooser.screen(), "");
  assert.deepEqual(asked.map(([first]) => first), [
    "dev\t2 services\t3 running",
    "api\t1/2 running\tapi:7",
    "a1\tRUNNING\t5h\tweb:7\tus-east-1a",
  ]);
});

Deno.test("a filter's answer that is no candidate is an error", async () => {
  const chooser = fakeChooser([], { filter: () => Promise.resolve("other") });
  const error = await rejection(findTarget(account(), nothing, chooser));
  assert.equal(
    error.message,
    'Cannot choose a cluster: the filter command answered "other", which is not one of the candidates',
  );
});

Deno.test("a list longer than the screen says how to narrow it", async () => {
  const screenOf = async (rows: number) => {
    const chooser = fakeChooser(["prod", "web", "1"], {
      terminalSize: () => ({ columns: 80, rows }),
    });
    await findTarget(account(), nothing, chooser);
    return chooser.screen();
  };
  assert.match(
    await screenOf(4),
    /\n1\. api\n… 2 more \(text narrows the list, as in fzf\)\nSelect service/,
  );
  assert.doesNotMatch(await screenOf(24), /narrows/);
});
