import {
  type DockerReach,
  findInstance,
  reachDocker,
} from "../../exec/reach_docker.ts";
import type { Deps } from "../../deps.ts";
import { readRouteSettings } from "../../route/read_route_settings.ts";
import { limitLook } from "./limit_access.ts";

/** A host may be reached by ssh, which takes its time. */
const DOCKER_MS = 20_000;

/**
 * Says how the Docker daemon of a task's instance is reached, once it has been.
 *
 * @throws {PortholeError} docker_unreachable, docker_untrusted, …, timed_out.
 */
export async function reachDockerHost(
  reach: DockerReach,
  deps: Deps,
): Promise<string> {
  if (readRouteSettings(reach.config).throughSessionManager) {
    const instance = await findInstance(reach);
    return `through Session Manager on ${instance}; not tried here`;
  }
  const ask = async () => {
    const { client } = await reachDocker(
      { ...reach, log: { ...reach.log, warn() {} } },
      deps,
    );
    await client.close();
    return `${client.address} answers (API ${client.apiVersion}) and has the container`;
  };
  return await limitLook(ask(), deps, DOCKER_MS);
}
