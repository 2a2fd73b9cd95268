import assert from "node:assert/strict";
import type { AwsAccess, Task } from "../../../src/access/access.ts";
import {
  createStreamFinder,
  gatherTasks,
} from "../../../src/commands/logs/gather_logs.ts";
import { PortholeError } from "../../../src/errors.ts";
import { recordLog } from "../../exec/fake_log.ts";
import { container, fakeAccess, task } from "../../target/fake_access.ts";

const DEFINITION = {
  arn: "web:7",
  containers: [{
    name: "app",
    essential: true,
    logs: {
      driver: "awslogs",
      options: {
        "awslogs-group": "g",
        "awslogs-region": "eu-west-1",
        "awslogs-stream-prefix": "ecs",
      },
    },
  }],
};

Deno.test("a task definition is asked for once, and again where that was refused", async () => {
  let asked = 0;
  const access = {
    region: "us-east-1",
    describeTaskDefinition() {
      asked++;
      return asked === 1
        ? Promise.reject(new PortholeError("throttled", "busy"))
        : Promise.resolve(DEFINITION);
    },
  } as unknown as AwsAccess;
  const finder = createStreamFinder(access, undefined);
  const find = (id: string) =>
    finder.find({ task: task(id), taskDefinitionArn: "web:7" });
  await assert.rejects(find("1"), { code: "throttled" });
  await Promise.all([find("1"), find("2")]);
  await find("3");
  assert.equal(asked, 2);
});

Deno.test("a container that a task does not have is named with those it has", async () => {
  const finder = createStreamFinder({
    region: "us-east-1",
    describeTaskDefinition: () => Promise.resolve(DEFINITION as never),
  }, "wbe");
  await assert.rejects(
    finder.find({ task: task("1"), taskDefinitionArn: "web:7" }),
    {
      code: "container_not_found",
      message: 'Cannot find container "wbe" in task 1: it has "app"',
    },
  );
});

/** Gathers of these tasks, as ECS lists them. */
async function gather(
  tasks: readonly Task[],
  request: Parameters<typeof gatherTasks>[2],
) {
  const { log, said } = recordLog();
  const listed: (string | undefined)[] = [];
  const access = fakeAccess({
    tasks,
    listTasks(_cluster, _service, status) {
      listed.push(status);
      return Promise.resolve(
        tasks.filter(({ desiredStatus }) =>
          status === undefined || desiredStatus === status
        ),
      );
    },
  });
  const found = await gatherTasks(
    access,
    { cluster: "main", service: "web" },
    request,
    log,
  ).catch((error) => error);
  return {
    error: found instanceof Error ? found as PortholeError : undefined,
    ids: found instanceof Error
      ? []
      : found.map(({ task }: { readonly task: Task }) => task.id),
    said,
    listed,
  };
}

const ended = (id: string, fields: Partial<Task> = {}) =>
  task(id, {
    status: "STOPPED",
    desiredStatus: "STOPPED",
    containers: [container("app", "STOPPED")],
    ...fields,
  });

Deno.test("an address is whose it is now, else whose it was", async () => {
  const request = {
    task: { kind: "ip", ip: "10.0.0.1" },
    previous: false,
  } as const;
  const here = { privateIp: "10.0.0.1" };
  const again = await gather([ended("old", here), task("new", here)], request);
  assert.deepEqual(again.ids, ["new"]);
  const gone = await gather([ended("old", here), task("new")], request);
  assert.deepEqual(gone.ids, ["old"]);
  const nobody = await gather([task("new")], request);
  assert.equal(nobody.error?.code, "task_not_found");
});

Deno.test("--previous is of tasks that have stopped, and where none runs that is said", async () => {
  const tasks = [task("1"), ended("2")];
  const previous = await gather(tasks, { previous: true });
  assert.deepEqual([previous.ids, previous.listed], [["2"], ["STOPPED"]]);
  const stopped = await gather([ended("2")], { previous: false });
  assert.deepEqual(stopped.ids, ["2"]);
  assert.match(stopped.said.join(), /^info: No task is running: /);
  const none = await gather([], { previous: true });
  assert.equal(none.error?.code, "task_not_found");
  const nothing = await gather([], { previous: false });
  assert.equal(nothing.error?.code, "no_running_task");
});
