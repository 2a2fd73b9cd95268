import { PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";
import type { DockerClient } from "./docker_client.ts";
import { describeRefusal, readField } from "./exec_calls.ts";

/** A container that lends another one its network has one of its own, as a rule. */
const MOST_LENDERS = 4;

/**
 * The address of a container as its host reaches it: https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerInspect.
 *
 * @throws PortholeError docker_refused, where it has none.
 */
export async function findContainerAddress(
  client: DockerClient,
  id: string,
): Promise<string> {
  const refuse = (why: string, hint?: string) =>
    new PortholeError("docker_refused", {
      cannot: `forward a port to container ${id.slice(0, 12)}`,
      because: why,
    }, { hint });
  const { mode, value } = await inspectNetwork(client, id, refuse);
  if (mode === "host") return "127.0.0.1";
  if (mode === "none") throw refuse("it has no network (network mode none)");
  const settings = readField(value, "NetworkSettings");
  const networks = readField(settings, "Networks");
  const places = [
    settings,
    ...(typeof networks === "object" && networks !== null
      ? Object.values(networks)
      : []),
  ];
  for (const field of ["IPAddress", "GlobalIPv6Address"]) {
    for (const place of places) {
      const address = readField(place, field);
      if (typeof address === "string" && /^[\da-f:.]+$/i.test(address)) {
        return address;
      }
    }
  }
  throw refuse(
    `Docker knows no address for it (network mode ${quoteValue(String(mode))})`,
  );
}

/**
 * The network of a container, which may be that of another one: with Service Connect the ECS agent gives a
 * task in bridge mode a pause container for each of its containers, which join its network
 * (amazon-ecs-agent, `agent/engine/docker_task_engine.go`).
 */
async function inspectNetwork(
  client: DockerClient,
  id: string,
  refuse: (why: string) => PortholeError,
): Promise<{ readonly mode: unknown; readonly value: unknown }> {
  for (let lender = id, left = MOST_LENDERS;; left--) {
    const answer = await client.call({
      method: "GET",
      path: `/containers/${encodeURIComponent(lender)}/json`,
    });
    if (answer.status !== 200) {
      throw refuse(`the Docker daemon said ${describeRefusal(answer)}`);
    }
    const { value } = answer;
    const mode = readField(readField(value, "HostConfig"), "NetworkMode");
    const [, next] = /^container:(.+)$/.exec(String(mode)) ?? [];
    if (next === undefined || left === 0) return { mode, value };
    lender = next;
  }
}
