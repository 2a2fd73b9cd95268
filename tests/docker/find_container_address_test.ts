import assert from "node:assert/strict";
import type { DockerClient } from "../../src/docker/docker_client.ts";
import { findContainerAddress } from "../../src/docker/find_container_address.ts";

/** The address in what a daemon says of a container, and of others. */
function find(
  value: unknown,
  status = 200,
  others: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const known: Readonly<Record<string, unknown>> = { c1: value, ...others };
  const client: Pick<DockerClient, "call"> = {
    call({ method, path }) {
      assert.equal(method, "GET");
      const [, id = ""] = /^\/containers\/(.+)\/json$/.exec(path) ?? [];
      return Promise.resolve(
        Object.hasOwn(known, id)
          ? { status, value: known[id] }
          : { status: 404, value: { message: "no such container" } },
      );
    },
  };
  return findContainerAddress(client as DockerClient, "c1");
}

const inMode = (mode: string, settings: unknown = {}) => ({
  HostConfig: { NetworkMode: mode },
  NetworkSettings: settings,
});

Deno.test("a container's address is that of its network, or the host's own", async () => {
  assert.equal(
    await find(inMode("bridge", { IPAddress: "172.17.0.2" })),
    "172.17.0.2",
  );
  assert.equal(
    await find(inMode("backend", {
      IPAddress: "",
      Networks: {
        other: { IPAddress: "" },
        backend: { IPAddress: "10.9.0.3" },
      },
    })),
    "10.9.0.3",
  );
  assert.equal(
    await find(inMode("v6", {
      Networks: { v6: { IPAddress: "", GlobalIPv6Address: "fd00::2" } },
    })),
    "fd00::2",
  );
  assert.equal(await find(inMode("host")), "127.0.0.1");
});

Deno.test("a container that joins another one's network has that one's address", async () => {
  const joins = (id: string) => inMode(`container:${id}`);
  const pause = inMode("bridge", { IPAddress: "172.17.0.9" });
  assert.equal(await find(joins("pause"), 200, { pause }), "172.17.0.9");
  assert.equal(
    await find(joins("middle"), 200, { middle: joins("pause"), pause }),
    "172.17.0.9",
  );
  assert.equal(
    await find(joins("pause"), 200, { pause: inMode("host") }),
    "127.0.0.1",
  );
  await assert.rejects(
    find(joins("pause"), 200, { pause: inMode("none") }),
    /it has no network/,
  );
  await assert.rejects(find(joins("gone")), /daemon said .*no such container/);
  // Two that point at each other end it.
  await assert.rejects(
    find(joins("c1")),
    /Docker knows no address for it \(network mode "container:c1"\)/,
  );
});

Deno.test("a container without a network, and a daemon that makes no sense, are refused", async () => {
  await assert.rejects(find(inMode("none")), /it has no network/);
  await assert.rejects(
    find(inMode("bridge", { IPAddress: "-oProxyCommand=x" })),
    /knows no address/,
  );
  await assert.rejects(
    find({ message: "no such container" }, 404),
    /daemon said/,
  );
  for (const value of [undefined, null, "text", []]) {
    await assert.rejects(find(value), /knows no address/);
  }
});
