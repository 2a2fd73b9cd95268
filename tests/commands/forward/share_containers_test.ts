import assert from "node:assert/strict";
import { shareContainers } from "../../../src/commands/forward/share_containers.ts";
import { sharesNetwork } from "../../../src/commands/forward/shares_network.ts";
import { PortholeError } from "../../../src/errors.ts";
import { container, fakeAccess, task } from "../../target/fake_access.ts";

const port = (number: number, host?: string) => ({
  local: number,
  port: number,
  ...(host === undefined ? {} : { host }),
});
const has = (name: string, agent: string, status?: string) => ({
  ...container(name, status),
  agent: { status: agent },
});
const CONTAINERS = [
  has("side", "RUNNING"),
  has("app", "RUNNING"),
  has("late", "PENDING"),
  has("done", "RUNNING", "STOPPED"),
  has("log", "RUNNING"),
];

function share(ports: readonly ReturnType<typeof port>[], isShared = true) {
  return shareContainers(ports, {
    task: task("1", { containers: CONTAINERS }),
    container: CONTAINERS[1]!,
  }, isShared).map(({ name }) => name);
}

Deno.test("the target has the first port, and each other one a container of its own that can take a session", () => {
  assert.deepEqual(share([port(1)]), ["app"]);
  assert.deepEqual(share([port(1), port(2), port(3)]), ["app", "side", "log"]);
  assert.throws(() => share([port(1), port(2), port(3), port(4)]), {
    code: "usage",
    message: /^Cannot forward 4 ports .*, and it has 3$/,
  });
});

Deno.test("without a network of their own for all, the target has the one port that is its own", () => {
  assert.deepEqual(share([port(1, "db"), port(2)], false), ["side", "app"]);
  assert.deepEqual(share([port(1, "db"), port(2, "x")], false), [
    "app",
    "side",
  ]);
  assert.throws(() => share([port(1), port(2)], false), {
    code: "usage",
    message: /^Cannot forward ports 1 and 2 of container "app" at once/,
  });
});

Deno.test("a network is shared in awsvpc and host mode, and not where that may not be looked up", async () => {
  const ask = async (
    fields: Parameters<typeof task>[1],
    networkMode?: string | Error,
  ) =>
    await sharesNetwork(
      { task: task("1", fields) },
      fakeAccess({
        describeTaskDefinition: () =>
          networkMode instanceof Error
            ? Promise.reject(networkMode)
            : Promise.resolve({ networkMode } as never),
      }),
    );
  assert.equal(await ask({ privateIp: "10.0.0.1" }), true);
  assert.equal(await ask({ subnetId: "subnet-1" }), true);
  assert.equal(await ask({ launchType: "FARGATE" }), true);
  assert.equal(await ask({ launchType: "EC2" }, "awsvpc"), true);
  assert.equal(await ask({ launchType: "EC2" }, "host"), true);
  assert.equal(await ask({ launchType: "EC2" }, "bridge"), false);
  assert.equal(await ask({}, new PortholeError("access_denied", "no")), false);
  await assert.rejects(ask({}, new PortholeError("throttled", "slow")), {
    code: "throttled",
  });
});
