import assert from "node:assert/strict";
import { createLookUp } from "../../../src/rack/look_up/look_up.ts";
import { Refusal } from "../../../src/rack/refusal.ts";
import type { OwnPlace } from "../../../src/rack/settings/settings_port.ts";
import {
  ACCOUNT,
  createTask,
  createTestAccess,
  createTestUser,
  idOf,
  type TestCluster,
} from "../start_rack.ts";

const ann = createTestUser("ann", ["exec:prod/*", "run:prod/*"]).user;
const DEFINITION = `arn:aws:ecs:us-east-1:${ACCOUNT}:task-definition/app:1`;
const OWN: OwnPlace = {
  cluster: "prod",
  service: "rack",
  roles: [{ account: ACCOUNT, name: "rack-task" }],
};

const web = (digits: string) =>
  createTask("prod", digits, { group: "service:web" });

/** Looks into one cluster, in which the rack itself runs. */
function open(
  prod: TestCluster,
  role?: string,
  definitionFails: () => boolean = () => false,
) {
  const { access, calls } = createTestAccess(
    { prod },
    role === undefined ? {} : { [DEFINITION]: role },
  );
  let ms = 0;
  const lookUp = createLookUp({
    rack: "test",
    apps: ["prod"],
    access: {
      ...access,
      describeTaskDefinition: (arn) =>
        definitionFails()
          ? Promise.reject(new Error("throttled"))
          : access.describeTaskDefinition(arn),
    },
    findOwn: () => Promise.resolve(OWN),
    now: () => new Date(ms),
  });
  const find = (pid: string) => lookUp.findTask(ann, "prod", pid);
  const list = async () =>
    (await lookUp.listTasks(ann, "prod")).map(({ task }) => task.id);
  return {
    lookUp,
    find,
    list,
    calls,
    pass: (more: number) => void (ms += more),
  };
}

const isUnseen = (error: Refusal) => error.status === 404;

Deno.test("a task whose definition cannot be read may have the rack's own role: it is none to enter", async () => {
  let fails = true;
  const { find, list, lookUp, pass } = open(
    { web: [web("1")] },
    undefined,
    () => fails,
  );
  assert.deepEqual(await list(), []);
  assert.deepEqual(await lookUp.listServices(ann, "prod"), []);
  await assert.rejects(find(idOf("1")), isUnseen);
  // A failure is not kept.
  fails = false;
  pass(2_000);
  assert.deepEqual(await list(), [idOf("1")]);
  assert.equal((await find(idOf("1"))).service, "web");
});

Deno.test("a role is the rack's own by account and name", async () => {
  for (
    const [role, isSeen] of [
      [`arn:aws:iam::${ACCOUNT}:role/rack-task`, false],
      [`arn:aws:iam::${ACCOUNT}:role/deep/rack-task`, false],
      ["arn:aws:iam::999988887777:role/rack-task", true],
      [`arn:aws:iam::${ACCOUNT}:role/rack-task-2`, true],
    ] as const
  ) {
    const { list } = open({ web: [web("1")] }, role);
    assert.deepEqual(await list(), isSeen ? [idOf("1")] : [], role);
  }
});

Deno.test("the last characters of two ids are neither's", async () => {
  const other = `f${idOf("1").slice(1)}`;
  const { find } = open({ web: [web("1"), { ...web("1"), id: other }] });
  await assert.rejects(find(idOf("1").slice(-12)), isUnseen);
  assert.equal((await find(other)).task.id, other);
});

Deno.test("the rack's own service is as absent, for a run too", async () => {
  const rack = createTask("prod", "1", { group: "service:rack" });
  const { find, list, lookUp } = open({ rack: [rack], web: [web("2")] });
  for (const verb of ["list", "exec", "run"] as const) {
    await assert.rejects(
      lookUp.findService(ann, verb, "prod", "rack"),
      isUnseen,
    );
    assert.equal(await lookUp.findService(ann, verb, "prod", "web"), "web");
    await assert.rejects(lookUp.findService(ann, verb, "prod", "no"), isUnseen);
  }
  await assert.rejects(find(idOf("1")), isUnseen);
  assert.deepEqual(await list(), [idOf("2")]);
});

Deno.test("what was asked a moment ago is not asked again, and definitions never", async () => {
  const { list, calls, pass } = open({ web: [web("1")] });
  const count = (call: string) =>
    calls.filter((one) => one.startsWith(call)).length;
  await list();
  await list();
  assert.equal(count("listTaskIds prod -"), 1);
  pass(2_000);
  await list();
  assert.equal(count("listTaskIds prod -"), 2);
  assert.equal(count("describeTaskDefinition"), 1);
});
