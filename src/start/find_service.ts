import { present } from "../present.ts";
import type { AwsAccess } from "../access/access.ts";
import type { Config } from "../config/config.ts";
import type { Deps } from "../deps.ts";
import type { Log } from "../log.ts";
import {
  findPlace,
  type PlaceDraft,
  searchPlace,
} from "../target/find_place.ts";
import { takeSteps } from "../target/take_steps.ts";
import { refuseWithoutService } from "../target/find_task.ts";
import { type ChoiceFlags, createChooser } from "./create_chooser.ts";

/**
 * Looks at the service that was named, or that is chosen where somebody can be asked; `look` gets
 * cluster and service, by name or ARN.
 *
 * @throws {PortholeError} no_service, cluster_not_found, cancelled, and what `look` throws.
 */
export async function findService<R>(
  access: AwsAccess,
  { flags, config, doing, usage, deps, log }: {
    readonly flags: ChoiceFlags;
    readonly config: Config;
    /** Completes "Cannot …". */
    readonly doing: string;
    /** A command line that names one. */
    readonly usage: string;
    readonly deps: Deps;
    readonly log: Log;
  },
  look: (cluster: string, service: string) => Promise<R>,
): Promise<R> {
  const request = {
    cluster: config.cluster.value,
    clusterAssumed: config.path === undefined &&
      config.cluster.source.kind === "default",
    ...present({ service: config.service?.value }),
  };
  const chooser = createChooser(flags, config, deps, log);
  const search = async (start: PlaceDraft) => {
    const step = (draft: PlaceDraft) => findPlace(access, draft);
    const { cluster, service } = await takeSteps(start, step, chooser);
    if (service !== undefined) return await look(cluster, service);
    throw await refuseWithoutService(access, cluster, { doing, usage });
  };
  return await searchPlace(request, chooser, search);
}
