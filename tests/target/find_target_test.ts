import assert from "node:assert/strict";
import type { Task } from "../../src/access/access.ts";
import { PortholeError } from "../../src/errors.ts";
import { findRunningTasks } from "../../src/target/find_task.ts";
import { findTarget } from "../../src/target/find_target.ts";
import type { TargetRequest } from "../../src/target/target.ts";
import { container, fakeAccess, fakeChooser, task } from "./fake_access.ts";

const nobody = fakeChooser(undefined);
const web: TargetRequest = { cluster: "main", service: "web" };

async function rejection(promise: Promise<unknown>): Promise<PortholeError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof PortholeError, String(error));
    return error;
  }
  throw new Error("it did not fail");
}

Deno.test("a service with one running task of one container takes one listing", async () => {
  const access = fakeAccess({ tasks: [task("a1")] });
  const target = await findTarget(access, web, nobody);
  assert.deepEqual(
    [
      target.cluster,
      target.service,
      target.task.id,
      target.container.name,
      target.notes,
    ],
    ["main", "web", "a1", "app", []],
  );
  assert.deepEqual(access.calls, ["listTasks"]);
});

Deno.test("only running tasks are offered, oldest first, then by id", async () => {
  const tasks = [
    task("d", { startedAt: new Date("2023-01-02") }),
    task("c"),
    task("x", { status: "PENDING" }),
    task("b"),
    task("y", { desiredStatus: "STOPPED" }),
  ];
  const pick = async (choice: "first" | "newest" | "random") =>
    (await findTarget(fakeAccess({ tasks }), { ...web, pick: choice }, nobody))
      .task.id;
  assert.equal(await pick("first"), "b");
  assert.equal(await pick("newest"), "d");
  assert.equal(await pick("random"), "c");
});

Deno.test("several running tasks and nobody to ask: the candidates and the flags are named", async () => {
  const tasks = [task("a1"), task("b2")];
  const error = await rejection(findTarget(fakeAccess({ tasks }), web, nobody));
  assert.equal(error.code, "no_choice");
  assert.match(
    error.hint ?? "",
    /--task-id.*--pick.*\na1 \(RUNNING\)\nb2 \(RUNNING\)$/,
  );
});

Deno.test("nothing running: the others are named with their status and reason", async () => {
  const tasks = [
    task("a1", { status: "PENDING" }),
    task("b2", {
      status: "STOPPED",
      desiredStatus: "STOPPED",
      stoppedReason: "out of memory",
    }),
    task("c3", { desiredStatus: "STOPPED" }),
  ];
  const error = await rejection(findTarget(fakeAccess({ tasks }), web, nobody));
  assert.equal(error.code, "no_running_task");
  assert.equal(
    error.message,
    'Cannot find a running task of service "web": task a1 is PENDING, task b2 is STOPPED (out of memory), task c3 is being stopped',
  );
});

Deno.test("a stopped service has no tasks, and the hint says why that may be", async () => {
  const error = await rejection(findTarget(fakeAccess({}), web, nobody));
  assert.equal(
    error.message,
    'Cannot find a running task of service "web": it has no tasks',
  );
  assert.match(error.hint ?? "", /desired count/);
});

Deno.test("without a service and a task, the cluster's services are listed", async () => {
  const services = Array.from(
    { length: 12 },
    (_, index) => `s${String(index).padStart(2, "0")}`,
  );
  const access = fakeAccess({ listServices: () => Promise.resolve(services) });
  const error = await rejection(
    findTarget(access, { cluster: "main" }, nobody),
  );
  assert.equal(error.code, "no_service");
  assert.match(
    error.hint ?? "",
    /porthole exec SERVICE[^]*s00, s01.*s09 and 2 more$/,
  );
});

Deno.test("without a service, services that may not be listed are left out; a missing cluster is told", async () => {
  const failing = (code: "access_denied" | "cluster_not_found") =>
    fakeAccess({
      listServices: () => Promise.reject(new PortholeError(code, "Cannot")),
    });
  const request = { cluster: "main" };
  const denied = await rejection(
    findTarget(failing("access_denied"), request, nobody),
  );
  assert.equal(denied.code, "no_service");
  const missing = await rejection(
    findTarget(failing("cluster_not_found"), request, nobody),
  );
  assert.equal(missing.code, "cluster_not_found");
});

Deno.test("a whole id skips the listing", async () => {
  const access = fakeAccess({ tasks: [task("a1")] });
  const target = await findTarget(access, {
    cluster: "main",
    task: { kind: "id", id: "a1" },
  }, nobody);
  assert.equal(target.service, "web");
  assert.deepEqual(access.calls, ["describeTask"]);
});

Deno.test("a whole id may be any task of the cluster; another service's is said", async () => {
  const arn = "arn:aws:ecs:us-east-1:123456789012:service/default";
  const find = (group: string, service = "web") =>
    findTarget(
      fakeAccess({ tasks: [task("a1", { group })] }),
      { ...web, service, task: { kind: "id", id: "a1" } },
      nobody,
    );
  const worker = await find("service:worker");
  assert.equal(worker.service, "worker");
  assert.deepEqual(worker.notes, [
    'task a1 belongs to service "worker", not "web"',
  ]);
  const byArn = await find("service:web", `${arn}/web`);
  assert.deepEqual(byArn.notes, []);
  const another = await find("service:worker", `${arn}/web`);
  assert.deepEqual(another.notes, worker.notes);
  const alone = await find("family:web");
  assert.equal(alone.service, undefined);
  assert.deepEqual(alone.notes, [
    'task a1 belongs to no service, but "web" was named',
  ]);
});

Deno.test("a whole id that is not there or not running is an error", async () => {
  const tasks = [task("b2", { status: "STOPPED", stoppedReason: "scaled in" })];
  const find = (id: string) =>
    rejection(
      findTarget(
        fakeAccess({ tasks }),
        { ...web, task: { kind: "id", id } },
        nobody,
      ),
    );
  assert.equal((await find("a1")).code, "task_not_found");
  const stopped = await find("b2");
  assert.equal(stopped.code, "no_running_task");
  assert.equal(
    stopped.message,
    "Cannot exec into task b2: it is STOPPED (scaled in)",
  );
});

Deno.test("an address must be that of exactly one running task", async () => {
  const at = (id: string, privateIp: string, more: Partial<Task> = {}) =>
    task(id, { privateIp, ...more });
  const stopped = { status: "STOPPED", desiredStatus: "STOPPED" };
  const tasks = [
    at("a1", "10.0.1.20"),
    at("b2", "10.0.1.2"),
    // ECS gives addresses again.
    at("c3", "10.0.1.2", stopped),
    at("d4", "10.0.1.3", stopped),
    at("e5", "10.0.1.4"),
    at("f6", "10.0.1.4"),
  ];
  const find = (ip: string) =>
    findTarget(
      fakeAccess({ tasks }),
      { ...web, task: { kind: "ip", ip } },
      nobody,
    );
  assert.equal((await find("10.0.1.2")).task.id, "b2");
  const gone = await rejection(find("10.0.1.3"));
  assert.equal(
    gone.message,
    "Cannot exec into task d4: it is STOPPED",
  );
  const missing = await rejection(find("10.0.1.5"));
  assert.equal(
    missing.message,
    'Cannot find a task with the address 10.0.1.5 in service "web"',
  );
  assert.match(missing.hint ?? "", /^running: a1 \(10\.0\.1\.20\), b2 /);
  const several = await rejection(find("10.0.1.4"));
  assert.deepEqual([several.code, several.hint], [
    "task_ambiguous",
    "give the id of one: e5, f6",
  ]);
});

Deno.test("a prefix must match exactly one running task", async () => {
  const tasks = [
    task("aa1"),
    task("aa2"),
    task("bb1"),
    task("cc1", { status: "STOPPED" }),
  ];
  const find = (prefix: string) =>
    findTarget(fakeAccess({ tasks }), {
      ...web,
      task: { kind: "prefix", prefix },
    }, nobody);
  assert.equal((await find("BB")).task.id, "bb1");
  const two = await rejection(find("aa"));
  assert.equal(two.code, "task_ambiguous");
  assert.match(two.hint ?? "", /aa1, aa2/);
  const none = await rejection(find("dd"));
  assert.equal(none.code, "task_not_found");
  assert.match(none.hint ?? "", /aa1, aa2, bb1/);
  assert.equal((await rejection(find("cc"))).code, "no_running_task");
});

Deno.test("the picker shows the documented list and prompt", async () => {
  const id1 = "12345678-1234-1234-1234-123456789012";
  const id2 = "87654321-4321-4321-4321-210987654321";
  const chooser = fakeChooser(["2"]);
  const target = await findTarget(
    fakeAccess({ tasks: [task(id2), task(id1)] }),
    web,
    chooser,
  );
  assert.equal(target.task.id, id2);
  assert.equal(
    chooser.screen(),
    `[info] Select task:\n1. ${id1} (RUNNING)\n2. ${id2} (RUNNING)\nSelect task number (1-2): 2\n`,
  );
});

Deno.test("the picker's details stand dimmed behind the documented part, where there are colours", async () => {
  const chooser = fakeChooser(["1"], { dim: (text) => `<${text}>` });
  await findTarget(
    fakeAccess({ tasks: [task("a1"), task("b2")] }),
    web,
    chooser,
  );
  assert.match(
    chooser.screen(),
    /^1\. a1 \(RUNNING\) <5h {2}web:7 {2}us-east-1a>$/m,
  );
});

Deno.test("the picker asks again, narrows, and goes back on an empty answer", async () => {
  const tasks = [
    task("aa1"),
    task("aa2", { availabilityZone: "us-east-1b" }),
    task("bb1"),
  ];
  const chooser = fakeChooser(["", "9", "zzz", "aa", "", "1b"]);
  const target = await findTarget(fakeAccess({ tasks }), web, chooser);
  assert.equal(target.task.id, "aa2");
  assert.equal(
    chooser.screen(),
    "[info] Select task:\n1. aa1 (RUNNING)\n2. aa2 (RUNNING)\n3. bb1 (RUNNING)\n" +
      'Select task number (1-3): \nSelect task number (1-3): 9\n"9" is not one of 1-3\n' +
      'Select task number (1-3): zzz\nNothing matches "zzz"\n' +
      "Select task number (1-3): aa\n1. aa1 (RUNNING)\n2. aa2 (RUNNING)\n" +
      "Select task number (1-2): \n1. aa1 (RUNNING)\n2. aa2 (RUNNING)\n3. bb1 (RUNNING)\n" +
      "Select task number (1-3): 1b\n",
  );
});

Deno.test("leaving the picker is cancelled", async () => {
  const chooser = fakeChooser([], {
    ask: () => Promise.reject(new PortholeError("cancelled", "Cancelled")),
  });
  const error = await rejection(
    findTarget(fakeAccess({ tasks: [task("a"), task("b")] }), web, chooser),
  );
  assert.equal(error.code, "cancelled");
});

const both = { containers: [container("sidecar"), container("web")] };

Deno.test("of several containers it is the first of the task definition", async () => {
  const access = fakeAccess({
    tasks: [task("a1", both)],
    listContainerNames: () => Promise.resolve(["web", "sidecar"]),
  });
  const target = await findTarget(access, web, nobody);
  assert.equal(target.container.name, "web");
  assert.deepEqual(access.calls, ["listTasks", "listContainerNames"]);
});

Deno.test("a container that does not run is skipped, and said; AWS's own come last", async () => {
  const access = fakeAccess({
    tasks: [task("a1", {
      containers: [
        container("aws-guardduty-agent"),
        container("web"),
        container("init", "STOPPED"),
      ],
    })],
    listContainerNames: () => Promise.resolve(["init", "web"]),
  });
  const target = await findTarget(access, web, nobody);
  assert.equal(target.container.name, "web");
  assert.deepEqual(target.notes, ['Skipped container "init": it is STOPPED']);
});

Deno.test("no container runs: each is named with its status", async () => {
  const access = fakeAccess({
    tasks: [
      task("a1", {
        containers: [container("web", "PENDING"), container("init", "STOPPED")],
      }),
    ],
    listContainerNames: () => Promise.resolve(["init", "web"]),
  });
  assert.equal(
    (await rejection(findTarget(access, web, nobody))).message,
    'Cannot find a running container in task a1: "init" is STOPPED, "web" is PENDING',
  );
});

Deno.test("a named container needs no task definition", async () => {
  const access = fakeAccess({ tasks: [task("a1", both)] });
  const target = await findTarget(
    access,
    { ...web, container: "sidecar" },
    nobody,
  );
  assert.equal(target.container.name, "sidecar");
  assert.deepEqual(access.calls, ["listTasks"]);
});

Deno.test("a container that does not exist: the others are listed, and the closest suggested", async () => {
  const error = await rejection(
    findTarget(fakeAccess({ tasks: [task("a1", both)] }), {
      ...web,
      container: "wbe",
    }, nobody),
  );
  assert.equal(error.code, "container_not_found");
  assert.equal(
    error.message,
    'Cannot find container "wbe" in task a1: it has "sidecar", "web"',
  );
  assert.equal(error.hint, 'did you mean "web"?');
});

Deno.test("a container that does not run is an error, named or alone", async () => {
  const tasks = [task("a1", { containers: [container("init", "STOPPED")] })];
  for (const request of [web, { ...web, container: "init" }]) {
    const error = await rejection(
      findTarget(fakeAccess({ tasks }), request, nobody),
    );
    assert.equal(
      error.message,
      'Cannot exec into container "init" of task a1: it is STOPPED',
    );
  }
});

Deno.test("where the task definition may not be read, nothing is guessed", async () => {
  const access = fakeAccess({
    tasks: [task("a1", both)],
    listContainerNames: () =>
      Promise.reject(new PortholeError("access_denied", "Cannot")),
  });
  const error = await rejection(findTarget(access, web, nobody));
  assert.equal(error.code, "access_denied");
  assert.match(error.message, /ecs:DescribeTaskDefinition is not allowed$/);
  assert.equal(error.hint, 'name one with -c: "sidecar", "web"');
});

Deno.test("a task definition that AWS does not tell of is got around with -c", async () => {
  const access = fakeAccess({
    tasks: [task("a1", both)],
    listContainerNames: () =>
      Promise.reject(
        new PortholeError("aws_refused", "Cannot look at task definition"),
      ),
  });
  const error = await rejection(findTarget(access, web, nobody));
  assert.equal(error.code, "aws_refused");
  assert.equal(error.hint, 'name one with -c: "sidecar", "web"');
});

Deno.test("a task that is starting is worth another try, and says so", async () => {
  const tasks = [task("a1", { status: "PENDING" })];
  for (
    const request of [web, {
      cluster: "main",
      task: { kind: "id", id: "a1" } as const,
    }]
  ) {
    const error = await rejection(
      findTarget(fakeAccess({ tasks }), request, nobody),
    );
    assert.equal(error.code, "no_running_task");
    assert.match(error.message, /task a1.* is PENDING/);
    assert.match(error.hint ?? "", /once it is RUNNING; porthole status/);
  }
  const stopped = [task("a1", { status: "PENDING", desiredStatus: "STOPPED" })];
  const error = await rejection(
    findTarget(fakeAccess({ tasks: stopped }), web, nobody),
  );
  assert.equal(error.hint, undefined);
});

Deno.test("all running tasks are found once each, and none is an error that says what there is", async () => {
  const place = { cluster: "main", service: "web" };
  const stopped = task("s", { status: "STOPPED", desiredStatus: "STOPPED" });
  const found = await findRunningTasks(
    fakeAccess({ tasks: [task("a"), stopped, task("b"), task("a")] }),
    place,
  );
  assert.deepEqual(found.map(({ id }) => id), ["a", "b"]);
  for (const tasks of [[], [stopped]]) {
    const error = await rejection(
      findRunningTasks(fakeAccess({ tasks }), place),
    );
    assert.equal(error.code, "no_running_task");
    assert.match(error.message, /service "web"/);
  }
});
