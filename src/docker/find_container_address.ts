import { PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";
import type { DockerClient } from "./docker_client.ts";
import { describeRefusal, readField } from "./exec_calls.ts";

/**
 * The address of a container as its host reaches it: https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerInspect.
 *
 * @throws PortholeError docker_refused, where it has none.
 */
export async function findContainerAddress(
  client: DockerClient,
  id: string,
): Promise<string> {
  const answer = await client.call({
    method: "GET",
    path: `/containers/${encodeURIComponent(id)}/json`,
  });
  const refuse = (why: string, hint?: string) =>
    new PortholeError("docker_refused", {
      cannot: `forward a port to container ${id.slice(0, 12)}`,
      because: why,
    }, { hint });
  if (answer.status !== 200) {
    throw refuse(`the Docker daemon said ${describeRefusal(answer)}`);
  }
  const mode = readField(readField(answer.value, "HostConfig"), "NetworkMode");
  if (mode === "host") return "127.0.0.1";
  if (mode === "none") throw refuse("it has no network (network mode none)");
  const settings = readField(answer.value, "NetworkSettings");
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
