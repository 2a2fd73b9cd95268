import assert from "node:assert/strict";
import { Refusal } from "../../../src/rack/refusal.ts";
import { retagImage } from "../../../src/rack/settings/create_settings.ts";
import {
  admin,
  fakeRackService,
  parameterForm,
  versionForm,
} from "./fake_rack_service.ts";

async function refused(
  change: Promise<unknown>,
  status: number,
  says: string | RegExp,
): Promise<void> {
  await assert.rejects(change, (error) => {
    assert.ok(error instanceof Refusal, String(error));
    assert.equal(error.status, status);
    if (typeof says === "string") assert.equal(error.message, says);
    else assert.match(error.message, says);
    return true;
  });
}

Deno.test("a parameter is a label of the next revision, which differs in nothing else; the audit hears of it first", async () => {
  const rack = fakeRackService();
  assert.deepEqual(await rack.settings.read(), {
    status: "running",
    ecsExec: "No",
  });
  const lines = await rack.settings.change(parameterForm("ECSExec=Yes"), admin);
  assert.deepEqual(lines, ["ok"]);
  assert.deepEqual(rack.calls, ["audit", "register", "audit", "deploy"]);
  const [first, second] = rack.revisions;
  assert.deepEqual(second, {
    ...first,
    arn: second?.arn,
    number: 2,
    labels: {
      keep: "me",
      "rack.ECSExec": "Yes",
      "rack.RegisteredBy": "porthole",
    },
  });
  assert.deepEqual(rack.entries, [
    {
      event: "params",
      user: "ada",
      address: "192.0.2.1",
      parameters: "ECSExec=Yes",
    },
    {
      event: "params",
      user: "ada",
      address: "192.0.2.1",
      parameters: "ECSExec=Yes",
      revision: "rack:2",
    },
  ]);
  assert.deepEqual(await rack.settings.read(), {
    status: "updating",
    ecsExec: "Yes",
  });
  rack.complete();
  assert.equal((await rack.settings.read()).status, "running");
});

Deno.test("remarks name the stack, and the services whose tasks lack execute-command", async () => {
  const rack = fakeRackService({ stack: "rack-prod", lagging: ["web", "web"] });
  assert.deepEqual(
    await rack.settings.change(parameterForm("ECSExec=Yes"), admin),
    [
      "ok",
      "also set ECSExec=Yes in stack rack-prod, or its next update puts it back",
      "tasks of prod/web were started without execute-command: porthole enable-exec prod/web, with AWS credentials",
    ],
  );
});

for (
  const [name, form, status, says] of [
    ["an unknown name", parameterForm("Bogus=1"), 400, /this rack has ECSExec/],
    [
      "a value that is none",
      parameterForm("ECSExec=yes"),
      400,
      'ECSExec is Yes or No, not "yes"',
    ],
    ["nothing", new Map(), 400, "nothing to change"],
    ["no pair", parameterForm(""), 400, "nothing to change"],
    ["the same", parameterForm("ECSExec=No"), 400, "nothing to change"],
    [
      "twice",
      parameterForm("ECSExec=Yes&ECSExec=No"),
      400,
      "ECSExec is set twice",
    ],
    ["a count", new Map([["count", "3"]]), 400, /count cannot be set/],
    ["a type", new Map([["type", "t3.small"]]), 400, /type cannot be set/],
    ["another field", new Map([["lock", "1"]]), 400, 'unknown field "lock"'],
    [
      "version and parameters",
      new Map([["version", "0.4.0"], ["parameters", "ECSExec=Yes"]]),
      400,
      /one after the other/,
    ],
    [
      "Convox's version",
      versionForm("20261005214736"),
      400,
      /a version of Convox's/,
    ],
    ["no version", versionForm("latest"), 400, /is not a version/],
    ["the same version", versionForm("0.3.0"), 400, "nothing to change"],
    [
      "one without a rack",
      versionForm("0.1.0"),
      409,
      "Cannot update to 0.1.0: it has no rack",
    ],
  ] as const
) {
  Deno.test(`PUT /system with ${name} is refused, and nothing is done`, async () => {
    const rack = fakeRackService();
    await refused(rack.settings.change(form, admin), status, says);
    assert.deepEqual(rack.calls, []);
  });
}

Deno.test("an older version is refused while a parameter is set that it does not know, and taken after", async () => {
  const rack = fakeRackService({ labels: { "rack.ECSExec": "Yes" } });
  await refused(
    rack.settings.change(versionForm("0.2.0"), admin),
    409,
    "Cannot update to 0.2.0: it predates the ECSExec parameter; set ECSExec=No first, wait for the update to complete, then downgrade",
  );
  await rack.settings.change(parameterForm("ECSExec=No"), admin);
  await refused(
    rack.settings.change(versionForm("0.2.0"), admin),
    409,
    /in progress/,
  );
  rack.complete();
  await rack.settings.change(versionForm("0.2.0"), admin);
  assert.equal(rack.running().image, "registry.test/porthole:0.2.0");
  assert.equal(rack.entries.at(-1)?.version, "0.2.0");
});

Deno.test("a newer version keeps what is set", async () => {
  const rack = fakeRackService({ labels: { "rack.ECSExec": "Yes" } });
  await rack.settings.change(versionForm("0.10.0"), admin);
  const { image, labels } = rack.running();
  assert.equal(image, "registry.test/porthole:0.10.0");
  assert.equal(labels["rack.ECSExec"], "Yes");
});

Deno.test("a service that has gone back has failed until the next change, and what others register is no failure", async () => {
  const rack = fakeRackService();
  rack.registerFromOutside();
  assert.equal((await rack.settings.read()).status, "running");
  await rack.settings.change(parameterForm("ECSExec=Yes"), admin);
  rack.fail();
  assert.equal((await rack.settings.read()).status, "failed");
  rack.rollBack(1);
  assert.deepEqual(await rack.settings.read(), {
    status: "failed",
    ecsExec: "No",
  });
  await rack.settings.change(parameterForm("ECSExec=Yes"), admin);
  rack.complete();
  assert.deepEqual(await rack.settings.read(), {
    status: "running",
    ecsExec: "Yes",
  });
});

Deno.test("a revision that the service does not take is deregistered, and does not count", async () => {
  const rack = fakeRackService({ refusesUpdate: true });
  await assert.rejects(
    rack.settings.change(parameterForm("ECSExec=Yes"), admin),
    /refused/,
  );
  assert.deepEqual(rack.calls.slice(-2), ["deploy", "deregister"]);
  assert.deepEqual(await rack.settings.read(), {
    status: "running",
    ecsExec: "No",
  });
});

Deno.test("of two changes at once one is made", async () => {
  const rack = fakeRackService();
  const [one, other] = await Promise.allSettled([
    rack.settings.change(parameterForm("ECSExec=Yes"), admin),
    rack.settings.change(parameterForm("ECSExec=Yes"), admin),
  ]);
  assert.equal(one.status, "fulfilled");
  assert.equal(other.status, "rejected");
  assert.equal(rack.revisions.length, 2);
});

Deno.test("a deployment that has begun meanwhile wins", async () => {
  const rack = fakeRackService({
    audit: {
      write: ({ revision }) => {
        if (revision !== undefined) rack.beginDeployment();
        return Promise.resolve();
      },
    },
  });
  await refused(
    rack.settings.change(parameterForm("ECSExec=Yes"), admin),
    409,
    /another update has begun/,
  );
  assert.equal(rack.running().number, 1);
});

Deno.test("what the audit does not hear of is not done", async () => {
  const rack = fakeRackService({
    audit: { write: () => Promise.reject(new Refusal(503, "no audit")) },
  });
  await refused(
    rack.settings.change(parameterForm("ECSExec=Yes"), admin),
    503,
    "no audit",
  );
  assert.deepEqual(rack.calls, []);
});

Deno.test("what something else deploys is not changed", async () => {
  const rack = fakeRackService({ controller: "CODE_DEPLOY" });
  await refused(
    rack.settings.change(parameterForm("ECSExec=Yes"), admin),
    409,
    /is deployed by CODE_DEPLOY/,
  );
});

Deno.test("off ECS --param says what holds, and PUT that it does", async () => {
  const { settings } = fakeRackService({
    readMetadata: () => Promise.resolve(undefined),
    ecsExec: "Yes",
    findCaller: () =>
      Promise.resolve("arn:aws:sts::123456789012:assumed-role/me/session"),
    sessionRoleArn: "arn:aws:iam::123456789012:role/sessions",
  });
  assert.deepEqual(await settings.read(), {
    status: "running",
    ecsExec: "Yes",
  });
  await refused(
    settings.change(parameterForm("ECSExec=No"), admin),
    409,
    /--param sets its parameters/,
  );
  assert.deepEqual(await settings.findOwn(), {
    roles: [
      { account: "123456789012", name: "me" },
      { account: "123456789012", name: "sessions" },
    ],
  });
});

Deno.test("the rack knows its own service and role", async () => {
  const { settings } = fakeRackService();
  assert.deepEqual(await settings.findOwn(), {
    cluster: "racks",
    service: "porthole",
    roles: [{ account: "123456789012", name: "rack-task" }],
  });
});

Deno.test("what could not be found out is asked again", async () => {
  let asked = 0;
  const { settings } = fakeRackService({
    readMetadata: () =>
      asked++ === 0
        ? Promise.reject(new Error("not yet"))
        : Promise.resolve(undefined),
  });
  await assert.rejects(settings.read(), /not yet/);
  assert.equal((await settings.read()).status, "running");
});

for (
  const [image, expected] of [
    ["porthole", "porthole:1.2.3"],
    ["porthole:0.1.0", "porthole:1.2.3"],
    ["localhost:5000/a/porthole", "localhost:5000/a/porthole:1.2.3"],
    ["localhost:5000/a/porthole:9", "localhost:5000/a/porthole:1.2.3"],
    ["r.test/porthole@sha256:00", "r.test/porthole:1.2.3"],
    ["r.test/porthole:1@sha256:00", "r.test/porthole:1.2.3"],
  ] as const
) {
  Deno.test(`${image} in another version is ${expected}`, () => {
    assert.equal(retagImage(image, "1.2.3"), expected);
  });
}

Deno.test("those who ask at once share an answer, and after a change it is another one", async () => {
  let looks = 0;
  const rack = fakeRackService({
    now: () => new Date(0),
    readMetadata: () => {
      looks++;
      return Promise.resolve(undefined);
    },
  });
  await rack.settings.read();
  await rack.settings.read();
  assert.equal(looks, 1);
  const other = fakeRackService({ now: () => new Date(0) });
  assert.equal((await other.settings.read()).ecsExec, "No");
  await other.settings.change(parameterForm("ECSExec=Yes"), admin);
  assert.deepEqual(await other.settings.read(), {
    status: "updating",
    ecsExec: "Yes",
  });
});
