import assert from "node:assert/strict";
import type { AwsAccess } from "../../src/access/access.ts";
import type { Config } from "../../src/config/config.ts";
import type { Deps, SpawnOptions } from "../../src/deps.ts";
import {
  dockerHostSetting,
  findInstance,
  hostContainerId,
  reachDocker,
} from "../../src/exec/reach_docker.ts";
import { container, fakeAccess, task } from "../target/fake_access.ts";
import { recordLog } from "./fake_log.ts";

const file = { kind: "default" } as const;
const TARGET = {
  cluster: "main",
  task: task("1"),
  container: container("app"),
  notes: [],
};

Deno.test("the file names Docker's host, else DOCKER_HOST, else it is this machine", () => {
  const host = (config: object, variable?: string) =>
    dockerHostSetting(config as Config, {
      env: (name) => name === "DOCKER_HOST" ? variable : undefined,
    }).value;
  const dockerHost = { value: "ssh://a", source: file };
  assert.equal(host({ dockerHost }, "tcp://b"), "ssh://a");
  assert.equal(host({}, "tcp://b"), "tcp://b");
  assert.equal(host({}, ""), "unix:///var/run/docker.sock");
  assert.equal(host({}), "unix:///var/run/docker.sock");
});

Deno.test("a task without an instance, and a container without an id yet, cannot be reached", async () => {
  const find = (instanceId?: string) =>
    findInstance({
      target: TARGET,
      access: fakeAccess({
        describeContainerInstance: () =>
          Promise.resolve(
            instanceId === undefined ? undefined : { arn: "a", instanceId },
          ),
      }),
    });
  assert.equal(await find("i-1"), "i-1");
  await assert.rejects(find(), { code: "docker_unreachable" });
  assert.equal(hostContainerId(TARGET), "app-1");
  const { runtimeId: _, ...starting } = container("app");
  assert.throws(() => hostContainerId({ ...TARGET, container: starting }), {
    code: "container_not_found",
  });
});

/** Tries to reach Docker at this host; an ssh only shows where to. */
async function reach(
  host: string | undefined,
  access: Partial<AwsAccess> = {},
  config: object = {},
) {
  const { log, said } = recordLog();
  const dialed: SpawnOptions[] = [];
  const known = fakeAccess(access);
  const error = await reachDocker({
    config: {
      ...(host === undefined
        ? {}
        : { dockerHost: { value: host, source: file } }),
      ...config,
    } as Config,
    target: TARGET,
    access: known,
    log,
  }, {
    platform: "linux",
    env: (name: string) =>
      name === "DOCKER_HOST" ? "unix:///nowhere/docker.sock" : undefined,
    now: () => new Date(0),
    sleep: () => new Promise(() => {}),
    spawn(options: SpawnOptions) {
      dialed.push(options);
      throw new Error("seen");
    },
  } as unknown as Deps).catch((error) => error);
  return { error, said, dialed, calls: known.calls };
}

const instance = {
  describeContainerInstance: () =>
    Promise.resolve({ arn: "a", instanceId: "i-1" }),
  describeInstanceAddresses: () => Promise.resolve({ privateIp: "10.0.0.7" }),
};

Deno.test("a host is filled in from what AWS knows of the instance, and AWS is asked no more than that", async () => {
  const rows = [
    ["ssh://ec2-user@{private_ip}", "10.0.0.7", 2],
    ["ssh://{instance_id}", "i-1", 1],
    ["ssh://bastion", "bastion", 0],
  ] as const;
  for (const [host, expected, calls] of rows) {
    const { dialed, calls: asked } = await reach(host, instance);
    assert.equal(dialed[0]?.args.at(-4), expected);
    assert.equal(asked.length, calls);
  }
  const missing = await reach("ssh://{public_ip}", instance);
  assert.match(missing.error.message, /\{public_ip\} .*no such address$/);
  const none = await reach("ssh://{private_ip}", {
    describeContainerInstance: () => Promise.resolve(undefined),
  });
  assert.match(none.error.message, /ECS reports no instance/);
  assert.deepEqual([missing.dialed, none.dialed], [[], []]);
});

Deno.test("where no host is set and Docker is not here, the setting is named; where one is, its own failure", async () => {
  const here = await reach(undefined);
  assert.equal(here.error.code, "docker_unreachable");
  assert.match(
    here.error.message,
    /exec\.docker\.host is not set, and it is not on this machine \(.*no such socket\)$/,
  );
  assert.match(here.error.hint, /ssh:\/\/ec2-user@\{private_ip\}/);
  const there = await reach("unix:///nowhere/docker.sock");
  assert.match(there.error.message, /^Cannot reach the Docker daemon "/);
});

Deno.test("a connection without TLS is warned of, and only over tcp", async () => {
  const plain = { dockerTls: { value: false, source: file } };
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const tcp = await reach(`tcp://127.0.0.1:${port}`, {}, plain);
  assert.equal(tcp.error.code, "docker_unreachable");
  assert.match(
    tcp.said.join(),
    /^warn: The Docker daemon is not verified, and the connection is not encrypted/,
  );
  const unix = await reach("unix:///nowhere/docker.sock", {}, plain);
  assert.deepEqual(unix.said, []);
});
